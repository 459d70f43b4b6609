// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-allocate-shared

func.func @no_kernel() {
  // expected-error @below {{is in no kernel; put it into a gpu.launch}}
  %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
  return
}

// -----

func.func @mixed() {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c1, %by = %c1, %bz = %c1) {
    // expected-note @below {{the array with an offset}}
    %a = hip.gpu.alloc {offset = 512} : !hip.smem<64xi32, pitch = 256>
    // expected-error @below {{has no offset, but another array of its kernel has 512; give all arrays offsets or none}}
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    gpu.terminator
  }
  return
}

// -----

func.func @unknown_front(%front: i32) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{asks for a number of bytes of shared memory that is no constant, so that no array has a place after them; make it one}}
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c1, %by = %c1, %bz = %c1)
             dynamic_shared_memory_size %front {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    gpu.terminator
  }
  return
}

// -----

func.func @carried(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c1, %by = %c1, %bz = %c1) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    // expected-error @below {{takes shared memory; only hip.gpu ops that move it or multiply by it do}}
    %b = scf.for %i = %c0 to %n step %c1 iter_args(%m = %a) -> !hip.smem<64xi32, pitch = 256> {
      scf.yield %m : !hip.smem<64xi32, pitch = 256>
    }
    gpu.terminator
  }
  return
}
