// RUN: hip-opt %s --split-input-file --hip-persist --canonicalize --cse | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-persist --remarks-filter-analyse=schedule --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

// Two blocks do the work of all, one after another: those of a grid of three sizes, the first of which changes fastest.
// TELLS: remark: {{.*}}at most 2 thread blocks, each of which continues with the work of others
// CHECK-LABEL: func @three_sizes
// CHECK-SAME: %[[O:.*]]: memref{{.*}}, %[[X:.*]]: index, %[[Y:.*]]: index, %[[Z:.*]]: index
// CHECK: %[[XY:.*]] = arith.muli %[[X]], %[[Y]]
// CHECK: %[[ITEMS:.*]] = arith.muli %[[XY]], %[[Z]]
// CHECK: %[[BLOCKS:.*]] = arith.minsi %[[ITEMS]], %c2
// CHECK: hip.tile.kernel grid(%[[BLOCKS]]) threads(32) {{.*}} (%[[B:.*]]) {
// CHECK-NEXT: scf.for %[[I:.*]] = %[[B]] to %[[ITEMS]] step %[[BLOCKS]] {
// CHECK-NEXT: %[[BX:.*]] = arith.remui %[[I]], %[[X]]
// CHECK-NEXT: %[[BYZ:.*]] = arith.divui %[[I]], %[[X]]
// CHECK-NEXT: %[[BY:.*]] = arith.remui %[[BYZ]], %[[Y]]
// CHECK-NEXT: %[[BZ:.*]] = arith.divui %[[BYZ]], %[[Y]]
// CHECK-NEXT: scf.if
// CHECK-NEXT: memref.store %{{.*}}, %[[O]][%[[BX]], %[[BY]], %[[BZ]]]
func.func @three_sizes(%o: memref<?x?x?xf32>, %x: index, %y: index, %z: index, %v: f32, %some: i1) {
  hip.tile.kernel grid(%x, %y, %z) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16, persistent = 2>} (%bx, %by, %bz) {
    scf.if %some {
      memref.store %v, %o[%bx, %by, %bz] : memref<?x?x?xf32>
    }
  }
  return
}

// -----

// One size needs no division. Other kernels stay, and so do those of several phases.
// CHECK-LABEL: func @others
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(32) {{.*}} (%[[B:.*]]) {
// CHECK-NEXT: scf.for %[[I:.*]] = %[[B]]
// CHECK-NEXT: memref.store %{{.*}}, %{{.*}}[%[[I]]]
// CHECK: hip.tile.kernel
// CHECK-NOT: scf.for
// CHECK: hip.tile.kernel
// CHECK-NOT: scf.for
// CHECK: return
func.func @others(%o: memref<?xf32>, %x: index, %v: f32) {
  hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16, persistent = 2>} (%b) {
    memref.store %v, %o[%b] : memref<?xf32>
  }
  hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16>} (%b) {
    memref.store %v, %o[%b] : memref<?xf32>
  }
  hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16, persistent = 2>} (%b) {
    memref.store %v, %o[%b] : memref<?xf32>
    hip.tile.phase
    memref.store %v, %o[%b] : memref<?xf32>
  }
  return
}
