// RUN: hip-opt %s --hip-copy-loops | FileCheck %s

// Strides may differ, so elements are copied one by one.
// CHECK-LABEL: func @copy
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?x4xf32, strided<[?, ?], offset: ?>>, %[[B:[a-z0-9]+]]: memref<?x4xf32>
// CHECK: %[[N:.*]] = memref.dim %[[A]]
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[N]]
// CHECK: scf.for %[[J:.*]] =
// CHECK: %[[X:.*]] = memref.load %[[A]][%[[I]], %[[J]]]
// CHECK: memref.store %[[X]], %[[B]][%[[I]], %[[J]]]
// CHECK-NOT: memref.copy
func.func @copy(%a: memref<?x4xf32, strided<[?, ?], offset: ?>>, %b: memref<?x4xf32>) {
  memref.copy %a, %b : memref<?x4xf32, strided<[?, ?], offset: ?>> to memref<?x4xf32>
  return
}
