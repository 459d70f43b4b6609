// RUN: hip-opt %s --hip-multiversion=chip=sm_90a --split-input-file | FileCheck %s
// RUN: not hip-opt %s --hip-multiversion=rows=5000 2>&1 | FileCheck %s --check-prefix=FEWEST
// FEWEST: error: rows = 5000, but few are 1 to 1024
// RUN: not hip-opt %s --hip-multiversion=chip=sm_70 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: error: no code for chip 'sm_70'
// RUN: hip-opt %s --hip-multiversion="rows=4 lists=8 chip=sm_89" --split-input-file | FileCheck %s --check-prefix=SMALL
// RUN: hip-opt %s --hip-multiversion=chip=sm_90a --hip-schedule=chip=sm_90a --hip-tile --canonicalize --cse --hip-fuse-kernels --split-input-file | FileCheck %s --check-prefix=FUSED
// RUN: hip-opt %s --hip-multiversion=split-keys=64 --split-input-file | FileCheck %s --check-prefix=CPU
// RUN: hip-opt %s --hip-multiversion --split-input-file | FileCheck %s --check-prefix=NONE
// RUN: hip-opt %s --hip-multiversion=chip=sm_90a --split-input-file --hip-debug=schedule 2>&1 >/dev/null | FileCheck %s --check-prefix=TELLS

