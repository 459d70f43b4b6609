// RUN: hip-opt %s --hip-tile-to-vector=lanes=4 --canonicalize --split-input-file | FileCheck %s

// Two vectors of four rows, of which %n are stored: a vector without one is not computed.
// CHECK-LABEL: func @stored
// CHECK-SAME: %[[N:[a-z0-9]+]]: index)
// CHECK: %[[LIVE:.*]] = arith.minsi %{{.*}}, %c8
// CHECK: %[[VECTORS:.*]] = arith.ceildivui %[[LIVE]], %c4
// CHECK: %[[ROWS:.*]] = arith.muli %[[VECTORS]], %c4
// The load, and the map on its rows.
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]] step %c1 {
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]] step %c4
// CHECK: arith.mulf {{.*}} : vector<4xf32>
func.func @stored(%q: memref<1x1x?x3xf32>, %o: memref<1x1x?x3xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    %a = hip.tile.load %view : !hip.rows<3xf32> -> !hip.tile<8x3xf32>
    %s = hip.tile.map %a : !hip.tile<8x3xf32> {
    ^bb0(%v: f32):
      %w = arith.mulf %v, %v : f32
      hip.tile.yield %w : f32
    } -> !hip.tile<8x3xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    hip.tile.store %s, %view1 : !hip.tile<8x3xf32>, !hip.rows<3xf32>
  }
  return
}

// -----

// With heads in turns the rows that are live are those of all of them. A loop carries no more, a row's sum takes its own
// row, and a dot does two vectors of rows at a time and those that are left one by one.
// CHECK-LABEL: func @loop
// CHECK: %[[ALL:.*]] = arith.muli %{{.*}}, %c2
// CHECK: %[[LIVE:.*]] = arith.minsi %[[ALL]], %c16
// CHECK: %[[VECTORS:.*]] = arith.ceildivui %[[LIVE]], %c4
// CHECK: %[[ROWS:.*]] = arith.muli %[[VECTORS]], %c4
// The accumulator before the loop, and what is left of the dot's rows after two and two.
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]] step %c4
// CHECK: scf.for %{{.*}} = %c0 to %[[TWOS:.*]] step %c8
// CHECK: scf.for %{{.*}} = %[[TWOS]] to %[[ROWS]] step %c4
// CHECK-NOT: to %c16
// CHECK: return
func.func @loop(%q: memref<1x2x?x3xf32>, %k: memref<1x1x?x3xf32>, %o: memref<1x2x?x4xf32>, %l: memref<1x2x?xf32>,
                %n: index, %first: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %x] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %n
      : memref<1x2x?x3xf32> -> !hip.rows<3xf32>
    %a = hip.tile.load %view : !hip.rows<3xf32> -> !hip.tile<16x3xf32>
    %j = hip.tile.splat %first : !hip.tile<4xi32>
    %acc = hip.tile.splat %zero : !hip.tile<16x4xf32>
    %view1 = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    %s = scf.for %i = %c0 to %c9 step %c1 iter_args(%c = %acc) -> !hip.tile<16x4xf32> {
      %b = hip.tile.gather %view1 rows(%j) : !hip.rows<3xf32>, !hip.tile<4xi32> -> !hip.tile<4x3xf32>
      %d = hip.tile.dot %c, %a, %b {transpose_b}
        : !hip.tile<16x4xf32>, !hip.tile<16x3xf32>, !hip.tile<4x3xf32>
      scf.yield %d : !hip.tile<16x4xf32>
    }
    %r = hip.tile.reduce <sum> %s {axis = 1 : i64} : !hip.tile<16x4xf32> -> !hip.tile<16xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %x] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %n
      : memref<1x2x?x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %s, %view2 : !hip.tile<16x4xf32>, !hip.rows<4xf32>
    %view3 = hip.tile.view %l[%c0, %c0, %x] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %n
      : memref<1x2x?xf32> -> !hip.rows<f32>
    hip.tile.store %r, %view3 : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Whether any row is far asks the rows that are live; whether any key is hidden asks every key.
