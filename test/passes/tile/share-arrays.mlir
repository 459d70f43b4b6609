// RUN: hip-opt %s --split-input-file --hip-share-arrays=parts=2 --canonicalize --cse | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-share-arrays=parts=2 --remarks-filter-analyse=tile --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS
// RUN: not hip-opt %s --split-input-file --hip-share-arrays=parts=0 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: error: parts = 0; give 1 or more

// A thread block alone uses its part of %a, of %c and of %s, by indices or a view: two parts do for all. %n has another
// user, %w is used in another order, and %l is read by a thread block that did not write it.
// TELLS: remark: {{.*}}3 arrays have parts for at most 2 thread blocks at a time
// CHECK-LABEL: func @own_arrays
// CHECK-SAME: %[[X:.*]]: index, %[[Y:.*]]: index, %[[N:[a-z0-9]*]]: index, %{{.*}}: memref
// CHECK: %[[NEXT:.*]] = memref.alloc(%[[Y]], %[[X]]) : memref<?x?x4xi32>
// CHECK: %[[WRONG:.*]] = memref.alloc(%[[X]], %[[Y]]) : memref<?x?x6xi32>
// CHECK: %[[LAST:.*]] = memref.alloc(%[[Y]], %[[X]]) : memref<?x?x5xi32>
// CHECK: %[[BLOCKS:.*]] = arith.muli %[[X]], %[[Y]]
// CHECK: %[[PARTS:.*]] = arith.minsi %[[BLOCKS]], %c2
// CHECK: %[[TAKEN:.*]] = memref.alloc(%[[PARTS]]) : memref<?xi32>

// All are free at first.
// CHECK: hip.tile.kernel grid(%{{.*}}) threads(128)
// CHECK: memref.store %c0_i32, %[[TAKEN]]

// CHECK: %[[A:.*]] = memref.alloc(%[[PARTS]], %[[N]]) {alignment = 64 : i64} : memref<?x?x2xi32>
// CHECK: %[[C:.*]] = memref.alloc(%[[PARTS]]) : memref<?xi32>
// CHECK: %[[S:.*]] = memref.alloc(%[[PARTS]], %[[N]]) : memref<?x?xf32>
// CHECK: hip.tile.kernel grid(%[[X]], %[[Y]]) threads(32) shared(4) {{.*}} (%[[BX:.*]], %[[BY:.*]]) {

// One thread looks for a part, from another one in each thread block on.
// CHECK: scf.if
// CHECK: %[[ROW:.*]] = arith.muli %[[BY]], %[[X]]
// CHECK: %[[NUMBER:.*]] = arith.addi %[[ROW]], %[[BX]]
// CHECK: %[[FIRST:.*]] = arith.remui %[[NUMBER]], %[[PARTS]]
// CHECK: scf.while (%[[TRY:.*]] = %[[FIRST]])
// CHECK: %[[WAS:.*]] = memref.atomic_rmw assign %c1_i32, %[[TAKEN]][%[[TRY]]]
// CHECK: %[[BUSY:.*]] = arith.cmpi ne, %[[WAS]], %c0_i32
// CHECK: scf.condition(%[[BUSY]]) %[[TRY]]
// CHECK: arith.remui %{{.*}}, %[[PARTS]]
// CHECK: memref.store
// CHECK: llvm.fence syncscope("device") acquire
// CHECK: gpu.barrier
// CHECK: %[[FOUND:.*]] = memref.load {{.*}} : memref<1xi32, #gpu.address_space<workgroup>>
// CHECK: %[[PART:.*]] = arith.index_cast %[[FOUND]]
// CHECK: gpu.barrier

// CHECK: memref.store %{{.*}}, %[[A]][%[[PART]], %c1, %c0]
// CHECK: memref.store %{{.*}}, %[[C]][%[[PART]]]
// CHECK: hip.tile.view %[[S]][%[[PART]], %c0] to
// CHECK: memref.load %[[A]][%[[PART]], %c1, %c1]
// CHECK: memref.load %[[C]][%[[PART]]]
// CHECK: memref.store %{{.*}}, %[[NEXT]][%[[BY]], %[[BX]], %c1]
// CHECK: memref.store %{{.*}}, %[[WRONG]][%[[BX]], %[[BY]], %c1]
// CHECK: memref.load %[[LAST]][%[[BY]], %c0, %c1]