// The host decides by query rows and by lists, which are batch entries times
// heads times query blocks: of few lists clusters search each. What is allocated between the steps is allocated
// before, a loop of steps is copied with what is in it.
// CHECK-LABEL: func @tree
// CHECK: memref.alloc
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %{{.*}} : memref<?x32x?x128xbf16>
// CHECK: %[[FEW:.*]] = arith.cmpi ule, %[[ROWS]], %c16
// CHECK: arith.cmpi ule, %{{.*}}, %c32
// CHECK: scf.if
// CHECK:   hip.partition {{.*}}hip.schedule = #hip.schedule<threads = 256, rows = 1, columns = 64, few_rows = 16, min_blocks = 2, stages = 4, cluster = 8>
// CHECK:   scf.for
// CHECK:     hip.score {{.*}}#hip.schedule<threads = 256, rows = 64, columns = 64, few_rows = 16, min_blocks = 2, stages = 4, cluster = 8>
// CHECK: } else {
// CHECK: arith.cmpi ule, %{{.*}}, %c16
// CHECK: arith.cmpi ule, %{{.*}}, %c256
// CHECK: scf.if
// CHECK:   hip.partition {{.*}}hip.schedule = #hip.schedule<threads = 512, rows = 1, columns = 256, few_rows = 16, min_blocks = 1>
// CHECK:   scf.for
// CHECK:     memref.alloc
// CHECK:     hip.split {{.*}}#hip.schedule<threads = 512, rows = 1, columns = 256, few_rows = 16, min_blocks = 1>
// CHECK:     hip.score {{.*}}#hip.schedule<threads = 512, rows = 64, columns = 256, few_rows = 16, min_blocks = 1>
// CHECK:     hip.select {{.*}}#hip.schedule<threads = 512, rows = 1, columns = 256, few_rows = 16, min_blocks = 1>
// CHECK:     memref.dealloc
// CHECK: } else {
// CHECK:   hip.partition
// CHECK-NOT: hip.schedule
// CHECK: memref.dealloc %alloc
// Eight warps where a chip has less shared memory.
// SMALL-LABEL: func @tree
// SMALL: arith.cmpi ule, %{{.*}}, %c4
// SMALL: arith.cmpi ule, %{{.*}}, %c8
// SMALL: hip.schedule = #hip.schedule<threads = 256, rows = 1, columns = 128, few_rows = 4, min_blocks = 2>
// Each is one kernel, with tiles of the rows that there may be.
// CPU-LABEL: func @tree
// CPU-NOT: scf.if
// CPU-NOT: hip.schedule
// NONE-NOT: hip.schedule = {{.*}}few_rows
// NONE-NOT: split_keys
// TELLS: [schedule] {{.*}}: hip.score: up to 16 rows and 32 lists are searched by 256 threads per list, 64 ranges at a time, in clusters of 8 thread blocks
// TELLS: [schedule] {{.*}}: hip.score: up to 16 rows and 256 lists are searched by 512 threads per list, 256 ranges at a time
// FUSED-LABEL: func @tree
// FUSED: scf.if
// FUSED:   hip.tile.kernel {{.*}} threads(256)
// FUSED:   hip.tile.dot {{.*}}<16x64xf32>, <16x128xbf16>, <64x128xbf16>
// FUSED: scf.if
// FUSED:   hip.tile.kernel {{.*}} threads(512)
// FUSED:   hip.tile.dot {{.*}}<16x256xf32>, <16x128xbf16>, <256x128xbf16>
// FUSED: } else {
// FUSED:   hip.tile.kernel {{.*}} threads(128)
// FUSED:   hip.tile.dot {{.*}}<64x64xf32>, <64x128xbf16>, <64x128xbf16>
func.func @tree(%q: memref<?x32x?x128xbf16>, %k: memref<?x8x?x128xbf16>, %rounds: index, %b: index, %m: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = memref.alloc(%b, %m) : memref<?x32x?x64x2xi32>
  %c = memref.alloc(%b, %m) : memref<?x32x?xi32>
  hip.partition ins(%q, %k : memref<?x32x?x128xbf16>, memref<?x8x?x128xbf16>)
    outs(%r, %c : memref<?x32x?x64x2xi32>, memref<?x32x?xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 64 : i64}
  %c2 = memref.alloc(%b, %m) : memref<?x32x?xi32>
  scf.for %i = %c0 to %rounds step %c1 {
    %r2 = memref.alloc(%b, %m) : memref<?x32x?x128x2xi32>
    hip.split ins(%r, %c : memref<?x32x?x64x2xi32>, memref<?x32x?xi32>)
      outs(%r2, %c2 : memref<?x32x?x128x2xi32>, memref<?x32x?xi32>) {ways = 2 : i64}
    %s = memref.alloc(%b, %m) : memref<?x32x?x128xf32>
    hip.score ins(%q, %k, %r2, %c2 : memref<?x32x?x128xbf16>, memref<?x8x?x128xbf16>,
                  memref<?x32x?x128x2xi32>, memref<?x32x?xi32>)
      outs(%s : memref<?x32x?x128xf32>) {block_q = 64 : i64, granule = 2 : i64}
    hip.select ins(%r2, %c2, %s : memref<?x32x?x128x2xi32>, memref<?x32x?xi32>, memref<?x32x?x128xf32>)
      outs(%r, %c : memref<?x32x?x64x2xi32>, memref<?x32x?xi32>) {keep = 64 : i64}
    memref.dealloc %r2 : memref<?x32x?x128x2xi32>
    memref.dealloc %s : memref<?x32x?x128xf32>
  }
  memref.dealloc %c2 : memref<?x32x?xi32>
  return
}

// -----

