// RUN: hip-opt %s --hip-schedule=chip=sm_90a | FileCheck %s --check-prefixes=GPU,H100
// RUN: hip-opt %s --hip-schedule=chip=sm_80 | FileCheck %s --check-prefixes=GPU,A100
// RUN: hip-opt %s --hip-schedule=chip=sm_89 | FileCheck %s --check-prefix=SMALL
// RUN: hip-opt %s --hip-schedule | FileCheck %s --check-prefix=CPU
// RUN: not hip-opt %s --hip-schedule=chip=sm_70 2>&1 | FileCheck %s --check-prefix=OLD

// OLD: error: no code for chip 'sm_70', only for sm_80, {{.*}}; it is older than sm_80, which code needs

// A warp for each 16 query rows; a CPU's thread blocks have one thread. What is there stays.
// GPU-LABEL: func @attention
// GPU: #hip.schedule<threads = 128, rows = 64, columns = 64>
// GPU: #hip.schedule<threads = 64, rows = 32, columns = 32>
// CPU-LABEL: func @attention
// CPU: #hip.schedule<threads = 1, rows = 512, columns = 64>
// CPU: #hip.schedule<threads = 64, rows = 32, columns = 32>
func.func @attention(%q: memref<1x2x?x64xf32>, %k: memref<1x1x?x64xf32>,
                     %o: memref<1x2x?x64xf32>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%o : memref<1x2x?x64xf32>)
    band #hip.band<block_q = 64, chunk = 1, window = 8>
    {block_q = 64 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%o : memref<1x2x?x64xf32>)
    band #hip.band<block_q = 64, chunk = 1, window = 8>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 64, rows = 32, columns = 32>}
  return
}

// Nothing depends on the query blocks of dense attention: they are tiles, of a warpgroup for each 64 rows where
// there is wgmma; of longer values three rounds have no room.
// H100-LABEL: func @open
// H100: block_q = 128 : i64, {{.*}}threads = 256, rows = 128, columns = 128, min_blocks = 1, stages = 3, producers = 128, unit = wgmma, engine = tma>
// H100: block_q = 128 : i64, {{.*}}threads = 256, rows = 128, columns = 96, min_blocks = 1, stages = 3, producers = 128, unit = wgmma, engine = tma>
// A100-LABEL: func @open
// A100: block_q = 64 : i64, {{.*}}rows = 64, columns = 32>
// CPU-LABEL: func @open
// CPU: band <block_q = 64, chunk = 1, window = 2147483647>
// CPU-SAME: block_q = 64 : i64, hip.schedule = #hip.schedule<threads = 1, rows = 64, columns = 64>
func.func @open(%q: memref<1x2x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %v: memref<1x1x?x192xbf16>,
                %o: memref<1x2x?x128xbf16>, %p: memref<1x2x?x192xbf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>)
    outs(%o : memref<1x2x?x128xbf16>)
    band #hip.band<block_q = 2147483647, chunk = 1, window = 2147483647>
    {block_q = 2147483647 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %v : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x192xbf16>)
    outs(%p : memref<1x2x?x192xbf16>)
    band #hip.band<block_q = 2147483647, chunk = 1, window = 2147483647>
    {block_q = 2147483647 : i64, block_k = 1 : i64}
  return
}

// The blocks of a mask are as tall as the tiles of some chips; on others each is several tiles. A mask has 16 warps a list.
// GPU-LABEL: func @masked
// GPU: hip.mask_blocks
// GPU: hip.schedule = #hip.schedule<threads = 512, rows = 1, columns = 64>
// H100: block_q = 128 : i64, {{.*}}threads = 256, rows = 128, columns = 128, min_blocks = 1,
// A100: block_q = 128 : i64, {{.*}}threads = 64, rows = 64, columns = 32>
// CPU-LABEL: func @masked
// CPU: hip.mask_blocks
// CPU: hip.schedule = #hip.schedule<threads = 1,
// CPU: block_q = 128 : i64, hip.schedule = #hip.schedule<threads = 1, rows = 512, columns = 64>
func.func @masked(%q: memref<1x2x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x2x?x128xbf16>,
                  %b: memref<1x1x?x?xi32>, %c: memref<1x1x?xi32>) {
  hip.mask_blocks ins(%q, %k : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>)
    outs(%b, %c : memref<1x1x?x?xi32>, memref<1x1x?xi32>) band #hip.band<block_q = 128, chunk = 128> mask {
    ^bb0(%e: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 128 : i64, block_k = 128 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>)
    list(%b, %c : memref<1x1x?x?xi32>, memref<1x1x?xi32>) outs(%o : memref<1x2x?x128xbf16>)
    band #hip.band<block_q = 128, chunk = 128> {block_q = 128 : i64, block_k = 128 : i64}
  return
}

