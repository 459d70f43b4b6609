// RUN: hip-opt %s --split-input-file --hip-overlap-launches | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-overlap-launches --remarks-filter-analyse=tile --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS --implicit-check-not=remark:
// RUN: hip-opt %s --split-input-file --hip-overlap-launches=chip=sm_89 | FileCheck %s --check-prefix=OLD --implicit-check-not=dependent_launch --implicit-check-not=await_grids --implicit-check-not=launch_dependents

// A search, attention over parts and a merge: the first lets the second one start, that one waits and lets the third one
// start when it is done. Between them are sizes, views and memory of their own.
// OLD-LABEL: func @decode
// CHECK-LABEL: func @decode
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(128) (
// CHECK-NEXT: memref.load
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: memref.alloc
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(256) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.load
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: memref.dealloc
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(32) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.load
// CHECK-NOT: hip.gpu
// CHECK: return
// TELLS-DAG: overlap-launches.mlir:[[#@LINE+10]]:3: remark: {{.*}}starts while the kernel before it ends
// TELLS-DAG: overlap-launches.mlir:[[#@LINE+15]]:3: remark: {{.*}}starts while the kernel before it ends
func.func @decode(%a: memref<?xi32>, %b: memref<?xi32>, %n: index) {
  %c2 = arith.constant 2 : index
  hip.tile.kernel grid(%n) threads(128) (%x) {
    %v = memref.load %a[%x] : memref<?xi32>
    memref.store %v, %b[%x] : memref<?xi32>
  }
  %m = arith.ceildivsi %n, %c2 : index
  %parts = memref.alloc(%m) : memref<?xi32>
  hip.tile.kernel grid(%m) threads(256) (%x) {
    %v = memref.load %b[%x] : memref<?xi32>
    memref.store %v, %parts[%x] : memref<?xi32>
  }
  memref.dealloc %b : memref<?xi32>
  %half = memref.subview %a[0] [%m] [1] : memref<?xi32> to memref<?xi32, strided<[1]>>
  hip.tile.kernel grid(%m) threads(32) (%x) {
    %v = memref.load %parts[%x] : memref<?xi32>
    memref.store %v, %half[%x] : memref<?xi32, strided<[1]>>
  }
  return
}

// -----

// A copy, a call, a read by the host or a kernel that cannot wait is between: the next one waits for all.
// CHECK-LABEL: func @apart
// CHECK-NOT: {{await_grids|launch_dependents|dependent_launch}}
// CHECK: return
func.func private @other()
func.func @apart(%a: memref<?xi32>, %b: memref<?xi32>, %n: index, %s: i32) {
  %c0 = arith.constant 0 : index
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  memref.copy %a, %b : memref<?xi32> to memref<?xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  call @other() : () -> ()
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  %v = memref.load %a[%c0] : memref<?xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %v, %b[%x] : memref<?xi32>
  }
  hip.tile.kernel grid(%n) threads(1) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %b[%x] : memref<?xi32>
  }
  return
}

// -----

// What follows a branch follows the last kernel of each, or what is before where there is none. A search has versions.
// CHECK-LABEL: func @branches
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(32) (
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: scf.if
// CHECK-NEXT: hip.tile.kernel grid(%{{.*}}) threads(64) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(96) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: } else {
// CHECK-NEXT: hip.tile.kernel grid(%{{.*}}) threads(128) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: scf.if
// CHECK-NEXT: memref.copy
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(160) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.store
// CHECK-NOT: hip.gpu
// CHECK: return
// TELLS-COUNT-4: remark: {{.*}}starts while
func.func @branches(%a: memref<?xi32>, %b: memref<?xi32>, %n: index, %s: i32, %few: i1) {
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  scf.if %few {
    hip.tile.kernel grid(%n) threads(64) (%x) {
      memref.store %s, %a[%x] : memref<?xi32>
    }
    hip.tile.kernel grid(%n) threads(96) (%x) {
      memref.store %s, %a[%x] : memref<?xi32>
    }
  } else {
    hip.tile.kernel grid(%n) threads(128) (%x) {
      memref.store %s, %a[%x] : memref<?xi32>
    }
  }
  scf.if %few {
    memref.copy %a, %b : memref<?xi32> to memref<?xi32>
  }
  hip.tile.kernel grid(%n) threads(160) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  return
}

// -----

// The first launch of a round waits for the round before, and what follows a loop for the loop.
// CHECK-LABEL: func @loop
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(32) (
// CHECK-NEXT: memref.store
// CHECK: scf.for
// CHECK-NEXT: hip.tile.kernel grid(%{{.*}}) threads(64) (
// CHECK-NEXT: memref.store
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(96) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: memref.store
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(128) (
// CHECK-NEXT: memref.store
// TELLS: remark: {{.*}}starts while
func.func @loop(%a: memref<?xi32>, %n: index, %s: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  scf.for %i = %c0 to %n step %c1 {
    hip.tile.kernel grid(%n) threads(64) (%x) {
      memref.store %s, %a[%x] : memref<?xi32>
    }
    hip.tile.kernel grid(%n) threads(96) (%x) {
      memref.store %s, %a[%x] : memref<?xi32>
    }
  }
  hip.tile.kernel grid(%n) threads(128) (%x) {
    memref.store %s, %a[%x] : memref<?xi32>
  }
  return
}

// -----

// Roles wait before they part, and clusters of thread blocks as others.
// CHECK-LABEL: func @roles
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(64) cluster(8) (
// CHECK-NEXT: nvvm.cluster.arrive
// CHECK-NEXT: nvvm.cluster.wait
// CHECK-NEXT: hip.gpu.launch_dependents
// CHECK-NEXT: }
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(384) cluster(2) {hip.dependent_launch} (
// CHECK-NEXT: hip.gpu.await_grids
// CHECK-NEXT: hip.gpu.alloc
// CHECK: hip.gpu.roles
// TELLS: remark: {{.*}}starts while
func.func @roles(%n: index) {
  hip.tile.kernel grid(%n) threads(64) cluster(8) (%x) {
    nvvm.cluster.arrive
    nvvm.cluster.wait
  }
  hip.tile.kernel grid(%n) threads(384) cluster(2) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !hip.smem<3xi64, pitch = 24>
    hip.gpu.mbarrier_init %m {arrivals = 128} : !hip.smem<3xi64, pitch = 24>
    gpu.barrier
    hip.gpu.roles consumers(256, registers = 232) {
    } producers(128, registers = 40) {
    }
  }
  return
}