// Steps that have a schedule keep it, and a search without scores has no use
// for more threads.
// CHECK-LABEL: func @given
// CHECK-NOT: scf.if
// SMALL-LABEL: func @given
// CPU-LABEL: func @given
// FUSED-LABEL: func @given
func.func @given(%q: memref<1x4x?x64xf16>, %k: memref<1x2x?x64xf16>, %r: memref<1x2x?x64x2xi32>,
                 %c: memref<1x2x?xi32>, %s: memref<1x2x?x64xf32>) {
  hip.score ins(%q, %k, %r, %c : memref<1x4x?x64xf16>, memref<1x2x?x64xf16>,
                memref<1x2x?x64x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x64xf32>)
    {block_q = 64 : i64, granule = 2 : i64,
     hip.schedule = #hip.schedule<threads = 128, rows = 64, columns = 64>}
  return
}

// CHECK-LABEL: func @unscored
// CHECK-NOT: scf.if
func.func @unscored(%q: memref<1x4x?x64xf16>, %k: memref<1x2x?x64xf16>, %r: memref<1x2x?x64x2xi32>,
                    %c: memref<1x2x?xi32>) {
  hip.partition ins(%q, %k : memref<1x4x?x64xf16>, memref<1x2x?x64xf16>)
    outs(%r, %c : memref<1x2x?x64x2xi32>, memref<1x2x?xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 64 : i64}
  return
}

// -----

// Where sizes are known, so is which: one of 4 rows, and one of 64.
// CHECK-LABEL: func @known
// CHECK-NOT: scf.if
// CHECK: hip.score {{.*}}threads = 256, {{.*}}cluster = 8>
// CHECK-NOT: scf.if
// CHECK: hip.block_sparse_attention {{.*}}split_keys = 64, split_rows = 16
// CHECK-NOT: scf.if
// CHECK: hip.score
// CHECK-NOT: threads
func.func @known(%q: memref<1x4x4x64xf16>, %k: memref<1x2x?x64xf16>, %r: memref<1x2x1x64x2xi32>,
                 %c: memref<1x2x1xi32>, %s: memref<1x2x1x64xf32>, %many: memref<1x4x64x64xf16>) {
  hip.score ins(%q, %k, %r, %c : memref<1x4x4x64xf16>, memref<1x2x?x64xf16>,
                memref<1x2x1x64x2xi32>, memref<1x2x1xi32>)
    outs(%s : memref<1x2x1x64xf32>) {block_q = 64 : i64, granule = 2 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x4x4x64xf16>, memref<1x2x?x64xf16>, memref<1x2x?x64xf16>)
    outs(%q : memref<1x4x4x64xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 8> {block_q = 64 : i64, block_k = 1 : i64}
  hip.score ins(%many, %k, %r, %c : memref<1x4x64x64xf16>, memref<1x2x?x64xf16>,
                memref<1x2x1x64x2xi32>, memref<1x2x1xi32>)
    outs(%s : memref<1x2x1x64xf32>) {block_q = 64 : i64, granule = 2 : i64}
  return
}

// -----

// Rows too long for 128 of them beside each other twice: as before.
// SMALL-LABEL: func @long
// SMALL-NOT: scf.if
// CHECK-LABEL: func @long
// CHECK: scf.if
// FUSED-LABEL: func @long
func.func @long(%q: memref<1x4x?x256xf16>, %k: memref<1x2x?x256xf16>, %r: memref<1x2x?x64x2xi32>,
                %c: memref<1x2x?xi32>, %s: memref<1x2x?x64xf32>) {
  hip.score ins(%q, %k, %r, %c : memref<1x4x?x256xf16>, memref<1x2x?x256xf16>,
                memref<1x2x?x64x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x64xf32>) {block_q = 64 : i64, granule = 2 : i64}
  return
}

// -----

// Attention: four heads that read one list fill a tile of 16 rows with four rows each, by parts of the keys (S21); more
// rows have a warpgroup for each 64 of them. On a CPU parts are as many keys as are asked for, and tiles as they are.
// CHECK-LABEL: func @decode
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %c2
// CHECK: %[[FEW:.*]] = arith.cmpi ule, %[[ROWS]], %c4
// CHECK: scf.if %[[FEW]] {
// CHECK:   hip.block_sparse_attention {{.*}}#hip.schedule<threads = 128, rows = 64, columns = 64, split_keys = 64, split_rows = 16>
// CHECK: } else {
// CHECK:   hip.block_sparse_attention {{.*}}#hip.schedule<threads = 128, rows = 64, columns = 64>
// SMALL-LABEL: func @decode
// SMALL: arith.cmpi ule, %{{.*}}, %c1
// SMALL: split_keys = 64, split_rows = 4
// CPU-LABEL: func @decode
// CPU: arith.cmpi ule, %{{.*}}, %c4
// CPU: #hip.schedule<threads = 1, rows = 512, columns = 64, split_keys = 64, split_rows = 16>
// CPU: } else {
// CPU:   #hip.schedule<threads = 1, rows = 512, columns = 64>
// FUSED-LABEL: func @decode
// FUSED: scf.if
// FUSED:   hip.tile.kernel {{.*}} threads(32)
// FUSED:   hip.tile.kernel
// FUSED: } else {
// FUSED:   hip.tile.kernel {{.*}} threads(128)
// FUSED-NOT: hip.tile.kernel
// TELLS: hip.block_sparse_attention: up to 4 rows in parts of 64 keys, 4 heads per tile
// TELLS: hip.block_sparse_attention: #hip.schedule<threads = 128, rows = 64, columns = 64>: a warp has
func.func @decode(%q: memref<2x8x?x64xf32>, %k: memref<2x2x?x64xf32>, %blocks: memref<2x2x?x64xi32>,
                  %counts: memref<2x2x?xi32>, %o: memref<2x8x?x64xf32>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<2x8x?x64xf32>, memref<2x2x?x64xf32>, memref<2x2x?x64xf32>)
    list(%blocks, %counts : memref<2x2x?x64xi32>, memref<2x2x?xi32>)
    outs(%o : memref<2x8x?x64xf32>)
    band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 64> {block_q = 64 : i64, block_k = 2 : i64}
  return
}

// -----

// Heads with lists of their own cannot share a tile.
// CHECK-LABEL: func @own_lists
// CHECK: arith.cmpi ule, %{{.*}}, %c16
// SMALL-LABEL: func @own_lists
// FUSED-LABEL: func @own_lists
func.func @own_lists(%q: memref<1x4x?x32xf16>, %k: memref<1x1x?x32xf16>, %blocks: memref<1x4x?x64xi32>,
                     %counts: memref<1x4x?xi32>, %o: memref<1x4x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x4x?x32xf16>, memref<1x1x?x32xf16>, memref<1x1x?x32xf16>)
    list(%blocks, %counts : memref<1x4x?x64xi32>, memref<1x4x?xi32>)
    outs(%o : memref<1x4x?x32xf16>)
    band #hip.band<block_q = 1, chunk = 2, window = 64> {block_q = 1 : i64, block_k = 2 : i64}
  return
}