// CHECK-LABEL: func @any
// CHECK: %[[VECTORS:.*]] = arith.ceildivui
// CHECK: %[[ROWS:.*]] = arith.muli %[[VECTORS]], %c4
// CHECK: scf.for %{{.*}} = %c0 to %c8 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]] step %c1 iter_args
func.func @any(%q: memref<1x1x?x8xf32>, %o: memref<1x1x?x8xf32>, %n: index, %first: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    %a = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<8x8xf32>
    %j = hip.tile.splat %first : !hip.tile<8xi32>
    %hides = hip.tile.any %j : !hip.tile<8xi32> {
    ^bb0(%key: i32):
      %h = arith.cmpi slt, %key, %first : i32
      hip.tile.yield %h : i1
    }
    %masked = hip.tile.map %a, %j per column : !hip.tile<8x8xf32>, !hip.tile<8xi32> changes(%hides : i1) {
    ^bb0(%v: f32, %key: i32):
      %h = arith.cmpi slt, %key, %first : i32
      %w = arith.sitofp %key : i32 to f32
      %y = arith.select %h, %w, %v : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<8x8xf32>
    %most = hip.tile.reduce <max> %masked {axis = 1 : i64} : !hip.tile<8x8xf32> -> !hip.tile<8xf32>
    %far = hip.tile.map %most : !hip.tile<8xf32> {
    ^bb0(%m: f32):
      %zero = arith.constant 0.0 : f32
      %h = arith.cmpf une, %m, %zero : f32
      hip.tile.yield %h : i1
    } -> !hip.tile<8xi1>
    %s = hip.tile.map %masked, %most per row : !hip.tile<8x8xf32>, !hip.tile<8xf32> changes(%far : !hip.tile<8xi1>) {
    ^bb0(%v: f32, %m: f32):
      %w = arith.subf %v, %m : f32
      hip.tile.yield %w : f32
    } -> !hip.tile<8x8xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    hip.tile.store %s, %view1 : !hip.tile<8x8xf32>, !hip.rows<8xf32>
  }
  return
}

// -----

// A fold over rows reads each of them, and so does `any`.
// CHECK-LABEL: func @all
// CHECK-NOT: arith.ceildivui
// CHECK: return
func.func @all(%q: memref<1x1x?x3xf32>, %o: memref<1x1x?x3xf32>, %l: memref<1x1x?xf32>, %f: memref<i1>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    %a = hip.tile.load %view : !hip.rows<3xf32> -> !hip.tile<8x3xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    hip.tile.store %a, %view1 : !hip.tile<8x3xf32>, !hip.rows<3xf32>
    %r = hip.tile.reduce <max> %a {axis = 0 : i64} : !hip.tile<8x3xf32> -> !hip.tile<3xf32>
    %view2 = hip.tile.view %l[%c0, %c0, %c0] to %c3 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %r, %view2 : !hip.tile<3xf32>, !hip.rows<f32>
    %m = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<8x3xf32> -> !hip.tile<8xf32>
    %view3 = hip.tile.view %l[%c0, %c0, %c0] to %n : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view3 : !hip.tile<8xf32>, !hip.rows<f32>
    %any = hip.tile.any %m : !hip.tile<8xf32> {
    ^bb0(%v: f32):
      %h = arith.cmpf ogt, %v, %v : f32
      hip.tile.yield %h : i1
    }
    memref.store %any, %f[] : memref<i1>
  }
  return
}

// -----

// Stores up to two limits, and a limit that is made too late to know how many rows to load, leave all rows.
// CHECK-LABEL: func @limits
// CHECK-NOT: arith.ceildivui
// CHECK: return
func.func @limits(%q: memref<1x1x?x3xf32>, %o: memref<1x1x?x3xf32>, %n: index, %m: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    %a = hip.tile.load %view : !hip.rows<3xf32> -> !hip.tile<8x3xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    hip.tile.store %a, %view1 : !hip.tile<8x3xf32>, !hip.rows<3xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %m : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    hip.tile.store %a, %view2 : !hip.tile<8x3xf32>, !hip.rows<3xf32>
  }
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view3 = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
    %a = hip.tile.load %view3 : !hip.rows<3xf32> -> !hip.tile<8x3xf32>
    scf.for %i = %c0 to %n step %c1 {
      %end = arith.addi %i, %m : index
      %view4 = hip.tile.view %o[%c0, %c0, %c0] to %end : memref<1x1x?x3xf32> -> !hip.rows<3xf32>
      hip.tile.store %a, %view4 : !hip.tile<8x3xf32>, !hip.rows<3xf32>
    }
  }
  return
}
