// RUN: not hip-opt %s --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=GPU
// RUN: not hip-opt %s --hip-tile-to-vector 2>&1 | FileCheck %s --check-prefix=CPU

// Code has a line for each number of a thread, and scratch is on its stack.
// GPU: error: 'hip.tile.splat' op gives each of 32 threads 8192 numbers of 256x1024, but a thread has at most 1024; take fewer rows or columns, or more threads, in #hip.schedule
// CPU: error: 'hip.tile.kernel' op has tiles of {{[0-9]+}} bytes, a thread of the CPU has room for 4194304; take fewer rows or columns in #hip.schedule
func.func @f(%o: memref<1x1x256x1024xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %z = hip.tile.splat %x : !hip.tile<256x1024xf32>
    %y = hip.tile.splat %x : !hip.tile<2048x512xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c1 : memref<1x1x256x1024xf32> -> !hip.rows<1024xf32>
    hip.tile.store %z, %view : !hip.tile<256x1024xf32>, !hip.rows<1024xf32>
  }
  return
}