// -----

// Dense attention has blocks of a tile's rows in both versions.
// CHECK-LABEL: func @open
// CHECK: scf.if
// CHECK:   block_q = 128 : i64, {{.*}}threads = 256, rows = 128, columns = 128, split_keys = 64, split_rows = 16, min_blocks = 1>
// CHECK: } else {
// CHECK:   block_q = 128 : i64, {{.*}}threads = 256, rows = 128, columns = 128, min_blocks = 1, stages = 3, producers = 128, unit = wgmma, engine = tma>
// CPU-LABEL: func @open
// CPU: block_q = 64 : i64, {{.*}}rows = 64, {{.*}}split_keys = 64
func.func @open(%q: memref<1x2x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x2x?x128xbf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>)
    outs(%o : memref<1x2x?x128xbf16>)
    band #hip.band<block_q = 2147483647, chunk = 1, window = 2147483647>
    {block_q = 2147483647 : i64, block_k = 1 : i64}
  return
}

// -----

// Of so many rows there is no choice, and of a program's own schedule neither.
// CHECK-LABEL: func @many
// CHECK-NOT: scf.if
// CHECK-NOT: split_keys
// CHECK: threads = 32, rows = 16
func.func @many(%q: memref<1x2x100x32xf16>, %k: memref<1x1x1000x32xf16>, %o: memref<1x2x100x32xf16>,
                %p: memref<1x2x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x100x32xf16>, memref<1x1x1000x32xf16>, memref<1x1x1000x32xf16>)
    outs(%o : memref<1x2x100x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647> {block_q = 64 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%p, %k, %k : memref<1x2x?x32xf16>, memref<1x1x1000x32xf16>, memref<1x1x1000x32xf16>)
    outs(%p : memref<1x2x?x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647>
    {block_q = 64 : i64, block_k = 1 : i64, hip.schedule = #hip.schedule<threads = 32, rows = 16, columns = 64>}
  return
}