// A window depends on the first row of a block, so that it stays.
// CPU-LABEL: func @window
// CPU: block_q = 2147483647 : i64
func.func @window(%q: memref<1x2x?x64xf32>, %k: memref<1x1x?x64xf32>, %o: memref<1x2x?x64xf32>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%o : memref<1x2x?x64xf32>)
    band #hip.band<block_q = 2147483647, chunk = 1, window = 8>
    {block_q = 2147483647 : i64, block_k = 1 : i64}
  return
}

// Of steps on lists in one kernel a multiprocessor holds four thread blocks, three where keys are long; a CPU does
// not care, and its tiles of scores have few rows, as a decode step has.
// GPU-LABEL: func @scores
// H100: #hip.schedule<threads = 128, rows = 128, columns = 64, min_blocks = 4, unit = wgmma>
// H100: #hip.schedule<threads = 128, rows = 64, columns = 64, min_blocks = 3, unit = wgmma>
// A100: #hip.schedule<threads = 128, rows = 64, columns = 64, min_blocks = 4>
// A100: #hip.schedule<threads = 128, rows = 64, columns = 64, min_blocks = 3>
// CPU-LABEL: func @scores
// CPU: #hip.schedule<threads = 1, rows = 32, columns = 64>
!r = memref<1x1x?x8x2xi32>
!n = memref<1x1x?xi32>
!s = memref<1x1x?x8xf32>
func.func @scores(%q: memref<1x2x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %qf: memref<1x2x?x128xf32>,
                  %kf: memref<1x1x?x128xf32>, %r: !r, %n: !n, %s: !s) {
  hip.score ins(%q, %k, %r, %n : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>, !r, !n) outs(%s : !s)
    {block_q = 64 : i64, granule = 1 : i64}
  hip.score ins(%qf, %kf, %r, %n : memref<1x2x?x128xf32>, memref<1x1x?x128xf32>, !r, !n) outs(%s : !s)
    {block_q = 64 : i64, granule = 1 : i64}
  return
}

// Steps of a search score a key with the rows of all heads that share a list, if two such tiles fit a multiprocessor: 256
// by eight warps, of long heads fewer, and by wgmma. Numbers of four bytes have no TensorCores to feed. Only chips that it
// was measured on do it.
// GPU-LABEL: func @tall
// H100: hip.partition {{.*}}#hip.schedule<threads = 256, rows = 1, columns = 64, min_blocks = 2, unit = wgmma>
// H100: hip.score {{.*}}#hip.schedule<threads = 256, rows = 256, columns = 64, min_blocks = 2, unit = wgmma>
// H100: hip.score {{.*}}#hip.schedule<threads = 128, rows = 128, columns = 64, min_blocks = 3, unit = wgmma>
// H100: hip.score {{.*}}#hip.schedule<threads = 128, rows = 64, columns = 64, min_blocks = 3>
// A100: hip.partition {{.*}}threads = 128
// A100: hip.score {{.*}}threads = 128, rows = 64
// GPU: return
func.func @tall(%q: memref<1x8x?x128xbf16>, %k: memref<1x2x?x128xbf16>, %ql: memref<1x8x?x192xbf16>,
                %kl: memref<1x2x?x192xbf16>, %qf: memref<1x8x?x128xf32>, %kf: memref<1x2x?x128xf32>,
                %r: memref<1x2x?x8x2xi32>, %n: memref<1x2x?xi32>, %s: memref<1x2x?x8xf32>, %other: memref<f32>, %x: f32) {
  hip.partition ins(%q, %k : memref<1x8x?x128xbf16>, memref<1x2x?x128xbf16>)
    outs(%r, %n : memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 8 : i64}
  hip.score ins(%q, %k, %r, %n : memref<1x8x?x128xbf16>, memref<1x2x?x128xbf16>, memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x8xf32>) {block_q = 64 : i64, granule = 1 : i64}
  memref.store %x, %other[] : memref<f32>
  hip.score ins(%ql, %kl, %r, %n : memref<1x8x?x192xbf16>, memref<1x2x?x192xbf16>, memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x8xf32>) {block_q = 64 : i64, granule = 1 : i64}
  memref.store %x, %other[] : memref<f32>
  hip.score ins(%qf, %kf, %r, %n : memref<1x8x?x128xf32>, memref<1x2x?x128xf32>, memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x8xf32>) {block_q = 64 : i64, granule = 1 : i64}
  return
}