// It is free when all have written.
// CHECK: gpu.barrier
// CHECK: scf.if
// CHECK: llvm.fence syncscope("device") release
// CHECK: memref.atomic_rmw assign %c0_i32, %[[TAKEN]][%[[PART]]]
// CHECK: memref.dealloc
// CHECK: hip.tile.kernel
func.func @own_arrays(%x: index, %y: index, %n: index, %o: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant 7 : i32
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc(%y, %x, %n) {alignment = 64 : i64} : memref<?x?x?x2xi32>
  %c = memref.alloc(%y, %x) : memref<?x?xi32>
  %s = memref.alloc(%y, %x, %n) : memref<?x?x?xf32>
  %next = memref.alloc(%y, %x) : memref<?x?x4xi32>
  %w = memref.alloc(%x, %y) : memref<?x?x6xi32>
  %l = memref.alloc(%y, %x) : memref<?x?x5xi32>
  hip.tile.kernel grid(%x, %y) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16>} (%bx, %by) {
    memref.store %v, %a[%by, %bx, %c1, %c0] : memref<?x?x?x2xi32>
    memref.store %v, %c[%by, %bx] : memref<?x?xi32>
    %rows = hip.tile.view %s[%by, %bx, %c0] to %n : memref<?x?x?xf32> -> !hip.rows<f32>
    %read = memref.load %a[%by, %bx, %c1, %c1] : memref<?x?x?x2xi32>
    %count = memref.load %c[%by, %bx] : memref<?x?xi32>
    memref.store %count, %next[%by, %bx, %c1] : memref<?x?x4xi32>
    memref.store %read, %w[%bx, %by, %c1] : memref<?x?x6xi32>
    %other = memref.load %l[%by, %c0, %c1] : memref<?x?x5xi32>
    memref.store %other, %l[%by, %bx, %c1] : memref<?x?x5xi32>
    %tile = hip.tile.generate {
    ^bb0(%i: index):
      hip.tile.yield %zero : f32
    } : !hip.tile<16xf32>
    hip.tile.store %tile, %rows : !hip.tile<16xf32>, !hip.rows<f32>
  }
  memref.dealloc %a : memref<?x?x?x2xi32>
  memref.dealloc %c : memref<?x?xi32>
  memref.dealloc %s : memref<?x?x?xf32>
  hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16>} (%b) {
    %read = memref.load %next[%c0, %b, %c1] : memref<?x?x4xi32>
    memref.store %read, %o[%b] : memref<?xi32>
    %turned = memref.load %w[%b, %c0, %c1] : memref<?x?x6xi32>
    memref.store %turned, %o[%b] : memref<?xi32>
  }
  return
}

// -----

// Of two versions that for few rows keeps its array, which is made in its branch, and the other one has parts.
// CHECK-LABEL: func @versions
// CHECK-NOT: memref.alloc
// CHECK: scf.if
// CHECK-NEXT: %[[ALL:.*]] = memref.alloc(%{{.*}}) : memref<?x8xi32>
// CHECK-NEXT: hip.tile.kernel
// CHECK-NEXT: memref.store %{{.*}}, %[[ALL]]
// CHECK: }
// CHECK-NEXT: memref.dealloc %[[ALL]]
// CHECK-NEXT: } else {
// CHECK: %[[PARTS:.*]] = memref.alloc(%{{.*}}) : memref<?x8xi32>
// CHECK: memref.store %{{.*}}, %[[PARTS]]
// CHECK: memref.dealloc %[[PARTS]]
func.func @versions(%x: index, %few: i1, %o: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 7 : i32
  %a = memref.alloc(%x) : memref<?x8xi32>
  scf.if %few {
    hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16, few_rows = 16>} (%b) {
      memref.store %v, %a[%b, %c0] : memref<?x8xi32>
      %read = memref.load %a[%b, %c0] : memref<?x8xi32>
      memref.store %read, %o[%b] : memref<?xi32>
    }
  } else {
    hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 16, columns = 16>} (%b) {
      memref.store %v, %a[%b, %c0] : memref<?x8xi32>
      %read = memref.load %a[%b, %c0] : memref<?x8xi32>
      memref.store %read, %o[%b] : memref<?xi32>
    }
  }
  memref.dealloc %a : memref<?x8xi32>
  return
}

// -----

// On a CPU a thread block is one thread, and there are a few of them at a time anyway.
// CHECK-LABEL: func @one_thread
// CHECK: memref.store %{{.*}}, %{{.*}}[%{{.*}}, %c0] : memref<?x8xi32>
func.func @one_thread(%x: index, %o: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 7 : i32
  %a = memref.alloc(%x) : memref<?x8xi32>
  hip.tile.kernel grid(%x) threads(1) {schedule = #hip.schedule<threads = 1, rows = 16, columns = 16>} (%b) {
    memref.store %v, %a[%b, %c0] : memref<?x8xi32>
    %read = memref.load %a[%b, %c0] : memref<?x8xi32>
    memref.store %read, %o[%b] : memref<?xi32>
  }
  memref.dealloc %a : memref<?x8xi32>
  return
}
