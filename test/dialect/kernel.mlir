// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s
// RUN: hip-opt %s --mlir-print-op-generic | hip-opt | FileCheck %s
// RUN: hip-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func @kernels
// CHECK-SAME: (%[[N:.*]]: index, %[[M:.*]]: index
func.func @kernels(%n: index, %m: index, %a: memref<?x?xi32>) {
  %c0_i32 = arith.constant 0 : i32
  // CHECK: hip.tile.kernel grid(%[[N]]) threads(1) (%[[X:.*]]) {
  // CHECK-NEXT: memref.load %{{.*}}[%[[X]], %[[X]]]
  // CHECK-NOT: hip.tile.end
  hip.tile.kernel grid(%n) threads(1) (%x) {
    %v = memref.load %a[%x, %x] : memref<?x?xi32>
    hip.tile.end
  }
  // CHECK: hip.tile.kernel grid(%[[N]], %[[M]], %[[M]]) threads(1024) shared(64)
  // CHECK-SAME: {min_blocks = 2 : i32, my.note, own_lists = false, schedule = #hip.schedule<threads = 1024, rows = 1, columns = 64>, steps = ["split", "kv.paged"]} (%{{.*}}, %{{.*}}, %{{.*}}) {
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: hip.tile.phase
  hip.tile.kernel grid(%n, %m, %m) threads(1024) shared(64) {min_blocks = 2 : i32, my.note,
      own_lists = false, schedule = #hip.schedule<threads = 1024, rows = 1, columns = 64>,
      steps = ["split", "kv.paged"]} (%x, %y, %z) {
    scf.for %i = %x to %y step %z {
      hip.tile.phase
    }
  }
  // CHECK: hip.tile.kernel grid(%[[N]]) threads(32) cluster(8) shared(64) (%{{.*}}) {
  // CHECK-NEXT: gpu.cluster_block_id x
  hip.tile.kernel grid(%n) threads(32) cluster(8) shared(64) (%x) {
    %rank = gpu.cluster_block_id x
    memref.store %c0_i32, %a[%x, %rank] : memref<?x?xi32>
  }
  return
}

// The number along a size of 1 is 0.
// FOLD-LABEL: func @one
// FOLD: %[[ZERO:.*]] = arith.constant 0 : index
// FOLD: hip.tile.kernel {{.*}} (%[[X:.*]], %{{.*}}) {
// FOLD-NEXT: memref.store %{{.*}}, %{{.*}}[%[[X]], %[[ZERO]]]
func.func @one(%n: index, %a: memref<?x?xi32>, %v: i32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%n, %c1) threads(1) (%x, %y) {
    memref.store %v, %a[%x, %y] : memref<?x?xi32>
  }
  return
}

// Threads wait for each other once.
// FOLD-LABEL: func @waits
// FOLD: memref.store
// FOLD-NEXT: hip.tile.phase
// FOLD-NEXT: memref.load
func.func @waits(%n: index, %a: memref<?xi32>, %v: i32) {
  hip.tile.kernel grid(%n) threads(64) (%x) {
    memref.store %v, %a[%x] : memref<?xi32>
    gpu.barrier
    hip.tile.phase
    hip.tile.phase
    %w = memref.load %a[%x] : memref<?xi32>
    memref.store %w, %a[%n] : memref<?xi32>
  }
  return
}
