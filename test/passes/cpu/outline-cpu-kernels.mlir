// RUN: hip-opt %s --hip-outline-cpu-kernels --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @fill(
// CHECK: %[[SLOTS:.*]] = llvm.alloca
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: %[[KERNEL:.*]] = constant @fill_kernel_0
// CHECK: call @hip.cpu_launch(%[[KERNEL]], %[[SLOTS]]
// CHECK: func private @fill_kernel_0(%[[ARGS:.*]]: !llvm.ptr, %[[X:.*]]: i64, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: llvm.load
// CHECK: %[[BLOCK:.*]] = arith.index_cast %[[X]]
// CHECK: arith.constant 4 : index
// CHECK: arith.muli %[[BLOCK]]
// CHECK: memref.store
func.func @fill(%m: memref<?xf32>, %x: f32, %n: index) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    %i = arith.muli %bx, %c4 : index
    memref.store %x, %m[%i] : memref<?xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @tensor(%t: tensor<4xf32>, %m: memref<?xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'gpu.launch' op uses a value of type 'tensor<4xf32>'; a kernel takes numbers of 1 to 64 bits and strided memrefs}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c1, %ny = %c1, %nz = %c1) {
    %x = tensor.extract %t[%c1] : tensor<4xf32>
    memref.store %x, %m[%c1] : memref<?xf32>
    gpu.terminator
  }
  return
}
