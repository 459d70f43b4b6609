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
  hip.tile.kernel grid(%n) threads(64) shared(1024) (%bx) {
    %tx = gpu.thread_id x
    memref.store %x, %a[%bx, %tx] : memref<?x64xf32, strided<[?, 1], offset: ?>>
  }
  return
}

// -----

// A cluster is a place of the grid, of as many thread blocks.
// CHECK-LABEL: func @cluster(
// CHECK: %[[BLOCKS:.*]] = arith.muli %{{.*}}, %c8
// CHECK: gpu.launch_func {{.*}} blocks in (%[[BLOCKS]],
// CHECK: llvm.func @cluster_kernel_0(
// CHECK-SAME: nvvm.cluster_dim = array<i32: 8, 1, 1>
// CHECK: %[[ID:.*]] = gpu.cluster_id x
// CHECK: gpu.cluster_id y
// CHECK: %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ID]], %[[RANK]]]
func.func @cluster(%a: memref<?x?xf32>, %x: f32, %n: index) {
  hip.tile.kernel grid(%n, %n) threads(64) cluster(8) (%bx, %by) {
    %rank = gpu.cluster_block_id x
    memref.store %x, %a[%bx, %rank] : memref<?x?xf32>
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
  hip.tile.kernel grid(%c1) threads(64) shared(81920) (%bx) {
    %tx = gpu.thread_id x
    memref.store %x, %a[%tx] : memref<?xf32>
  }
  return
}

// -----

// Blocks by the grid's sizes in order, what the schedule asks for, and all
// threads together after a phase.
// CHECK-LABEL: func.func @phases(
// CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: index
// CHECK: %[[ONE:.*]] = arith.constant 1 : index
// CHECK: gpu.launch_func @phases_kernel_0::@phases_kernel_0 blocks in (%[[N]], %[[M]], %[[ONE]])
// CHECK: llvm.func @phases_kernel_0(
// CHECK-SAME: nvvm.minctasm = 3 : i32, nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK: %[[X:.*]] = gpu.block_id x
// CHECK: %[[Y:.*]] = gpu.block_id y
// CHECK: %[[T:.*]] = gpu.thread_id x
// CHECK-NOT: gpu.thread_id
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[X]], %[[T]]]
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: memref.store %{{.*}}, %{{.*}}[%[[Y]], %[[T]]]
func.func @phases(%n: index, %m: index, %a: memref<?x64xf32>, %x: f32) {
  hip.tile.kernel grid(%n, %m) threads(128) {min_blocks = 3 : i32} (%bx, %by) {
    %t = gpu.thread_id x
    memref.store %x, %a[%bx, %t] : memref<?x64xf32>
    hip.tile.phase
    memref.store %x, %a[%by, %t] : memref<?x64xf32>
  }
  return
}

// How shared memory is to be aligned the module says.
// CHECK: gpu.module @swizzled_kernel_1 attributes {hip.shared_alignment = 1024 : i64}
func.func @swizzled() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) {hip.shared_alignment = 1024 : i64} (%x) {
  }
  return
}

// -----

// A tensor map is 128 bytes by value.
// CHECK-LABEL: func.func @map(
// CHECK: %[[MAP:.*]] = hip.tensor_map
// CHECK: gpu.launch_func {{.*}} args(%[[MAP]] : !hip.tensor_map)
// CHECK: llvm.func @map_kernel_0(%{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant})
!m = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
func.func @map(%k: memref<?x8x?x64xbf16>) {
  %c1 = arith.constant 1 : index
  %map = hip.tensor_map %k {runs = 64} : memref<?x8x?x64xbf16> to !m
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %p = builtin.unrealized_conversion_cast %map : !hip.tensor_map to !llvm.ptr
    llvm.inline_asm has_side_effects "prefetch.tensormap [$0];", "l" %p : (!llvm.ptr) -> ()
  }
  return
}

// -----

// A launch that may start early says so; the one before it does not.
// CHECK-LABEL: func @overlap(
// CHECK: gpu.launch_func @overlap_kernel_0::
// CHECK-NOT: hip.dependent_launch
// CHECK: gpu.launch_func @overlap_kernel_1::{{.*}} {hip.dependent_launch}
func.func @overlap(%a: memref<?xi32>, %n: index, %x: i32) {
  hip.tile.kernel grid(%n) threads(64) (%bx) {
    memref.store %x, %a[%bx] : memref<?xi32>
  }
  hip.tile.kernel grid(%n) threads(64) {hip.dependent_launch} (%bx) {
    memref.store %x, %a[%bx] : memref<?xi32>
  }
  return
}
