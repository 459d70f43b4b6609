// RUN: hip-opt %s --hip-few-rows --split-input-file | FileCheck %s
// RUN: not hip-opt %s --hip-few-rows=rows=5000 2>&1 | FileCheck %s --check-prefix=FEWEST
// FEWEST: error: rows = 5000, but few are 1 to 1024
// RUN: hip-opt %s --hip-few-rows="rows=4 lists=8 chip=sm_89" --split-input-file | FileCheck %s --check-prefix=SMALL
// RUN: hip-opt %s --hip-few-rows --hip-schedule=chip=sm_90a --hip-tile --canonicalize --cse --hip-fuse-kernels --split-input-file | FileCheck %s --check-prefix=FUSED

// The host decides by query rows and by lists, which are batch entries times
// heads times query blocks. What is allocated between the steps is allocated
// before, a loop of steps is copied with what is in it.
// CHECK-LABEL: func @tree
// CHECK: memref.alloc
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %{{.*}} : memref<?x32x?x128xbf16>
// CHECK: %[[FEW:.*]] = arith.cmpi ule, %[[ROWS]], %c16
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
// FUSED-LABEL: func @tree
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
// CHECK: hip.score {{.*}}threads = 512
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
