// RUN: hip-opt %s --hip-sink-loads --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-sink-loads --split-input-file --hip-debug=tile -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOLD

// A search every 8th step, and attention whose window grows in between: each
// kernel loads the counter. The branch goes; its array is made in any case, and
// its loop turns over a kernel that does nothing where no search is due.
// TOLD: numbers that the host does not know: 1
// CHECK-LABEL: func @refresh
// CHECK-SAME: (%[[COUNTER:.*]]: memref<1xi32>, %[[LIST:.*]]: memref<?xi32>, %[[OUT:.*]]: memref<?xi32>, %[[N:.*]]: index)
func.func @refresh(%counter: memref<1xi32>, %list: memref<?xi32>, %out: memref<?xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %every = arith.constant 8 : i32
  %window = arith.constant 1024 : i32
  // CHECK-NOT: memref.load
  // CHECK-NOT: scf.if
  %step = memref.load %counter[%c0] : memref<1xi32>
  %age = arith.remui %step, %every : i32
  %due = arith.cmpi eq, %age, %zero : i32
  // CHECK: %[[SCRATCH:.*]] = memref.alloc(%[[N]])
  // CHECK: scf.for
  // CHECK: hip.tile.kernel grid(%[[N]]) threads(32) (%[[X:.*]]) {
  // CHECK-NEXT: %[[STEP:.*]] = memref.load %[[COUNTER]][%c0]
  // CHECK-NEXT: %[[AGE:.*]] = arith.remui %[[STEP]], %c8_i32
  // CHECK-NEXT: %[[DUE:.*]] = arith.cmpi eq, %[[AGE]], %c0_i32
  // CHECK-NEXT: scf.if %[[DUE]] {
  // CHECK-NEXT:   memref.store %c0_i32, %[[SCRATCH]][%[[X]]]
  // CHECK-NEXT:   memref.store %c0_i32, %[[LIST]][%[[X]]]
  // CHECK-NEXT: }
  // CHECK-NEXT: }
  // CHECK-NEXT: }
  // CHECK-NEXT: memref.dealloc %[[SCRATCH]]
  scf.if %due {
    %scratch = memref.alloc(%n) : memref<?xi32>
    scf.for %i = %c0 to %n step %c1 {
      hip.tile.kernel grid(%n) threads(32) (%x) {
        memref.store %zero, %scratch[%x] : memref<?xi32>
        memref.store %zero, %list[%x] : memref<?xi32>
      }
    }
    memref.dealloc %scratch : memref<?xi32>
  }
  %grown = arith.addi %window, %age : i32
  // CHECK: hip.tile.kernel grid(%[[N]]) threads(64) (%[[Y:.*]]) {
  // CHECK-NEXT: %[[STEP2:.*]] = memref.load %[[COUNTER]][%c0]
  // CHECK-NEXT: %[[AGE2:.*]] = arith.remui %[[STEP2]], %c8_i32
  // CHECK-NEXT: %[[GROWN:.*]] = arith.addi %c1024_i32, %[[AGE2]]
  // CHECK-NEXT: memref.store %[[GROWN]], %[[OUT]][%[[Y]]]
  hip.tile.kernel grid(%n) threads(64) (%y) {
    memref.store %grown, %out[%y] : memref<?xi32>
  }
  // CHECK: hip.tile.kernel
  // CHECK-NEXT: memref.load %[[LIST]]
  hip.tile.kernel grid(%n) threads(64) (%y) {
    %v = memref.load %list[%y] : memref<?xi32>
    memref.store %v, %out[%y] : memref<?xi32>
  }
  return
}

// -----

