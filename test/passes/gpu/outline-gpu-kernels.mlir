// RUN: hip-opt %s --hip-outline-gpu-kernels --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-outline-gpu-kernels=shared-bytes=101376 --split-input-file \
// RUN:   | FileCheck %s --check-prefix=SMALL

// A memref is a pointer, sizes and strides; numbers are i64; constants go inside.
// CHECK: module attributes {gpu.container_module}
// CHECK-LABEL: func @f
// CHECK: gpu.launch_func @f_kernel_0::@f_kernel_0 blocks in (%[[N:.*]], %{{.*}}, %{{.*}}) threads in
// CHECK-SAME: dynamic_shared_memory_size %{{.*}} args(
// CHECK: gpu.module @f_kernel_0
// CHECK: llvm.func @f_kernel_0(%[[X:.*]]: f32, %{{.*}}: !llvm.ptr<1>, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64)
// CHECK-SAME: gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64, 1, 1>
// CHECK-DAG: gpu.block_id x
// CHECK-DAG: gpu.thread_id x
// CHECK: llvm.addrspacecast %{{.*}} : !llvm.ptr<1> to !llvm.ptr
// CHECK: memref.store %[[X]]
// CHECK: llvm.return
func.func @f(%a: memref<?x64xf32, strided<[?, 1], offset: ?>>, %x: f32, %n: index) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %shared = arith.constant 1024 : i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c64, %ny = %c1, %nz = %c1)
             dynamic_shared_memory_size %shared {
    memref.store %x, %a[%bx, %tx] : memref<?x64xf32, strided<[?, 1], offset: ?>>
    gpu.terminator
  }
  return
}

// -----

// CHECK-LABEL: func @nothing
// CHECK-NOT: gpu.module
func.func @nothing() {
  return
}

// -----

// Two blocks fill the shared memory of a multiprocessor, of a smaller one one does.
// CHECK-LABEL: func.func @full(
// CHECK: llvm.func @full_kernel_0(
// CHECK-SAME: nvvm.minctasm = 2 : i32
// SMALL: llvm.func @full_kernel_0(
// SMALL-SAME: nvvm.minctasm = 1 : i32
func.func @full(%a: memref<?xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %shared = arith.constant 81920 : i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c64, %ny = %c1, %nz = %c1)
             dynamic_shared_memory_size %shared {
    memref.store %x, %a[%tx] : memref<?xf32>
    gpu.terminator
  }
  return
}
