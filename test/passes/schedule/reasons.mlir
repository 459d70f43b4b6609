// RUN: hip-opt %s --hip-schedule=chip=sm_90a --remarks-filter-analyse=schedule --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=H100 --implicit-check-not="unit =" --implicit-check-not="producers = {{[0-9]+}}:"
// RUN: hip-opt %s --hip-schedule=chip=sm_80 --remarks-filter-analyse=schedule --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=A100 --implicit-check-not="columns = {{[0-9]+}}, stages = {{[0-9]+}}:"
// RUN: hip-opt %s --hip-schedule --remarks-filter-analyse=schedule --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU

// Each choice for attention on a GPU is told with its numbers, but not a schedule's that the program has; a CPU chooses
// no units.
// CPU-NOT: mma_sync

!heads = memref<1x8x?x128xf16>
!group = memref<1x2x?x128xf16>
!list = memref<1x2x?x64xi32>
!count = memref<1x2x?xi32>

// Two heads share a tile: 128 rows of 256 bytes, 3 x 128 of 512. Blocks of two keys are no boxes.
// H100: threads = 256, rows = 128, columns = 128{{.*}}unit = wgmma>
// H100: remark: {{.*}}unit = wgmma: sm_90a has it, for f16 and rows of 128 and 128 numbers
// H100: remark: {{.*}}rows = 128: blocks of 64 query rows, of 2 heads that share a list, 16 rows per warp
// H100: remark: {{.*}}columns = 128, stages = 3: 229376 bytes of rows, of 232448 bytes of shared memory that sm_90a has for a kernel; 160 registers of a thread for result, scores and weights
// H100: remark: {{.*}}producers = 256: as many as consumers, since rows of the result have 128 numbers, at most 128
// A100: remark: {{.*}}unit = mma_sync, not wgmma: sm_80 has none
// A100: remark: {{.*}}rows = 64: blocks of 64 query rows, 32 rows per warp
// A100: remark: {{.*}}columns = 32, stages = 2: 52224 bytes of rows, of 166912 bytes of shared memory that sm_80 has for a kernel
// A100: remark: {{.*}}producers = 0: warps copy for themselves where wgmma does not multiply
func.func @shared(%q: !heads, %k: !group, %o: !heads, %list: !list, %count: !count) {
  hip.block_sparse_attention
    ins(%q, %k, %k : !heads, !group, !group) list(%list, %count : !list, !count) outs(%o : !heads)
    band #hip.band<block_q = 64, chunk = 2, window = 64> {block_q = 64 : i64, block_k = 2 : i64}
  return
}

// Long rows of the result take registers, where keys do not come in boxes: a sink of one ends runs. A tile may have fewer
// rows than a block.
// H100: unit = wgmma>
// H100: remark: {{.*}}unit = wgmma: sm_90a has it, for bf16 and rows of 256 and 256 numbers
// H100: remark: {{.*}}rows = 128: blocks of 256 query rows, 16 rows per warp
// H100: remark: {{.*}}; 176 registers of a thread
// H100: remark: {{.*}}producers = 128: a warpgroup, since rows of the result have 256 numbers, more than 128, which take registers
// A100: columns = {{[0-9]+}}, stages = 2:
func.func @long(%a: memref<1x1x?x256xbf16>) {
  hip.block_sparse_attention
    ins(%a, %a, %a : memref<1x1x?x256xbf16>, memref<1x1x?x256xbf16>, memref<1x1x?x256xbf16>)
    outs(%a : memref<1x1x?x256xbf16>)
    band #hip.band<block_q = 256, chunk = 1, sink = 1, window = 64> {block_q = 256 : i64, block_k = 1 : i64}
  return
}

// Keys in a row are copied by TMA.
// H100: threads = 256, rows = 128, columns = 128{{.*}}unit = wgmma, engine = tma>
// H100: remark: {{.*}}unit = wgmma: sm_90a has it, for f16 and rows of 128 and 128 numbers
// H100: remark: {{.*}}producers = 128, engine = tma: a warpgroup, of which a warp names boxes of 64 keys in a row
// A100: columns = {{[0-9]+}}, stages = 2:
func.func @boxes(%q: !heads, %k: !group, %o: !heads, %list: !list, %count: !count) {
  hip.block_sparse_attention
    ins(%q, %k, %k : !heads, !group, !group) list(%list, %count : !list, !count) outs(%o : !heads)
    band #hip.band<block_q = 64, chunk = 64, window = 64> {block_q = 64 : i64, block_k = 64 : i64}
  return
}

// What wgmma does not take.
// H100: remark: {{.*}}unit = mma_sync, not wgmma: block_q = 32 is not a multiple of 64 rows
// H100: remark: {{.*}}producers = 0:
// H100: remark: {{.*}}unit = mma_sync, not wgmma: it takes rows of a multiple of 16 numbers up to 256, and these have 72
// H100: remark: {{.*}}producers = 0:
// H100: remark: {{.*}}unit = mma_sync, not wgmma: it takes f16 and bf16, the query is f32
// H100: remark: {{.*}}producers = 0:
// A100-COUNT-3: columns = {{[0-9]+}}, stages = 2:
func.func @refused(%a: memref<1x1x?x64xbf16>, %b: memref<1x1x?x72xbf16>, %c: memref<1x1x?x64xf32>) {
  hip.block_sparse_attention
    ins(%a, %a, %a : memref<1x1x?x64xbf16>, memref<1x1x?x64xbf16>, memref<1x1x?x64xbf16>)
    outs(%a : memref<1x1x?x64xbf16>)
    band #hip.band<block_q = 32, chunk = 1, window = 64> {block_q = 32 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%b, %b, %b : memref<1x1x?x72xbf16>, memref<1x1x?x72xbf16>, memref<1x1x?x72xbf16>)
    outs(%b : memref<1x1x?x72xbf16>)
    band #hip.band<block_q = 128, chunk = 1, window = 64> {block_q = 128 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%c, %c, %c : memref<1x1x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%c : memref<1x1x?x64xf32>)
    band #hip.band<block_q = 128, chunk = 1, window = 64> {block_q = 128 : i64, block_k = 1 : i64}
  return
}

// What a program has decided is not told: see what the RUN lines do not allow.
func.func @given(%a: memref<1x1x?x64xbf16>) {
  hip.block_sparse_attention
    ins(%a, %a, %a : memref<1x1x?x64xbf16>, memref<1x1x?x64xbf16>, memref<1x1x?x64xbf16>)
    outs(%a : memref<1x1x?x64xbf16>)
    band #hip.band<block_q = 32, chunk = 1, window = 64>
    {block_q = 32 : i64, block_k = 1 : i64, hip.schedule = #hip.schedule<threads = 32, rows = 32, columns = 32>}
  return
}
