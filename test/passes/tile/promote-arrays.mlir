// RUN: hip-opt %s --split-input-file --hip-promote-arrays | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-promote-arrays --remarks-filter-analyse=tile --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

// Part [y, x] of %r and of the number %c is in shared memory, behind the 40 bytes that the kernel has. %w has a size that is not
// known, tiles are stored to %s, %n is read by the host.
// TELLS: remark: {{.*}}2 arrays are in shared memory, of which the kernel reserves 512 bytes
// CHECK-LABEL: func @few
// CHECK-SAME: (%[[N:.*]]: index, %[[V:.*]]: i32, %[[TILE:.*]]: !hip.tile<16xf32>)
// CHECK: %[[W:.*]] = memref.alloc(%[[N]], %[[N]]) : memref<2x?x?xi32>
// CHECK: %[[S:.*]] = memref.alloc(%[[N]]) : memref<2x?x16xf32>
// CHECK: %[[HOST:.*]] = memref.alloc(%[[N]]) : memref<2x?xi32>
// CHECK-NOT: memref.alloc
// CHECK: hip.tile.kernel grid(%[[N]], %c2) threads(32) shared(512) {{.*}} (%[[X:.*]], %[[Y:.*]]) {
// CHECK-DAG: gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
// CHECK-DAG: %[[R:.*]] = memref.view %{{.*}}[%c128{{.*}}][] : {{.*}} to memref<20x2xi32, #gpu.address_space<workgroup>>
// CHECK-DAG: %[[C:.*]] = memref.view %{{.*}}[%c384{{.*}}][] : {{.*}} to memref<i32, #gpu.address_space<workgroup>>
// CHECK: memref.store %[[V]], %[[R]][%c3, %c1]
// CHECK: memref.store %[[V]], %[[C]][]
// CHECK: hip.tile.phase
// CHECK: %[[FOUND:.*]] = memref.load %[[R]][%c3, %c1]
// CHECK: %[[COUNT:.*]] = memref.load %[[C]][]
// CHECK: memref.store %[[FOUND]], %[[W]][%[[Y]], %[[X]], %c3]
// CHECK: memref.store %[[COUNT]], %[[HOST]][%[[Y]], %[[X]]]
// CHECK: hip.tile.view %[[S]][%[[Y]], %[[X]], %c0]
func.func @few(%n: index, %v: i32, %tile: !hip.tile<16xf32>) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %r = memref.alloc(%n) : memref<2x?x20x2xi32>
  %c = memref.alloc(%n) : memref<2x?xi32>
  %w = memref.alloc(%n, %n) : memref<2x?x?xi32>
  %s = memref.alloc(%n) : memref<2x?x16xf32>
  %host = memref.alloc(%n) : memref<2x?xi32>
  hip.tile.kernel grid(%n, %c2) threads(32) shared(40) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, few_rows = 4>} (%x, %y) {
    memref.store %v, %r[%y, %x, %c3, %c1] : memref<2x?x20x2xi32>
    memref.store %v, %c[%y, %x] : memref<2x?xi32>
    hip.tile.phase
    %found = memref.load %r[%y, %x, %c3, %c1] : memref<2x?x20x2xi32>
    %count = memref.load %c[%y, %x] : memref<2x?xi32>
    memref.store %found, %w[%y, %x, %c3] : memref<2x?x?xi32>
    memref.store %count, %host[%y, %x] : memref<2x?xi32>
    %view = hip.tile.view %s[%y, %x, %c0] : memref<2x?x16xf32> -> <f32>
    hip.tile.store %tile, %view : <16xf32>, <f32>
  }
  memref.dealloc %r : memref<2x?x20x2xi32>
  memref.dealloc %c : memref<2x?xi32>
  memref.dealloc %w : memref<2x?x?xi32>
  memref.dealloc %s : memref<2x?x16xf32>
  %first = memref.load %host[%c0, %c0] : memref<2x?xi32>
  memref.dealloc %host : memref<2x?xi32>
  return %first : i32
}

// -----

// Kernels for any number of rows keep shared memory for tiles, and what is too much stays.
// CHECK-LABEL: func @stay
// CHECK: memref.alloc({{.*}}) : memref<?x20xi32>
// CHECK: memref.alloc({{.*}}) : memref<?x5000xi32>
// CHECK-NOT: gpu.dynamic_shared_memory
func.func @stay(%n: index, %v: i32) {
  %c0 = arith.constant 0 : index
  %r = memref.alloc(%n) : memref<?x20xi32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16>} (%x) {
    memref.store %v, %r[%x, %c0] : memref<?x20xi32>
  }
  memref.dealloc %r : memref<?x20xi32>
  %w = memref.alloc(%n) : memref<?x5000xi32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, few_rows = 4>} (%x) {
    memref.store %v, %w[%x, %c0] : memref<?x5000xi32>
  }
  memref.dealloc %w : memref<?x5000xi32>
  return
}

// -----

// Of a result that the kernel reads again, what is written is written to both.
// CHECK-LABEL: func @result
// CHECK: %[[R:.*]] = memref.alloc(%{{.*}}) : memref<?xi32>
// CHECK: hip.tile.kernel
// CHECK: %[[OWN:.*]] = memref.view {{.*}} to memref<i32, #gpu.address_space<workgroup>>
// CHECK: memref.store %[[V:.*]], %[[R]][%[[X:.*]]]
// CHECK-NEXT: memref.store %[[V]], %[[OWN]][]
// CHECK: memref.load %[[OWN]][]
// CHECK: memref.load %[[R]][%c0]
func.func @result(%n: index, %v: i32, %out: memref<?xi32>) -> i32 {
  %c0 = arith.constant 0 : index
  %r = memref.alloc(%n) : memref<?xi32>
  hip.tile.kernel grid(%n) threads(32) {schedule = #hip.schedule<threads = 32, rows = 1, columns = 16, few_rows = 4>} (%x) {
    memref.store %v, %r[%x] : memref<?xi32>
    hip.tile.phase
    %count = memref.load %r[%x] : memref<?xi32>
    memref.store %count, %out[%x] : memref<?xi32>
  }
  %first = memref.load %r[%c0] : memref<?xi32>
  memref.dealloc %r : memref<?xi32>
  return %first : i32
}