// A list that the heads of a group share is read once for their rows, 128 at most. Blocks whose rows fill no warpgroup
// are multiplied warp by warp, whatever shares them: dense attention of such blocks is, too. So are all on chips
// without wgmma.
// GPU-LABEL: func @lists
// H100: threads = 256, rows = 128, columns = 128, {{.*}}stages = 3, producers = 256, unit = wgmma>
// H100: threads = 128, rows = 64, columns = 128, {{.*}}stages = 3, producers = 128, unit = wgmma>
// H100: #hip.schedule<threads = 32, rows = 32, columns = {{[0-9]+}}>
// A100-NOT: producers
// A100: return
!heads = memref<1x8x?x128xf16>
!group = memref<1x2x?x128xf16>
!list = memref<1x2x?x64xi32>
!count = memref<1x2x?xi32>
!lists = memref<1x8x?x64xi32>
!counts = memref<1x8x?xi32>
func.func @lists(%q: !heads, %k: !group, %o: !heads, %list: !list, %count: !count, %lists: !lists, %counts: !counts) {
  hip.block_sparse_attention
    ins(%q, %k, %k : !heads, !group, !group) list(%list, %count : !list, !count) outs(%o : !heads)
    band #hip.band<block_q = 64, chunk = 2, window = 64> {block_q = 64 : i64, block_k = 2 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : !heads, !group, !group) list(%lists, %counts : !lists, !counts) outs(%o : !heads)
    band #hip.band<block_q = 64, chunk = 2, window = 64> {block_q = 64 : i64, block_k = 2 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : !heads, !group, !group) list(%lists, %counts : !lists, !counts) outs(%o : !heads)
    band #hip.band<block_q = 32, chunk = 2, window = 64> {block_q = 32 : i64, block_k = 2 : i64}
  return
}

// Long heads take fewer keys a round and two rounds; a warpgroup has no registers for longer ones, nor wgmma heads
// that are no multiple of 16.
// GPU-LABEL: func @heads
// H100: rows = 128, columns = 64, {{.*}}min_blocks = 1, producers = 128, unit = wgmma, engine = tma>
// H100-NOT: producers
// A100-NOT: producers
// GPU: return
func.func @heads(%a: memref<1x1x?x256xbf16>, %b: memref<1x1x?x272xbf16>, %c: memref<1x1x?x72xbf16>) {
  hip.block_sparse_attention
    ins(%a, %a, %a : memref<1x1x?x256xbf16>, memref<1x1x?x256xbf16>, memref<1x1x?x256xbf16>)
    outs(%a : memref<1x1x?x256xbf16>)
    band #hip.band<block_q = 128, chunk = 1, window = 64> {block_q = 128 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%b, %b, %b : memref<1x1x?x272xbf16>, memref<1x1x?x272xbf16>, memref<1x1x?x272xbf16>)
    outs(%b : memref<1x1x?x272xbf16>)
    band #hip.band<block_q = 128, chunk = 1, window = 64> {block_q = 128 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%c, %c, %c : memref<1x1x?x72xbf16>, memref<1x1x?x72xbf16>, memref<1x1x?x72xbf16>)
    outs(%c : memref<1x1x?x72xbf16>)
    band #hip.band<block_q = 128, chunk = 1, window = 64> {block_q = 128 : i64, block_k = 1 : i64}
  return
}

// A window of the call leaves keys in boxes; its sinks may be any number of keys, unless the band counts them in chunks.
// GPU-LABEL: func @at_run
// H100: engine = tma>
// H100: unit = wgmma>
// H100: engine = tma>
// GPU: return
func.func @at_run(%q: memref<1x1x?x128xbf16>, %n: i32) {
  hip.block_sparse_attention
    ins(%q, %q, %q : memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) window(%n : i32)
    outs(%q : memref<1x1x?x128xbf16>) band #hip.band<block_q = 128, chunk = 1> {block_q = 128 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%q, %q, %q : memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) sink(%n : i32)
    outs(%q : memref<1x1x?x128xbf16>) band #hip.band<block_q = 128, chunk = 1> {block_q = 128 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%q, %q, %q : memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) sink(%n : i32)
    outs(%q : memref<1x1x?x128xbf16>) band #hip.band<block_q = 128, chunk = 64> {block_q = 128 : i64, block_k = 1 : i64}
  return
}

// Long heads where a thread block has 99 KiB: fewer keys at a time, then fewer rows.
// SMALL-LABEL: func @long
// SMALL: hip.score {{.*}}rows = 64, columns = 32, min_blocks = 3>
// SMALL: hip.descend {{.*}}rows = 32, columns = 32, min_blocks = 3>
// A100-LABEL: func @long
// A100: hip.score {{.*}}rows = 64, columns = 64, min_blocks = 3>
// A100: hip.descend {{.*}}rows = 64, columns = 64, min_blocks = 3>
func.func @long(%q: memref<1x8x?x128xf32>, %k: memref<1x2x?x128xf32>, %r: memref<1x2x?x8x2xi32>, %n: memref<1x2x?xi32>,
                %s: memref<1x2x?x8xf32>) {
  hip.score ins(%q, %k, %r, %n : memref<1x8x?x128xf32>, memref<1x2x?x128xf32>, memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x8xf32>) {block_q = 64 : i64, granule = 2 : i64}
  hip.descend ins(%q, %k, %r, %n : memref<1x8x?x128xf32>, memref<1x2x?x128xf32>, memref<1x2x?x8x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x8xf32>) {block_q = 64 : i64, granule = 2 : i64, levels = 3 : i64}
  return
}
