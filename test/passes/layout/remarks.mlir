// RUN: hip-opt %s --hip-assign-layouts --split-input-file --remarks-filter-missed=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s
// RUN: hip-opt %s --hip-assign-layouts --split-input-file --remarks-filter-passed=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: hip-opt %s --hip-assign-layouts --split-input-file -o /dev/null 2>&1 | count 0

// TAKEN: remark: [Passed] hip.tile.dot | Category:layout | Remark="TensorCores: mma.sync m16n8k16 on bf16"
// TAKEN-NOT: remark

// CHECK-NOT: remark
// CHECK: remarks.mlir:{{[0-9]+}}:10: remark: [Missed] hip.tile.dot | Category:layout | Remark="no TensorCores: the operands hold bf16 and f32, mma.sync takes two of f16 or of bf16"
func.func @types(%h: memref<1x1x?x64xbf16>, %f: memref<1x1x?x64xf32>, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.tile.load %h[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xbf16> -> !hip.tile<32x64xbf16>
    %b = hip.tile.load %f[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xf32> -> !hip.tile<32x64xf32>
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
// CHECK-NOT: remark
func.func @columns(%h: memref<1x1x?x40xf16>, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.tile.load %h[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x40xf16> -> !hip.tile<32x40xf16>
    %acc = hip.tile.splat %zero : !hip.tile<32x32xf32>
    %s = hip.tile.dot %acc, %a, %a {transpose_b}
      : !hip.tile<32x32xf32>, !hip.tile<32x40xf16>, !hip.tile<32x40xf16>
  }
  return
}
