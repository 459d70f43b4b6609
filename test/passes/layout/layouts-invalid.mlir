// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-assign-layouts

// Tiles that cannot be dealt out to the warps of their kernel.

func.func @narrow(%q: memref<1x1x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c32 : memref<1x1x?x4xf32> -> !hip.rows<4xf32>
    %a = hip.tile.load %view : !hip.rows<4xf32> -> !hip.tile<16x4xf32>
    // expected-error @below {{'hip.tile.reduce' op has 4 columns, but 1 warps side by side take multiples of 8}}
    %m = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<16x4xf32> -> !hip.tile<16xf32>
  }
  return
}

// -----

func.func @large(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    // expected-error @below {{'hip.tile.splat' op gives each of 32 threads 2048 numbers of 256x256, but a thread has at most 1024; take fewer rows or columns, or more threads, in #hip.schedule}}
    %t = hip.tile.splat %x : !hip.tile<256x256xf32>
  }
  return
}

// -----

func.func @carried(%q: memref<1x1x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c32 : memref<1x1x?x4xf32> -> !hip.rows<4xf32>
    %a = hip.tile.load %view : !hip.rows<4xf32> -> !hip.tile<16x4xf32>
    // expected-error @below {{'scf.for' op has 4 columns, but 1 warps side by side take multiples of 8}}
    %b = scf.for %i = %c0 to %c32 step %c1 iter_args(%t = %a) -> (!hip.tile<16x4xf32>) {
      scf.yield %t : !hip.tile<16x4xf32>
    }
  }
  return
}

// -----

func.func @twice(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    // expected-error @below {{gives '!hip.tile<16xf32, #hip.threads<32>>', which has a layout; hip-assign-layouts takes tiles without}}
    %t = hip.tile.splat %x : !hip.tile<16xf32, #hip.threads<32>>
  }
  return
}

// -----

func.func @outside(%x: f32) {
  // expected-error @below {{'hip.tile.splat' op is not in a kernel; put it into a hip.tile.kernel}}
  %t = hip.tile.splat %x : !hip.tile<16xf32>
  return
}
