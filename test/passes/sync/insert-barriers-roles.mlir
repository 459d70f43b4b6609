// RUN: hip-opt %s --split-input-file --hip-insert-barriers | FileCheck %s

!vector = !hip.tile<64xi32, #hip.threads<128>>
!array = !hip.smem<64xi32, pitch = 256>
!mbarriers = !hip.smem<2xi64, pitch = 16>

// What all threads have written they meet for before they part; after that each role meets alone. What a role reads
// of another one is between the two and their mbarriers: it is in slots.
// CHECK-LABEL: @roles
// CHECK: hip.gpu.mbarrier_init
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.roles
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: hip.gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: hip.gpu.await
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: } producers
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.arrive
// CHECK-NEXT: }
// CHECK-NEXT: }
func.func @roles(%t: !vector, %phase: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %full = hip.gpu.alloc {offset = 768} : !mbarriers
    %a = hip.gpu.alloc {offset = 0} : !array
    %slots = hip.gpu.alloc {offset = 256} : !hip.smem<64xi32, pitch = 256, stages = 2>
    %slot = hip.gpu.slot %slots[%c0] : !hip.smem<64xi32, pitch = 256, stages = 2>
    hip.gpu.mbarrier_init %full {arrivals = 128} : !mbarriers
    hip.gpu.local_store %t, %a : !vector, !array
    hip.gpu.roles consumers(128, registers = 240) {
      %u = hip.gpu.local_load %a : !array -> !vector
      hip.gpu.local_store %u, %a : !vector, !array
      %v = hip.gpu.local_load %a : !array -> !vector
      hip.gpu.await %full[%c0], %phase : !mbarriers
      %w = hip.gpu.local_load %slot : !array -> !vector
    } producers(128, registers = 40) {
      hip.gpu.local_store %t, %slot : !vector, !array
      hip.gpu.arrive %full[%c0] : !mbarriers
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<128>>
!array = !hip.smem<64xi32, pitch = 256>

// A barrier of a role that is there is one for its threads, also around a loop.
// CHECK-LABEL: @there
// CHECK: hip.gpu.roles
// CHECK-NEXT: } producers
// CHECK-NEXT: scf.for
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: hip.gpu.barrier
// CHECK-NEXT: }
func.func @there(%t: !vector) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    hip.gpu.roles consumers(128, registers = 240) {
    } producers(128, registers = 40) {
      scf.for %i = %c0 to %x step %c1 {
        hip.gpu.local_store %t, %a : !vector, !array
        hip.gpu.barrier
        %u = hip.gpu.local_load %a : !array -> !vector
        hip.gpu.barrier
      }
    }
  }
  return
}
