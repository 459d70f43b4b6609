// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --split-input-file | FileCheck %s

// Where the rows of views lie.

!matrix = !hip.smem<32x8xbf16, pitch = 16>
!numbers = !hip.smem<32xi32, pitch = 128>

// A page is looked up where the number says that there is a row, else it is any.
// CHECK-LABEL: func @paged
// CHECK: %[[LIVE:.*]] = arith.cmpi sge, %[[NUMBER:.*]], %c0_i32 : i32
// CHECK: %[[ROW:.*]] = arith.index_castui %[[NUMBER]] : i32 to index
// CHECK: %[[PAGE:.*]] = scf.if %[[LIVE]] -> (index) {
// CHECK:   %[[WHICH:.*]] = arith.divui %[[ROW]], %c16 : index
// CHECK:   %[[SAID:.*]] = memref.load %{{.*}}[%{{.*}}, %[[WHICH]]] : memref<4x?xi32>
// CHECK:   %[[CAST:.*]] = arith.index_cast %[[SAID]] : i32 to index
// CHECK:   scf.yield %[[CAST]] : index
// CHECK:   scf.yield %c0 : index
// CHECK: %[[PLACE:.*]] = arith.remui %[[ROW]], %c16 : index
// CHECK-DAG: arith.muli %[[PAGE]], %{{.*}} : index
// CHECK-DAG: arith.muli %[[PLACE]], %{{.*}} : index
// CHECK: %[[BYTES:.*]] = arith.select %[[LIVE]], %c16_i32, %c0_i32 : i32
// CHECK: nvvm.cp.async.shared.global {{.*}}, %[[BYTES]]
// CHECK-NOT: hip.tile.view
func.func @paged(%pages: memref<?x16x2x8xbf16>, %table: memref<4x?xi32>, %b: index, %h: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %rows = hip.gpu.alloc {offset = 0} : !numbers
    %to = hip.gpu.alloc {offset = 128} : !matrix
    %view = hip.tile.view %pages[%c0, %c0, %h] rows (d0, d1) -> (d1, d0 mod 16, 0) at %table[%b] pages of 16
      : memref<?x16x2x8xbf16>, memref<4x?xi32> -> !hip.rows<8xbf16>
    hip.gpu.gather %view rows(%rows), %to : !hip.rows<8xbf16>, !numbers, !matrix
  }
  return
}

// -----

!matrix = !hip.smem<32x8xbf16, pitch = 16>

// The start of an entry is held to the rows that there are (S24).
// CHECK-LABEL: func @packed
// CHECK: %[[SAID:.*]] = memref.load %{{.*}}[%{{.*}}] : memref<5xi32>
// CHECK: %[[START:.*]] = arith.index_cast %[[SAID]] : i32 to index
// CHECK: %[[SIZE:.*]] = memref.dim %{{.*}}, %c0 : memref<?x2x8xbf16>
// CHECK: %[[LESS:.*]] = arith.minsi %[[START]], %[[SIZE]] : index
// CHECK: %[[HELD:.*]] = arith.maxsi %[[LESS]], %c0 : index
// CHECK: arith.addi %{{.*}}%[[HELD]]
// CHECK: nvvm.cp.async.shared.global
func.func @packed(%stored: memref<?x2x8xbf16>, %starts: memref<5xi32>, %b: index, %h: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %to = hip.gpu.alloc {offset = 128} : !matrix
    %view = hip.tile.view %stored[%c0, %h] rows (d0, d1) -> (d0 + d1, 0) at %starts[%b]
      : memref<?x2x8xbf16>, memref<5xi32> -> !hip.rows<8xbf16>
    hip.gpu.copy %view, %to : !hip.rows<8xbf16>, !matrix
  }
  return
}

// -----

!matrix = !hip.smem<32x8xbf16, pitch = 16>

// Every other row of two heads that take turns; without an end all rows are
// there.
// CHECK-LABEL: func @sampled
// CHECK: %[[HEAD:.*]] = arith.remui %[[R:.*]], %c2 : index
// CHECK: %[[TURN:.*]] = arith.divui %[[R]], %c2 : index
// CHECK: arith.muli %[[TURN]], %c2 : index
// CHECK-NOT: arith.cmpi
// CHECK: nvvm.cp.async.shared.global {{.*}}, %c16_i32
func.func @sampled(%q: memref<1x2x?x8xbf16>, %i: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %to = hip.gpu.alloc {offset = 128} : !matrix
    %view = hip.tile.view %q[%c0, %c0, %i] rows (d0) -> (0, d0 mod 2, (d0 floordiv 2) * 2)
      : memref<1x2x?x8xbf16> -> !hip.rows<8xbf16>
    hip.gpu.copy %view, %to : !hip.rows<8xbf16>, !matrix
  }
  return
}

// -----

!matrix = !hip.smem<32x8xbf16, pitch = 16>

// Past the end there are zeros, or the last row again.
// CHECK-LABEL: func @boundary
// CHECK-NOT: arith.minsi
// CHECK: %[[THERE:.*]] = arith.cmpi slt, %{{.*}}, %[[END:.*]] : index
// CHECK: arith.select %[[THERE]], %c16_i32, %c0_i32 : i32
// CHECK: nvvm.cp.async.shared.global
// CHECK: %[[LAST:.*]] = arith.subi %[[END]], %c1 : index
// CHECK: %[[ROW:.*]] = arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK: arith.cmpi slt, %[[ROW]], %[[END]] : index
// CHECK: nvvm.cp.async.shared.global
func.func @boundary(%q: memref<?x8xbf16>, %i: index, %end: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !matrix
    %b = hip.gpu.alloc {offset = 512} : !matrix
    %view = hip.tile.view %q[%i] to %end : memref<?x8xbf16> -> !hip.rows<8xbf16>
    hip.gpu.copy %view, %a : !hip.rows<8xbf16>, !matrix
    hip.gpu.copy %view, %b boundary <clamp> : !hip.rows<8xbf16>, !matrix
  }
  return
}