// Both branches, and a branch in a branch. A version by a size of the call
// stays with the host.
// CHECK-LABEL: func @nested
// CHECK-SAME: (%[[COUNTERS:.*]]: memref<2xi32>, %{{.*}}: memref<?xi32>, %{{.*}}: index, %[[FEW:.*]]: i1)
func.func @nested(%counters: memref<2xi32>, %a: memref<?xi32>, %n: index, %few: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %first = memref.load %counters[%c0] : memref<2xi32>
  %due = arith.cmpi eq, %first, %zero : i32
  // CHECK: scf.if %[[FEW]] {
  // CHECK:   hip.tile.kernel
  // CHECK:   %[[SECOND:.*]] = memref.load %[[COUNTERS]][%c1]
  // CHECK:   %[[DUE2:.*]] = arith.cmpi eq, %[[SECOND]], %c0_i32
  // CHECK:   %[[FIRST:.*]] = memref.load %[[COUNTERS]][%c0]
  // CHECK:   %[[DUE:.*]] = arith.cmpi eq, %[[FIRST]], %c0_i32
  // CHECK:   scf.if %[[DUE]] {
  // CHECK-NEXT: scf.if %[[DUE2]] {
  // CHECK-NEXT: memref.store %c0_i32
  // CHECK: hip.tile.kernel
  // CHECK: scf.if %{{.*}} {
  // CHECK-NEXT: memref.store %c1_i32
  // CHECK: hip.tile.kernel
  // CHECK: %[[NOT:.*]] = arith.xori %{{.*}}, %true
  // CHECK: scf.if %[[NOT]] {
  // CHECK-NEXT: memref.store %c2_i32
  scf.if %due {
    scf.if %few {
      %second = memref.load %counters[%c1] : memref<2xi32>
      %both = arith.cmpi eq, %second, %zero : i32
      scf.if %both {
        hip.tile.kernel grid(%n) threads(32) (%x) {
          memref.store %zero, %a[%x] : memref<?xi32>
        }
      }
    }
    hip.tile.kernel grid(%n) threads(32) (%x) {
      memref.store %one, %a[%x] : memref<?xi32>
    }
  } else {
    hip.tile.kernel grid(%n) threads(32) (%x) {
      memref.store %two, %a[%x] : memref<?xi32>
    }
  }
  return
}

// -----

// The host loads nothing.
// CHECK-LABEL: func @sizes
// CHECK: scf.if
// CHECK-NEXT: hip.tile.kernel
// CHECK-NEXT: memref.load
func.func @sizes(%a: memref<?xi32>, %n: index) {
  %c16 = arith.constant 16 : index
  %few = arith.cmpi ule, %n, %c16 : index
  scf.if %few {
    hip.tile.kernel grid(%n) threads(32) (%x) {
      %v = memref.load %a[%x] : memref<?xi32>
      memref.store %v, %a[%x] : memref<?xi32>
    }
  }
  return
}

// -----

// What the program makes stays where it is.
// CHECK-LABEL: func @own
// CHECK: memref.alloc
// CHECK: %[[V:.*]] = memref.load
// CHECK: hip.tile.kernel
// CHECK-NEXT: arith.addi %[[V]], %[[V]]
func.func @own(%n: index) {
  %c0 = arith.constant 0 : index
  %a = memref.alloc() : memref<1xi32>
  %v = memref.load %a[%c0] : memref<1xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
    %w = arith.addi %v, %v : i32
  }
  return
}

// -----

// A window that is given and grows: its part that no load is in is computed in the kernel, too, as a launch computes
// nothing with numbers that it passes on.
// CHECK-LABEL: func @given
// CHECK-SAME: (%[[COUNTER:.*]]: memref<1xi32>, %[[OUT:.*]]: memref<?xi32>, %[[W:.*]]: i32, %[[N:.*]]: index)
// CHECK-NOT: arith.maxsi
func.func @given(%counter: memref<1xi32>, %out: memref<?xi32>, %w: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %step = memref.load %counter[%c0] : memref<1xi32>
  %least = arith.maxsi %w, %zero : i32
  %grown = arith.addi %least, %step : i32
  // CHECK: hip.tile.kernel
  // CHECK-DAG: %[[STEP:.*]] = memref.load %[[COUNTER]]
  // CHECK-DAG: %[[LEAST:.*]] = arith.maxsi %[[W]], %c0_i32
  // CHECK: %[[GROWN:.*]] = arith.addi %[[LEAST]], %[[STEP]]
  // CHECK-NEXT: memref.store %[[GROWN]], %[[OUT]]
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %grown, %out[%x] : memref<?xi32>
  }
  return
}
