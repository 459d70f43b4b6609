// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s
// RUN: hip-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func private @types
// CHECK-SAME: !hip.tile<64x32xf32>
// CHECK-SAME: !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 2>>
// CHECK-SAME: !hip.tile<64xf32, #hip.slice<1, <row_warps = 4, column_warps = 2>>>
// CHECK-SAME: !hip.tile<32xi32, #hip.slice<0, <row_warps = 4, column_warps = 2>>>
// CHECK-SAME: !hip.tile<7xi1, #hip.threads<64>>
// CHECK-SAME: !hip.tile<7xf16, #hip.shared>
// CHECK-SAME: !hip.tile<3x5xf16, #hip.shared>
func.func private @types(
  !hip.tile<64x32xf32>, !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 2>>,
  !hip.tile<64xf32, #hip.slice<1, <row_warps = 4, column_warps = 2>>>,
  !hip.tile<32xi32, #hip.slice<0, <row_warps = 4, column_warps = 2>>>,
  !hip.tile<7xi1, #hip.threads<64>>, !hip.tile<7xf16, #hip.shared>, !hip.tile<3x5xf16, #hip.shared>)

// CHECK-LABEL: func private @attributes
// CHECK-SAME: a = #hip.mma<row_warps = 4, column_warps = 8>, b = #hip.slice<0, <row_warps = 4, column_warps = 8>>, c = #hip.threads<32>, d = #hip.shared, e = #hip.matrix_unit<fma>, f = #hip.matrix_unit<mma_sync>
func.func private @attributes() attributes {
  a = #hip.mma<column_warps = 8, row_warps = 4>, b = #hip.slice<0, <row_warps = 4, column_warps = 8>>,
  c = #hip.threads<32>, d = #hip.shared, e = #hip.matrix_unit<fma>, f = #hip.matrix_unit<mma_sync>}

// A dot takes its left factor from memory or, of a unit that can, from registers.
// CHECK-LABEL: func @dots
// CHECK: hip.tile.dot {{.*}} {unit = #hip.matrix_unit<mma_sync>} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, <16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, <16x16xbf16, #hip.shared>
// CHECK: hip.tile.dot {{.*}} {unit = #hip.matrix_unit<fma>} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, <16x16xbf16, #hip.shared>, <16x16xbf16, #hip.shared>
func.func @dots(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %d: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>,
                %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<mma_sync>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
  %1 = hip.tile.dot %d, %b, %b {unit = #hip.matrix_unit<fma>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, !hip.tile<16x16xbf16, #hip.shared>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// Numbers that come back to their place are those that left it; in another one
// they are not.
// CHECK-LABEL: func @back
// CHECK-COUNT-3: hip.tile.convert_layout
// FOLD-LABEL: func @back
// FOLD-SAME: %[[T:.*]]: !hip.tile<16xf32, #hip.threads<32>>
// FOLD: %[[M:.*]] = hip.tile.convert_layout %[[T]] : <16xf32, #hip.threads<32>> -> <16xf32, #hip.shared>
// FOLD: %[[B:.*]] = hip.tile.convert_layout %[[M]] : <16xf32, #hip.shared> -> <16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
// FOLD: return %[[T]], %[[B]]
func.func @back(%t: !hip.tile<16xf32, #hip.threads<32>>) -> (!hip.tile<16xf32, #hip.threads<32>>, !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>) {
  %m = hip.tile.convert_layout %t : !hip.tile<16xf32, #hip.threads<32>> -> !hip.tile<16xf32, #hip.shared>
  %a = hip.tile.convert_layout %m : !hip.tile<16xf32, #hip.shared> -> !hip.tile<16xf32, #hip.threads<32>>
  %b = hip.tile.convert_layout %m : !hip.tile<16xf32, #hip.shared> -> !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  return %a, %b : !hip.tile<16xf32, #hip.threads<32>>, !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
}

// Rows say each for themselves whether they change; of nothing that changes the first operand is left, and what changes
// as a whole needs no hint.
// CHECK-LABEL: func @changes
// CHECK: hip.tile.map %{{.*}}, %{{.*}} per row : !hip.tile<16x8xf32>, !hip.tile<16xf32> changes(%{{.*}} : !hip.tile<16xi1>) {
// CHECK: hip.tile.map %{{.*}} : !hip.tile<16xf32> changes(%{{.*}} : !hip.tile<16xi1>) {
// CHECK: hip.tile.map %{{.*}} : !hip.tile<16x8xf32> changes(%{{.*}} : i1) {
// FOLD-LABEL: func @changes
// FOLD-SAME: %[[A:.*]]: !hip.tile<16x8xf32>
// FOLD: hip.tile.map %[[A]], %{{.*}} per row : !hip.tile<16x8xf32>, !hip.tile<16xf32> changes(%{{.*}} : !hip.tile<16xi1>) {
// FOLD: hip.tile.map %{{.*}} : !hip.tile<16xf32> changes(%{{.*}} : !hip.tile<16xi1>) {
// FOLD: %[[ALL:.*]] = hip.tile.map %[[A]] : !hip.tile<16x8xf32> {
// FOLD: return %{{.*}}, %{{.*}}, %[[A]], %[[ALL]]
func.func @changes(%a: !hip.tile<16x8xf32>, %v: !hip.tile<16xf32>, %c: !hip.tile<16xi1>)
    -> (!hip.tile<16x8xf32>, !hip.tile<16xf32>, !hip.tile<16x8xf32>, !hip.tile<16x8xf32>) {
  %false = arith.constant false
  %true = arith.constant true
  %0 = hip.tile.map %a, %v per row : !hip.tile<16x8xf32>, !hip.tile<16xf32> changes(%c : !hip.tile<16xi1>) {
  ^bb0(%x: f32, %y: f32):
    %z = arith.mulf %x, %y : f32
    hip.tile.yield %z : f32
  } -> !hip.tile<16x8xf32>
  %1 = hip.tile.map %v : !hip.tile<16xf32> changes(%c : !hip.tile<16xi1>) {
  ^bb0(%x: f32):
    %z = arith.negf %x : f32
    hip.tile.yield %z : f32
  } -> !hip.tile<16xf32>
  %2 = hip.tile.map %a : !hip.tile<16x8xf32> changes(%false : i1) {
  ^bb0(%x: f32):
    %z = arith.negf %x : f32
    hip.tile.yield %z : f32
  } -> !hip.tile<16x8xf32>
  %3 = hip.tile.map %a : !hip.tile<16x8xf32> changes(%true : i1) {
  ^bb0(%x: f32):
    %z = arith.negf %x : f32
    hip.tile.yield %z : f32
  } -> !hip.tile<16x8xf32>
  return %0, %1, %2, %3 : !hip.tile<16x8xf32>, !hip.tile<16xf32>, !hip.tile<16x8xf32>, !hip.tile<16x8xf32>
}
