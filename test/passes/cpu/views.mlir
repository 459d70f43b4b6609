// RUN: hip-opt %s --hip-tile-to-vector=lanes=8 --canonicalize --split-input-file | FileCheck %s

// Where the rows of views lie. A page is looked up where there is a row.
// CHECK-LABEL: func @paged
// CHECK: %[[LIVE:.*]] = arith.cmpi sge, %[[ROW:.*]], %c0 : index
// CHECK: scf.if %[[LIVE]] {
// CHECK:   %[[WHICH:.*]] = arith.divui %[[ROW]], %c16 : index
// CHECK:   memref.load %{{.*}}[%{{.*}}, %[[WHICH]]] : memref<4x?xi32>
// CHECK:   arith.remui %[[ROW]], %c16 : index
// CHECK:   memref.reinterpret_cast
// CHECK-NOT: hip.tile
func.func @paged(%pages: memref<?x16x2x8xf32>, %table: memref<4x?xi32>, %o: memref<8x4xf32>, %b: index, %h: index,
                 %j: i32, %s: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %rows = hip.tile.splat %j : !hip.tile<4xi32>
    %view = hip.tile.view %pages[%c0, %c0, %h] rows (d0, d1) -> (d1, d0 mod 16, 0) at %table[%b] pages of 16
      : memref<?x16x2x8xf32>, memref<4x?xi32> -> !hip.rows<8xf32>
    %k = hip.tile.gather %view rows(%rows) : !hip.rows<8xf32>, !hip.tile<4xi32> -> !hip.tile<4x8xf32>
    %q = hip.tile.splat %s : !hip.tile<8x8xf32>
    %acc = hip.tile.splat %s : !hip.tile<8x4xf32>
    %d = hip.tile.dot %acc, %q, %k {transpose_b} : !hip.tile<8x4xf32>, !hip.tile<8x8xf32>, !hip.tile<4x8xf32>
    %out = hip.tile.view %o[%c0] : memref<8x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %d, %out : !hip.tile<8x4xf32>, !hip.rows<4xf32>
  }
  return
}

// -----

// Packed sequences, from a start that is held to the rows that there are (S24);
// tokens before heads.
// CHECK-LABEL: func @packed
// CHECK: scf.for %[[R:.*]] = %c0 to %c8 step %c1 {
// CHECK:   memref.load %{{.*}}[%{{.*}}] : memref<5xi32>
// CHECK:   %[[LESS:.*]] = arith.minsi
// CHECK:   %[[HELD:.*]] = arith.maxsi %[[LESS]], %c0 : index
// CHECK:   %[[ROW:.*]] = arith.addi %[[R]], %[[HELD]] : index
// CHECK:   memref.load %{{.*}}[%[[ROW]], %{{.*}}, %{{.*}}] : memref<?x2x4xf16>
// CHECK: scf.for %[[R:.*]] = %c0 to %c8 step %c1 {
// CHECK:   memref.store %{{.*}}, %{{.*}}[%c0, %[[R]], %{{.*}}, %{{.*}}] : memref<1x8x2x4xf32>
func.func @packed(%stored: memref<?x2x4xf16>, %starts: memref<5xi32>, %o: memref<1x8x2x4xf32>, %b: index, %h: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %stored[%c0, %h] rows (d0, d1) -> (d0 + d1, 0) at %starts[%b]
      : memref<?x2x4xf16>, memref<5xi32> -> !hip.rows<4xf16>
    %t = hip.tile.load %view : !hip.rows<4xf16> -> !hip.tile<8x4xf16>
    %wide = hip.tile.map %t : !hip.tile<8x4xf16> {
    ^bb0(%n: f16):
      %w = arith.extf %n : f16 to f32
      hip.tile.yield %w : f32
    } -> !hip.tile<8x4xf32>
    %out = hip.tile.view %o[%c0, %c0, %h] rows (d0) -> (0, d0, 0) : memref<1x8x2x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %wide, %out : !hip.tile<8x4xf32>, !hip.rows<4xf32>
  }
  return
}
