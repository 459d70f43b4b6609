// RUN: hip-opt %s --hip-promote-shared --hip-schedule-loops | FileCheck %s

// A kernel's schedule says how many iterations its loops hold, and that rows
// are swizzled and not padded: 128 bytes of them fill all banks.
// CHECK-LABEL: func @attend
// CHECK: hip.gpu.alloc : <64xi32, pitch = 256>
// CHECK: hip.gpu.alloc : <64x128xbf16, pitch = 256, swizzle = 128>
// CHECK: scf.for
// CHECK: } {hip.stages = 4 : i64}
func.func @attend(%k: memref<1x2x?x128xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : bf16
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, stages = 4, swizzled = true>} (%x) {
    %q = hip.tile.splat %one : !hip.tile<64x128xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
    %view = hip.tile.view %k[%c0, %c1, %c0] : memref<1x2x?x128xbf16> -> !hip.rows<128xbf16>
    %out = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %init)
        -> (!hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>) {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %i, %c : index
        %row = arith.index_cast %j : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<64xi32, #hip.threads<128>>
      %rows = hip.tile.convert_layout %places : !hip.tile<64xi32, #hip.threads<128>> -> !hip.tile<64xi32, #hip.shared>
      %b = hip.tile.gather %view rows(%rows)
        : !hip.rows<128xbf16>, !hip.tile<64xi32, #hip.shared> -> !hip.tile<64x128xbf16, #hip.shared>
      %s = hip.tile.dot %acc, %q, %b {transpose_b, unit = #hip.matrix_unit<mma_sync>}
        : !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.tile<64x128xbf16, #hip.mma<row_warps = 4, column_warps = 1>>, !hip.tile<64x128xbf16, #hip.shared>
      scf.yield %s : !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
    }
  }
  return
}
