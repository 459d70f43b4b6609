// RUN: hip-opt %s --hip-assign-layouts --split-input-file --remarks-filter-missed=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s
// RUN: hip-opt %s --hip-assign-layouts --split-input-file --remarks-filter-passed=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: hip-opt %s --hip-assign-layouts --split-input-file -o /dev/null 2>&1 | count 0

// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: mma.sync m16n8k16 on bf16"

// CHECK-NOT: remark
// CHECK: remarks.mlir:{{[0-9]+}}:10: remark: [Missed] hip.tile.dot | Category:layout | Remark="no TensorCores: the operands hold bf16 and f32, mma.sync takes two of f16 or of bf16"
func.func @types(%h: memref<1x1x?x64xbf16>, %f: memref<1x1x?x64xf32>, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %view = hip.tile.view %h[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16>
    %view1 = hip.tile.view %f[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %b = hip.tile.load %view1 : !hip.rows<64xf32> -> !hip.tile<32x64xf32>
    %acc = hip.tile.splat %zero : !hip.tile<32x32xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<32x32xf32>, !hip.tile<32x64xbf16>, !hip.tile<32x64xf32>
    %t = hip.tile.dot %acc, %a, %a {transpose_b}
      : !hip.tile<32x32xf32>, !hip.tile<32x64xbf16>, !hip.tile<32x64xbf16>
  }
  return
}

// -----

// CHECK: remark: [Missed] hip.tile.dot | Category:layout | Remark="no TensorCores: 40 columns are no multiple of 16"
func.func @columns(%h: memref<1x1x?x40xf16>, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %view = hip.tile.view %h[%c0, %c0, %c0] to %c64 : memref<1x1x?x40xf16> -> !hip.rows<40xf16>
    %a = hip.tile.load %view : !hip.rows<40xf16> -> !hip.tile<32x40xf16>
    %acc = hip.tile.splat %zero : !hip.tile<32x32xf32>
    %s = hip.tile.dot %acc, %a, %a {transpose_b}
      : !hip.tile<32x32xf32>, !hip.tile<32x40xf16>, !hip.tile<32x40xf16>
  }
  return
}

// -----

// What a schedule asks for it gets; zeros in memory are not for wgmma, nor in f32 for any TensorCores.
// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: wgmma m64n32k16 on bf16"
// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: wgmma m64n64k16 on bf16"
// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: mma.sync m16n8k16 on bf16, not wgmma: it skips zeros in registers alone"
func.func @asked(%h: memref<1x1x?x64xbf16>, %o: memref<1x1x?x64xf32>, %zero: f32, %masked: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 32, producers = 128, unit = wgmma>} (%x) {
    %view = hip.tile.view %h[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %q = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<64x64xbf16>
    %view1 = hip.tile.view %h[%c0, %c0, %c64] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %k = hip.tile.load %view1 : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16>
    %scores = hip.tile.splat %zero : !hip.tile<64x32xf32>
    %s = hip.tile.dot %scores, %q, %k {transpose_b}
      : !hip.tile<64x32xf32>, !hip.tile<64x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max> %s {axis = 1 : i64} : !hip.tile<64x32xf32> -> !hip.tile<64xf32>
    %p = hip.tile.map %s, %m per row : !hip.tile<64x32xf32>, !hip.tile<64xf32> {
    ^bb0(%wide: f32, %most: f32):
      %less = arith.subf %wide, %most : f32
      %narrow = arith.truncf %less : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<64x32xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<64x64xf32>
    %v = hip.tile.dot %acc, %p, %k skip_zero(%masked)
      : !hip.tile<64x64xf32>, !hip.tile<64x32xbf16>, !hip.tile<32x64xbf16>
    %w = hip.tile.dot %v, %q, %q skip_zero(%masked)
      : !hip.tile<64x64xf32>, !hip.tile<64x64xbf16>, !hip.tile<64x64xbf16>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %w, %view2 : !hip.tile<64x64xf32>, !hip.rows<64xf32>
  }
  return
}

// -----

// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: mma.sync m16n8k16 on bf16, not wgmma: 32 rows are no multiple of 64, those of 4 warps"
// TAKEN-NOT: remark
// CHECK: remark: [Missed] hip.tile.dot | Category:layout | Remark="no TensorCores: the operands hold f32 and f32, wgmma takes two of f16 or of bf16"
// CHECK: remark: [Missed] hip.tile.dot | Category:layout | Remark="no TensorCores: the operands hold f32 and f32, mma.sync takes two of f16 or of bf16"
// CHECK-NOT: remark
func.func @refused(%h: memref<1x1x?x64xbf16>, %f: memref<1x1x?x64xf32>, %zero: f32, %masked: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 32, producers = 128, unit = wgmma>} (%x) {
    %view = hip.tile.view %h[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16>
    %view1 = hip.tile.view %f[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %b = hip.tile.load %view1 : !hip.rows<64xf32> -> !hip.tile<64x64xf32>
    %few = hip.tile.splat %zero : !hip.tile<32x32xf32>
    %wide = hip.tile.splat %zero : !hip.tile<64x64xf32>
    %s = hip.tile.dot %few, %a, %a {transpose_b}
      : !hip.tile<32x32xf32>, !hip.tile<32x64xbf16>, !hip.tile<32x64xbf16>
    %t = hip.tile.dot %wide, %b, %b {transpose_b}
      : !hip.tile<64x64xf32>, !hip.tile<64x64xf32>, !hip.tile<64x64xf32>
    %u = hip.tile.dot %t, %b, %b skip_zero(%masked)
      : !hip.tile<64x64xf32>, !hip.tile<64x64xf32>, !hip.tile<64x64xf32>
  }
  return
}
