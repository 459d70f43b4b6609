// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-allocate-shared

func.func @no_kernel() {
  // expected-error @below {{is not in a kernel; put it into a hip.tile.kernel}}
  %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
  return
}

// -----

func.func @mixed() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    // expected-note @below {{the array with an offset}}
    %a = hip.gpu.alloc {offset = 512} : !hip.smem<64xi32, pitch = 256>
    // expected-error @below {{has no offset, but another array of its kernel has 512; give all arrays offsets or none}}
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

func.func @carried(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    // expected-error @below {{takes shared memory; only hip.gpu ops that move it or multiply by it do}}
    %b = scf.for %i = %c0 to %n step %c1 iter_args(%m = %a) -> !hip.smem<64xi32, pitch = 256> {
      scf.yield %m : !hip.smem<64xi32, pitch = 256>
    }
  }
  return
}
