// RUN: hip-opt %s --hip-assign-layouts --split-input-file | FileCheck %s
// RUN: not hip-opt %S/Inputs/two-threads.mlir --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=THREADS

// THREADS: error: 'gpu.launch' op has tiles and 2 threads; tiles take warps of 32, at most 1024 threads: see the threads of #hip.schedule

// Rows are folded, so that four warps are above each other.
// CHECK-LABEL: func @rows
// CHECK: hip.tile.load {{.*}}#hip.layout<shared, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.splat {{.*}}#hip.layout<line, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.gather {{.*}}#hip.layout<shared, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.splat {{.*}}#hip.layout<fragment, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.dot {{.*}}#hip.layout<fragment, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.reduce {{.*}}#hip.layout<rows, row_warps = 4, column_warps = 1>
// CHECK: arith.truncf
// CHECK: #hip.layout<fragment, row_warps = 4, column_warps = 1>} -> <64x32xbf16>
func.func @rows(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xbf16> -> !hip.tile<64x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<1x32xi32>
    %b = hip.tile.gather %q[%c0, %c0] rows(%rows)
      : memref<1x1x?x64xbf16>, !hip.tile<1x32xi32> -> !hip.tile<32x64xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<64x32xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<64x32xf32>, !hip.tile<64x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max> %s {dimension = 1 : i64}
      : !hip.tile<64x32xf32> -> !hip.tile<64x1xf32>
    %p = hip.tile.map %s : !hip.tile<64x32xf32> {
    ^bb0(%number: f32):
      %narrow = arith.truncf %number : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<64x32xbf16>
    hip.tile.store %m, %o[%c0, %c0, %c0] limit %c64 : !hip.tile<64x1xf32>, memref<1x1x?xf32>
    gpu.terminator
  }
  return
}

// -----

// Sixteen rows are one warp's: the four lie side by side.
// CHECK-LABEL: func @columns
// CHECK: hip.tile.gather {{.*}}#hip.layout<shared, row_warps = 1, column_warps = 4>
// CHECK: hip.tile.dot {{.*}}#hip.layout<fragment, row_warps = 1, column_warps = 4>
func.func @columns(%k: memref<1x1x?x64xf32>, %o: memref<1x1x64xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %k[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xf32> -> !hip.tile<16x64xf32>
    %rows = hip.tile.splat %j : !hip.tile<1x64xi32>
    %b = hip.tile.gather %k[%c0, %c0] rows(%rows)
      : memref<1x1x?x64xf32>, !hip.tile<1x64xi32> -> !hip.tile<64x64xf32>
    %acc = hip.tile.splat %zero : !hip.tile<16x64xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x64xf32>, !hip.tile<16x64xf32>, !hip.tile<64x64xf32>
    %m = hip.tile.reduce <max_number> %s {dimension = 0 : i64}
      : !hip.tile<16x64xf32> -> !hip.tile<1x64xf32>
    hip.tile.store %m, %o[%c0, %c0, %c0] limit %c64 : !hip.tile<1x64xf32>, memref<1x1x64xf32>
    gpu.terminator
  }
  return
}
