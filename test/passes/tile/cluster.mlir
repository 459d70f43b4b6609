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
// CHECK: %[[S:.*]] = memref.alloc(%[[N]], %{{.*}}) : memref<2x?x?xf32>
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
  %s = memref.alloc(%n, %levels) : memref<?x?xf32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, cluster = 2>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %level = %c0 to %levels step %c1 {
      scf.for %j = %c0 to %c64 step %c16 {
        %view = hip.tile.view %s[%x, %j] to %c64 : memref<?x?xf32> -> <f32>
        hip.tile.store %tile, %view : <16xf32>, <f32>
      }
      hip.tile.phase
      %score = memref.load %s[%x, %c0] : memref<?x?xf32>
      %best = arith.fptosi %score : f32 to i32
      memref.store %best, %r[%x] : memref<?xi32>
      hip.tile.phase
      %was = memref.load %r[%x] : memref<?xi32>
      memref.store %was, %used[%x] : memref<?xi32>
      hip.tile.phase
    }
  }
  memref.dealloc %s : memref<?x?xf32>
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

// -----

// Scores of a known size are in the shared memory of each thread block, behind the 40 bytes that the kernel has: what one
// computes it sends to all, when all have read what was there: they say so at the end of an iteration, and before the first.
// An mbarrier of four warps' arrivals counts the bytes.
// TELLS: remark: {{.*}}a cluster of 8 thread blocks divides 1 loop, and sends 1 array
// CHECK-LABEL: func @sent
// CHECK-NOT: memref.alloc
// CHECK: hip.tile.kernel {{.*}} cluster(8) shared(384)
// CHECK: %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK: %[[S:.*]] = memref.view %{{.*}}[%c128{{.*}}][] : {{.*}} to memref<1x64xf32, #gpu.address_space<workgroup>>
// CHECK-NEXT: %[[M:.*]] = hip.gpu.alloc : <1xi64, pitch = 8>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[M]] {arrivals = 4 : i64}
// CHECK-NEXT: nvvm.fence.mbarrier.init
// CHECK: nvvm.cluster.arrive.relaxed {aligned}
// CHECK-NEXT: scf.for %[[LEVEL:.*]] = %c0 to
// CHECK: %[[TURN:.*]] = arith.remui %[[LEVEL]], %c2
// CHECK: %[[PHASE:.*]] = arith.index_cast %[[TURN]] : index to i32
// CHECK-NOT: nvvm.cluster.arrive
// CHECK: nvvm.cluster.wait {aligned}
// CHECK-NEXT: scf.if
// CHECK: %[[BYTES:.*]] = arith.muli %{{.*}}, %c4
// CHECK: %[[WORD:.*]] = arith.index_cast %[[BYTES]] : index to i32
// CHECK: hip.gpu.expect %[[M]][%c0], %[[WORD]]
// CHECK: %[[FIRST:.*]] = arith.muli %[[RANK]], %c16
// CHECK: scf.for %[[J:.*]] = %[[FIRST]] to %[[W:.*]] step %c128
// CHECK: %[[VIEW:.*]] = hip.tile.view %[[S]][%c0, %[[J]]] to %[[W]]
// CHECK-NEXT: hip.gpu.multicast %{{.*}}, %[[VIEW]] signals %[[M]][%c0]
// CHECK: }
// CHECK: hip.gpu.arrive %[[M]][%c0] {warp}
// CHECK-NEXT: hip.gpu.await %[[M]][%c0], %[[PHASE]]
// CHECK-NEXT: hip.tile.phase
// CHECK: memref.load %[[S]][%c0, %c0]
// CHECK: nvvm.cluster.arrive.relaxed {aligned}
// CHECK-NEXT: }
// CHECK-NEXT: nvvm.cluster.wait {aligned}
func.func @sent(%n: index, %w: index, %levels: index, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n) : memref<?x64xf32>
  hip.tile.kernel grid(%n) threads(128) shared(40) {schedule = #hip.schedule<threads = 128, rows = 1, columns = 16, cluster = 8>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %level = %c0 to %levels step %c1 {
      %any = arith.cmpi sgt, %w, %c0 : index
      scf.if %any {
        scf.for %j = %c0 to %w step %c16 {
          %view = hip.tile.view %s[%x, %j] to %w : memref<?x64xf32> -> <f32>
          hip.tile.store %tile, %view : <16xf32>, <f32>
        }
      }
      hip.tile.phase
      %score = memref.load %s[%x, %c0] : memref<?x64xf32>
      memref.store %score, %out[%x] : memref<?xf32>
    }
  }
  memref.dealloc %s : memref<?x64xf32>
  return
}

