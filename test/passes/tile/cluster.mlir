// RUN: hip-opt %s --split-input-file --hip-cluster --canonicalize | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-cluster --remarks-filter-analyse=tile --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

// The loop that stores tiles is divided among four thread blocks, which wait for each other. The list %r is one for each of
// them; the scores %s are one for all. What is written only, as a result, stays.
// TELLS: remark: {{.*}}a cluster of 4 thread blocks divides 1 loop
// CHECK-LABEL: func @divided
// CHECK-SAME: (%[[N:.*]]: index, %[[W:.*]]: index, %[[OUT:.*]]: memref<?xi32>)
// CHECK: %[[S:.*]] = memref.alloc(%[[N]], %[[W]]) : memref<?x?xf32>
// CHECK: %[[R:.*]] = memref.alloc(%[[N]]) : memref<4x?x2xi32>
// CHECK: hip.tile.kernel grid(%[[N]]) threads(32) cluster(4) {{.*}} (%[[X:.*]]) {
// CHECK: %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK: memref.store %{{.*}}, %[[R]][%[[RANK]], %[[X]], %c0]
// CHECK: hip.tile.phase
// CHECK: memref.load %[[R]][%[[RANK]], %[[X]], %c0]
// CHECK: %[[FIRST:.*]] = arith.muli %[[RANK]], %c16
// CHECK: scf.for %[[I:.*]] = %[[FIRST]] to %[[W]] step %c64 {
// CHECK: hip.tile.view %[[S]][%[[X]], %[[I]]] to %[[W]]
// CHECK: }
// CHECK-NEXT: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
// CHECK-NEXT: hip.tile.phase
// CHECK: memref.load %[[S]][%[[X]], %c0]
// CHECK: memref.store %{{.*}}, %[[OUT]][%[[X]]]
func.func @divided(%n: index, %w: index, %out: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %i = arith.constant 7 : i32
  %r = memref.alloc(%n) : memref<?x2xi32>
  %s = memref.alloc(%n, %w) : memref<?x?xf32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, cluster = 4>} (%x) {
    memref.store %i, %r[%x, %c0] : memref<?x2xi32>
    hip.tile.phase
    %first = memref.load %r[%x, %c0] : memref<?x2xi32>
    %number = arith.sitofp %first : i32 to f32
    %tile = hip.tile.splat %number : <16xf32>
    scf.for %j = %c0 to %w step %c16 {
      %view = hip.tile.view %s[%x, %j] to %w : memref<?x?xf32> -> <f32>
      hip.tile.store %tile, %view : <16xf32>, <f32>
    }
    hip.tile.phase
    %score = memref.load %s[%x, %c0] : memref<?x?xf32>
    %best = arith.fptosi %score : f32 to i32
    memref.store %best, %out[%x] : memref<?xi32>
  }
  memref.dealloc %r : memref<?x2xi32>
  memref.dealloc %s : memref<?x?xf32>
  return
}

// -----

// Scores that a loop fills anew are double-buffered: none is written that another thread block still reads. Of %r, which the
// caller reads later, each has its own and the caller the same.
// TELLS: remark: {{.*}}a cluster of 2 thread blocks divides 1 loop
// CHECK-LABEL: func @again
// CHECK: %[[R:.*]] = memref.alloc(%[[N:.*]]) : memref<?xi32>
// CHECK: %[[S:.*]] = memref.alloc(%[[N]]) : memref<2x?x64xf32>
// CHECK: %[[OWN:.*]] = memref.alloc(%[[N]]) : memref<2x?xi32>
// CHECK: hip.tile.kernel {{.*}} cluster(2)
// CHECK: %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK: scf.for %[[LEVEL:.*]] = %c0 to
// CHECK: %[[TURN:.*]] = arith.remui %[[LEVEL]], %c2
// CHECK: hip.tile.view %[[S]][%[[TURN]], %{{.*}}, %{{.*}}] to
// CHECK: nvvm.cluster.wait
// CHECK: memref.load %[[S]][%[[TURN]], %[[X:.*]], %c0]
// CHECK: memref.store %[[V:.*]], %[[R]][%[[X]]]
// CHECK: memref.store %[[V]], %[[OWN]][%[[RANK]], %[[X]]]
// CHECK: memref.load %[[OWN]][%[[RANK]], %[[X]]]
func.func @again(%n: index, %levels: index, %used: memref<?xi32>) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %r = memref.alloc(%n) : memref<?xi32>
  %s = memref.alloc(%n) : memref<?x64xf32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, cluster = 2>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %level = %c0 to %levels step %c1 {
      scf.for %j = %c0 to %c64 step %c16 {
        %view = hip.tile.view %s[%x, %j] to %c64 : memref<?x64xf32> -> <f32>
        hip.tile.store %tile, %view : <16xf32>, <f32>
      }
      hip.tile.phase
      %score = memref.load %s[%x, %c0] : memref<?x64xf32>
      %best = arith.fptosi %score : f32 to i32
      memref.store %best, %r[%x] : memref<?xi32>
      hip.tile.phase
      %was = memref.load %r[%x] : memref<?xi32>
      memref.store %was, %used[%x] : memref<?xi32>
      hip.tile.phase
    }
  }
  memref.dealloc %s : memref<?x64xf32>
  %result = memref.load %r[%c0] : memref<?xi32>
  memref.dealloc %r : memref<?xi32>
  return %result : i32
}

// -----

// What was there before the kernel is no thread block's own: it stays as it is.
// CHECK-LABEL: func @given
// CHECK-NOT: cluster(
// CHECK-NOT: nvvm.cluster
func.func @given(%n: index, %w: index, %r: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n, %w) : memref<?x?xf32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, cluster = 4>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %j = %c0 to %w step %c16 {
      %view = hip.tile.view %s[%x, %j] to %w : memref<?x?xf32> -> <f32>
      hip.tile.store %tile, %view : <16xf32>, <f32>
    }
    hip.tile.phase
    %was = memref.load %r[%x] : memref<?xi32>
    memref.store %was, %r[%n] : memref<?xi32>
  }
  memref.dealloc %s : memref<?x?xf32>
  return
}

// -----

// A tile that is stored where no loop goes is not divided.
// CHECK-LABEL: func @once
// CHECK-NOT: cluster(
func.func @once(%n: index, %w: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n, %w) : memref<?x?xf32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, cluster = 4>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    %view = hip.tile.view %s[%x, %c0] to %w : memref<?x?xf32> -> <f32>
    hip.tile.store %tile, %view : <16xf32>, <f32>
  }
  memref.dealloc %s : memref<?x?xf32>
  return
}
