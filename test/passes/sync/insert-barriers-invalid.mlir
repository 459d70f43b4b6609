// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-insert-barriers

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

func.func @no_offset(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    // expected-error @below {{has no offset; run hip-allocate-shared}}
    %a = hip.gpu.alloc : !array
    hip.gpu.local_store %t, %a : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

func.func @no_array(%t: !vector, %m: !array) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    // expected-error @below {{takes shared memory that comes from no hip.gpu.alloc; give it an array or its hip.gpu.slot}}
    hip.gpu.local_store %t, %m : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

func.func @number_of_the_thread(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %tx = gpu.thread_id x
    %a = hip.gpu.alloc {offset = 0} : !array
    %half = arith.divui %tx, %x : index
    %mine = arith.cmpi ult, %half, %c1 : index
    // expected-note @below {{where threads may part}}
    scf.if %mine {
      // expected-note @below {{the write that has to be over in all threads}}
      hip.gpu.local_store %t, %a : !vector, !array
      // expected-error @below {{needs a barrier before its read of shared memory, which not all threads would come to: threads may differ in what decides about scf.if; move the access out of it, or let it depend on what is the same in all threads}}
      %u = hip.gpu.local_load %a : !array -> !vector
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

func.func @loop_of_a_lane(%t: !vector) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %lane = gpu.lane_id
    // expected-note @below {{where threads may part}}
    scf.for %i = %c0 to %lane step %c1 {
      // expected-note @below {{the write that has to be over in all threads}}
      // expected-error @below {{needs a barrier before its write of shared memory, which not all threads would come to: threads may differ in what decides about scf.for}}
      hip.gpu.local_store %t, %a : !vector, !array
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// The loop is the same in all threads, the branch around it for a warp alone.
func.func @same_for_a_warp(%t: !vector, %n: index, %s: !hip.tile<64xi1, #hip.slice<1, <row_warps = 2, column_warps = 1>>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %some = hip.gpu.vote %s : !hip.tile<64xi1, #hip.slice<1, <row_warps = 2, column_warps = 1>>>
    // expected-note @below {{where threads may part}}
    scf.if %some {
      scf.for %i = %c0 to %n step %c1 {
        // expected-note @below {{the write that has to be over in all threads}}
        // expected-error @below {{needs a barrier before its write of shared memory}}
        hip.gpu.local_store %t, %a : !vector, !array
      }
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// What a loop carries may be what a thread has.
func.func @carried(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %last = scf.for %i = %c0 to %n step %c1 iter_args(%before = %c0) -> index {
      %thread = gpu.thread_id x
      scf.yield %thread : index
    }
    // expected-note @below {{where threads may part}}
    scf.index_switch %last
    case 0 {
      // expected-note @below {{the write that has to be over in all threads}}
      hip.gpu.local_store %t, %a : !vector, !array
      // expected-error @below {{needs a barrier before its read of shared memory}}
      %u = hip.gpu.local_load %a : !array -> !vector
      scf.yield
    }
    default {
      scf.yield
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// What decides about other ops with regions is not known.
func.func @other_regions(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    // expected-note @below {{where threads may part}}
    scf.execute_region {
      // expected-note @below {{the write that has to be over in all threads}}
      // expected-error @below {{threads may differ in what decides about scf.execute_region}}
      hip.gpu.local_store %t, %a : !vector, !array
      scf.yield
    }
  }
  return
}