// -----

// What is filled once comes in the first phase.
// CHECK-LABEL: func @sent_once
// CHECK: hip.tile.kernel {{.*}} cluster(8)
// CHECK: nvvm.cluster.wait {aligned}
// CHECK: hip.gpu.multicast
// CHECK: hip.gpu.await %{{.*}}[%c0], %c0_i32
func.func @sent_once(%n: index, %w: index, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n) : memref<?x64xf32>
  hip.tile.kernel grid(%n) threads(128) {schedule = #hip.schedule<threads = 128, rows = 1, columns = 16, cluster = 8>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %j = %c0 to %w step %c16 {
      %view = hip.tile.view %s[%x, %j] to %w : memref<?x64xf32> -> <f32>
      hip.tile.store %tile, %view : <16xf32>, <f32>
    }
    hip.tile.phase
    %score = memref.load %s[%x, %c0] : memref<?x64xf32>
    memref.store %score, %out[%x] : memref<?xf32>
  }
  memref.dealloc %s : memref<?x64xf32>
  return
}

// -----

// Loops may fill one array in turns, each with an mbarrier of its own.
// CHECK-LABEL: func @sent_in_turns
// CHECK: hip.tile.kernel {{.*}} cluster(8) shared(256)
// CHECK: %[[S:.*]] = memref.view {{.*}} to memref<1x64xf32, #gpu.address_space<workgroup>>
// CHECK: %[[A:.*]] = hip.gpu.alloc
// CHECK: %[[B:.*]] = hip.gpu.alloc
// CHECK: nvvm.cluster.wait {aligned}
// CHECK: hip.gpu.multicast {{.*}} signals %[[A]]
// CHECK: hip.gpu.await %[[A]][%c0], %c0_i32
// CHECK: memref.load %[[S]]
// CHECK: nvvm.cluster.wait {aligned}
// CHECK: hip.gpu.multicast {{.*}} signals %[[B]]
// CHECK: hip.gpu.await %[[B]][%c0], %c0_i32
// CHECK: memref.load %[[S]]
func.func @sent_in_turns(%n: index, %w: index, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc(%n) : memref<?x64xf32>
  hip.tile.kernel grid(%n) threads(128) {schedule = #hip.schedule<threads = 128, rows = 1, columns = 16, cluster = 8>} (%x) {
    %tile = hip.tile.splat %zero : <16xf32>
    scf.for %j = %c0 to %w step %c16 {
      %view = hip.tile.view %s[%x, %j] to %w : memref<?x64xf32> -> <f32>
      hip.tile.store %tile, %view : <16xf32>, <f32>
    }
    hip.tile.phase
    %score = memref.load %s[%x, %c0] : memref<?x64xf32>
    memref.store %score, %out[%x] : memref<?xf32>
    hip.tile.phase
    scf.for %j = %c0 to %n step %c16 {
      %view = hip.tile.view %s[%x, %j] to %n : memref<?x64xf32> -> <f32>
      hip.tile.store %tile, %view : <16xf32>, <f32>
    }
    hip.tile.phase
    %other = memref.load %s[%x, %c0] : memref<?x64xf32>
    memref.store %other, %out[%x] : memref<?xf32>
  }
  memref.dealloc %s : memref<?x64xf32>
  return
}
