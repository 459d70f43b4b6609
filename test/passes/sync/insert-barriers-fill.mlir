// RUN: hip-opt %s --hip-insert-barriers | FileCheck %s

// A fill reads and writes, although it has a region.
// CHECK-LABEL: func @fill
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.fill
// CHECK: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
func.func @fill(%t: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %a = hip.gpu.alloc {offset = 0} : !hip.smem<16x8xf32, pitch = 48>
    %b = hip.gpu.alloc {offset = 768} : !hip.smem<16x8xf32, pitch = 48>
    %x = hip.tile.splat %t : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    hip.gpu.local_store %x, %a : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x8xf32, pitch = 48>
    hip.gpu.fill %b from(%a) : !hip.smem<16x8xf32, pitch = 48> from !hip.smem<16x8xf32, pitch = 48> {
    ^bb0(%r: index, %c: index, %y: f32):
      hip.tile.yield %y : f32
    }
    %z = hip.gpu.local_load %b : !hip.smem<16x8xf32, pitch = 48> -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  }
  return
}
