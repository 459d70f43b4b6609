// RUN: hip-opt %s --hip-outline-gpu-kernels | FileCheck %s
// RUN: hip-opt %s --hip-to-ptx | FileCheck %s --check-prefix=PTX

// Names are letters, digits, _ and $ without a digit in front, and stay apart.
// CHECK: gpu.launch_func @my_attention_kernel_0::@my_attention_kernel_0
// CHECK: gpu.launch_func @my_attention_kernel_1::@my_attention_kernel_1
// CHECK: gpu.launch_func @_0_kernel_2_1::@_0_kernel_2_1
// CHECK: gpu.launch_func @____kernel_3::@____kernel_3
// PTX: gpu.binary @kernels_1
// PTX-DAG: .visible .entry my_attention_kernel_0(
// PTX-DAG: .visible .entry my_attention_kernel_1(
// PTX-DAG: .visible .entry _0_kernel_2_1(
// PTX-DAG: .visible .entry ____kernel_3(
func.func @"my-attention"(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    memref.store %x, %a[%bx] : memref<4xf32>
  }
  return
}
func.func @my_attention(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    memref.store %x, %a[%bx] : memref<4xf32>
  }
  return
}
func.func @"0"(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    memref.store %x, %a[%bx] : memref<4xf32>
  }
  return
}
func.func @"é,"(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    memref.store %x, %a[%bx] : memref<4xf32>
  }
  return
}
func.func private @_0_kernel_2()
func.func private @kernels()
