// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-outline-gpu-kernels
// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-outline-cpu-kernels

// Kernels of which passes would miss a part, and those that they do not see.

llvm.func @lowered(%x: f32, %a: !llvm.ptr) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'hip.tile.kernel' op is not in a func.func; kernels are outlined before functions are lowered}}
  hip.tile.kernel grid(%c1) threads(1) (%x0) {
    llvm.store %x, %a : f32, !llvm.ptr
  }
  llvm.return
}

// -----

func.func @launch(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op is no kernel that passes read; make it a hip.tile.kernel}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    memref.store %x, %a[%bx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

module {
  module @inside {
  func.func @inner(%a: memref<4xf32>, %x: f32) {
    %c1 = arith.constant 1 : index
    // expected-error @below {{'hip.tile.kernel' op is in a module of the module; kernels are those of the outermost one}}
    hip.tile.kernel grid(%c1) threads(1) (%bx) {
      memref.store %x, %a[%bx] : memref<4xf32>
    }
    return
  }
  }
}

// -----

func.func @wide_number(%a: memref<4xi32>, %x: i128) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'hip.tile.kernel' op uses a value of type 'i128'; a kernel takes numbers of 1 to 64 bits and strided memrefs}}
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %y = arith.trunci %x : i128 to i32
    memref.store %y, %a[%bx] : memref<4xi32>
  }
  return
}
