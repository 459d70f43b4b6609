// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-outline-gpu-kernels
// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-outline-cpu-kernels

// Launches that are more than a grid of thread blocks, which passes would drop.

llvm.func @lowered(%x: f32, %a: !llvm.ptr) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op is in no func.func; kernels are outlined before functions are lowered}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    llvm.store %x, %a : f32, !llvm.ptr
    gpu.terminator
  }
  llvm.return
}

// -----

func.func @asynchronous(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op is asynchronous; leave out `async`}}
  %t = gpu.launch async blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    memref.store %x, %a[%bx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @own_memory(%a: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op has clusters or memory of its own; a kernel is a grid of thread blocks}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1)
             workgroup(%w : memref<4xf32, 3>) {
    %x = memref.load %w[%bx] : memref<4xf32, 3>
    memref.store %x, %a[%bx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @blocks(%a: memref<4xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op has 2 blocks; a kernel has one, and scf in it}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    cf.br ^next
  ^next:
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
    // expected-error @below {{'gpu.launch' op is in a module of the module; kernels are those of the outermost one}}
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
      memref.store %x, %a[%bx] : memref<4xf32>
      gpu.terminator
    }
    return
  }
  }
}

// -----

func.func @wide_number(%a: memref<4xi32>, %x: i128) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'gpu.launch' op uses a value of type 'i128'; a kernel takes numbers of 1 to 64 bits and strided memrefs}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    %y = arith.trunci %x : i128 to i32
    memref.store %y, %a[%bx] : memref<4xi32>
    gpu.terminator
  }
  return
}
