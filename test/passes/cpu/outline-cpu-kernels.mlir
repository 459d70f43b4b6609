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
  %c4 = arith.constant 4 : index
  hip.tile.kernel grid(%n) threads(1) (%bx) {
    %i = arith.muli %bx, %c4 : index
    memref.store %x, %m[%i] : memref<?xf32>
  }
  return
}

// -----

// The one thread has number 0, and nobody to wait for.
// CHECK-LABEL: func private @alone_kernel_0(
// CHECK: %[[Y:.*]] = arith.index_cast %arg2
// CHECK: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-NEXT: memref.store %{{.*}}, %{{.*}}[%[[ZERO]]]
// CHECK-NEXT: memref.store %{{.*}}, %{{.*}}[%[[Y]]]
// CHECK-NEXT: return
func.func @alone(%m: memref<?xf32>, %x: f32, %n: index) {
  hip.tile.kernel grid(%n, %n) threads(1) (%bx, %by) {
    %t = gpu.thread_id x
    memref.store %x, %m[%t] : memref<?xf32>
    hip.tile.phase
    memref.store %x, %m[%by] : memref<?xf32>
  }
  return
}

// -----

func.func @many(%m: memref<?xf32>, %x: f32, %n: index) {
  // expected-error @below {{'hip.tile.kernel' op has thread blocks of 64 threads; on a CPU a thread block is one task: make it threads(1)}}
  hip.tile.kernel grid(%n) threads(64) (%bx) {
    memref.store %x, %m[%bx] : memref<?xf32>
  }
  return
}

// -----

func.func @tensor(%t: tensor<4xf32>, %m: memref<?xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'hip.tile.kernel' op uses a value of type 'tensor<4xf32>'; a kernel takes numbers of 1 to 64 bits and strided memrefs}}
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %x = tensor.extract %t[%c1] : tensor<4xf32>
    memref.store %x, %m[%c1] : memref<?xf32>
  }
  return
}
