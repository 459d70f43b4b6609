// RUN: hip-opt %s --hip-split-arrays | FileCheck %s

// Each of two versions has an array of its own in its branch; %n has another user, and %t is that of a kernel without a
// schedule.
// CHECK-LABEL: func @versions
// CHECK-NOT: memref<?x4xi32>
// CHECK: %[[N:.*]] = memref.alloc(%[[X:.*]]) : memref<?x2xi32>
// CHECK: %[[T:.*]] = memref.alloc(%[[X]]) : memref<?x6xi32>
// CHECK: scf.if
// CHECK:   %[[FEW:.*]] = memref.alloc(%[[X]]) : memref<?x4xi32>
// CHECK:   hip.tile.kernel
// CHECK:     memref.store %{{.*}}, %[[FEW]]
// CHECK:     memref.store %{{.*}}, %[[N]]
// CHECK:   memref.dealloc %[[FEW]]
// CHECK: } else {
// CHECK:   %[[MANY:.*]] = memref.alloc(%[[X]]) : memref<?x4xi32>
// CHECK:   hip.tile.kernel
// CHECK:     memref.store %{{.*}}, %[[MANY]]
// CHECK:   memref.dealloc %[[MANY]]
// CHECK:   hip.tile.kernel
// CHECK:     memref.store %{{.*}}, %[[T]]
func.func @versions(%few: i1, %x: index, %v: i32) -> i32 {
  %c0 = arith.constant 0 : index
  %a = memref.alloc(%x) : memref<?x4xi32>
  %n = memref.alloc(%x) : memref<?x2xi32>
  %t = memref.alloc(%x) : memref<?x6xi32>
  scf.if %few {
    hip.tile.kernel grid(%x) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 64>} (%i) {
      memref.store %v, %a[%i, %c0] : memref<?x4xi32>
      memref.store %v, %n[%i, %c0] : memref<?x2xi32>
    }
  } else {
    hip.tile.kernel grid(%x) threads(64) {schedule = #hip.schedule<threads = 64, rows = 1, columns = 64>} (%i) {
      memref.store %v, %a[%i, %c0] : memref<?x4xi32>
    }
    hip.tile.kernel grid(%x) threads(64) (%i) {
      memref.store %v, %t[%i, %c0] : memref<?x6xi32>
    }
  }
  memref.dealloc %a : memref<?x4xi32>
  memref.dealloc %t : memref<?x6xi32>
  %first = memref.load %n[%c0, %c0] : memref<?x2xi32>
  memref.dealloc %n : memref<?x2xi32>
  return %first : i32
}
