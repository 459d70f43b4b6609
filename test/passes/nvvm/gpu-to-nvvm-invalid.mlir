// RUN: hip-opt %s --hip-gpu-to-nvvm --split-input-file --verify-diagnostics

func.func @no_layout(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    // expected-error @below {{has '!hip.tile<16xf32>', which is not in registers; run hip-assign-layouts and hip-promote-shared}}
    %v = hip.tile.splat %x : !hip.tile<16xf32>
  }
  return
}

// -----

func.func @other_threads(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    // expected-error @below {{which is distributed over 32 threads, in a kernel of 64}}
    %v = hip.tile.splat %x : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  }
  return
}

// -----

func.func @no_offset() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    // expected-error @below {{has no offset; run hip-allocate-shared}}
    %m = hip.gpu.alloc : !hip.smem<16xf32, pitch = 64>
  }
  return
}

// -----

func.func @rows_over_warps(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    // expected-error @below {{reduces rows over the warps; run hip-promote-shared, which gives it scratch}}
    %m = hip.tile.reduce <max> %t {axis = 0 : i64}
      : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>> -> !hip.tile<16xf32, #hip.threads<32>>
  }
  return
}

// -----

func.func @shared(%t: memref<1x1x?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %t[%c0, %c0, %c0] to %n : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    // expected-error @below {{which is not in registers}}
    %v = hip.tile.load %view : !hip.rows<16xf32> -> !hip.tile<16x16xf32, #hip.shared>
  }
  return
}

// -----

// Tiles of a role are of its threads.
func.func @other_role(%x: i32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(384) (%bx) {
    hip.gpu.roles consumers(256, registers = 216) {
      %u = hip.tile.splat %x : !hip.tile<16xi32, #hip.threads<256>>
    } producers(128, registers = 40) {
      // expected-error @below {{which is distributed over 256 threads, in a kernel of 128}}
      %v = hip.tile.splat %x : !hip.tile<16xi32, #hip.threads<256>>
    }
  }
  return
}

// -----

func.func @multicast_to_global(%s: memref<64xf32>, %x: f32, %i: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) cluster(2) (%b) {
    %m = hip.gpu.alloc {offset = 0} : !hip.smem<1xi64, pitch = 8>
    %t = hip.tile.splat %x : !hip.tile<32xf32, #hip.threads<32>>
    %view = hip.tile.view %s[%i] : memref<64xf32> -> !hip.rows<f32>
    // expected-error @below {{stores to 'memref<64xf32>', which is not in shared memory; give it a view of memory in #gpu.address_space<workgroup>}}
    hip.gpu.multicast %t, %view signals %m[%i] : !hip.tile<32xf32, #hip.threads<32>>, !hip.rows<f32>, !hip.smem<1xi64, pitch = 8>
  }
  return
}
