// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-assign-layouts --hip-tile-to-nvvm

// Programs whose tiles are where an op cannot read them, and layouts by hand
// that no pass gives.

func.func @condition_in_shared_memory(%q: memref<1x1x?x64xf32>, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c32 : memref<1x1x?x64xf32> -> !hip.tile<16x64xf32>
    // expected-error @below {{has a condition and a result in shared memory, where threads have other rows than those that the condition is for; leave it out}}
    %b = hip.tile.map %a : !hip.tile<16x64xf32> if %c {
    ^bb0(%x: f32):
      %y = arith.addf %x, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x64xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @right_factor(%x: f32, %y: bf16) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %acc = hip.tile.splat %x : !hip.tile<16x16xf32>
    %a = hip.tile.splat %y : !hip.tile<16x16xbf16>
    // expected-error @below {{cannot read its right factor, a '!hip.tile<16x16xbf16>' of layout fragment}}
    %s = hip.tile.dot %acc, %a, %a : !hip.tile<16x16xf32>, !hip.tile<16x16xbf16>, !hip.tile<16x16xbf16>
    gpu.terminator
  }
  return
}

// -----

func.func @narrow(%q: memref<1x1x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c32 : memref<1x1x?x4xf32> -> !hip.tile<16x4xf32>
    // expected-error @below {{has 4 columns; 1 warps side by side take multiples of 8}}
    %m = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<16x4xf32> -> !hip.tile<16xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @carried(%q: memref<1x1x?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c32 : memref<1x1x?x64xf32> -> !hip.tile<16x64xf32>
    // expected-error @below {{carries a tile that is in shared memory or changes its layout; a loop carries registers}}
    %b = scf.for %i = %c0 to %c32 step %c1 iter_args(%t = %a) -> (!hip.tile<16x64xf32>) {
      scf.yield %t : !hip.tile<16x64xf32>
    }
    gpu.terminator
  }
  return
}
