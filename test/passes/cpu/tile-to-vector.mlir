// RUN: hip-opt %s --hip-tile-to-vector=lanes=8 --canonicalize --split-input-file | FileCheck %s
// RUN: not hip-opt %s --hip-tile-to-vector=lanes=6 2>&1 | FileCheck %s --check-prefix=LANES

// LANES: error: vectors have a power of two of f32 lanes, got 6

// Columns of the tile are contiguous: lanes are rows. Two vectors of rows by four keys accumulate.
// CHECK-LABEL: func @dot
// CHECK: hip.tile.kernel
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<4x16xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<32x16xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<4x32xf32>
// CHECK: scf.for
// CHECK: vector.broadcast {{.*}} : f32 to vector<8xf32>
// CHECK-COUNT-8: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: hip.tile
func.func @dot(%q: memref<1x1x16x32xf32>, %k: memref<1x1x?x32xf32>, %o: memref<1x1x16x4xf32>,
               %first: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c16 : memref<1x1x16x32xf32> -> !hip.rows<32xf32>
    %a = hip.tile.load %view : !hip.rows<32xf32> -> !hip.tile<16x32xf32>
    %j = hip.tile.splat %first : !hip.tile<4xi32>
    %view1 = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x32xf32> -> !hip.rows<32xf32>
    %b = hip.tile.gather %view1 rows(%j) : !hip.rows<32xf32>, !hip.tile<4xi32> -> !hip.tile<4x32xf32>
    %acc = hip.tile.splat %zero : !hip.tile<16x4xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x4xf32>, !hip.tile<16x32xf32>, !hip.tile<4x32xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x16x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %s, %view2 : !hip.tile<16x4xf32>, !hip.rows<4xf32>
  }
  return
}

// -----

// Scratch of bf16 is f32, so that a dot widens nothing: numbers are widened where
// they are loaded, and where a map has rounded them.
// CHECK-LABEL: func @rounded
// CHECK-NOT: memref.alloca{{.*}}bf16
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
// CHECK: arith.extf %{{.*}} : vector<8xbf16> to vector<8xf32>
// CHECK-NOT: arith.extf
// CHECK: vector.fma
func.func @rounded(%v: memref<1x1x?x4xbf16>, %o: memref<1x1x8x4xf32>, %first: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %j = hip.tile.splat %first : !hip.tile<2xi32>
    %view = hip.tile.view %v[%c0, %c0, %c0] : memref<1x1x?x4xbf16> -> !hip.rows<4xbf16>
    %b = hip.tile.gather %view rows(%j) : !hip.rows<4xbf16>, !hip.tile<2xi32> -> !hip.tile<2x4xbf16>
    %s = hip.tile.splat %zero : !hip.tile<8x2xf32>
    %p = hip.tile.map %s : !hip.tile<8x2xf32> {
    ^bb0(%wide: f32):
      %narrow = arith.truncf %wide : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<8x2xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<8x4xf32>
    %t = hip.tile.dot %acc, %p, %b
      : !hip.tile<8x4xf32>, !hip.tile<8x2xbf16>, !hip.tile<2x4xbf16>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %c8 : memref<1x1x8x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %t, %view1 : !hip.tile<8x4xf32>, !hip.rows<4xf32>
  }
  return
}

// -----

// A matrix of one row is a matrix: it is multiplied and folded as others are.
// Numbers of a vector are rows of heads that take turns, too.
// CHECK-LABEL: func @one_row
// CHECK: vector.fma
// CHECK: scf.for %[[R:.*]] = %c0 to %c8
// CHECK:   %[[HEAD:.*]] = arith.remui %[[R]], %c2
// CHECK:   %[[ROW:.*]] = arith.divui %[[R]], %c2
// CHECK:   memref.store %{{.*}}, %arg2[%c0, %[[HEAD]], %[[ROW]]]
// CHECK-NOT: hip.tile
func.func @one_row(%q: memref<1x1x1x4xf32>, %k: memref<1x1x?x4xf32>, %o: memref<1x2x4xf32>, %x: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c1 : memref<1x1x1x4xf32> -> !hip.rows<4xf32>
    %a = hip.tile.load %view : !hip.rows<4xf32> -> !hip.tile<1x4xf32>
    %rows = hip.tile.splat %j : !hip.tile<8xi32>
    %view1 = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x4xf32> -> !hip.rows<4xf32>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<4xf32>, !hip.tile<8xi32> -> !hip.tile<8x4xf32>
    %acc = hip.tile.splat %x : !hip.tile<1x8xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<1x8xf32>, !hip.tile<1x4xf32>, !hip.tile<8x4xf32>
    %m = hip.tile.reduce <max> %s {axis = 0 : i64} : !hip.tile<1x8xf32> -> !hip.tile<8xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %c4
      : memref<1x2x4xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<8xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Rows fold by halves; of three rows five lanes are masked.
// CHECK-LABEL: func @reduce
// CHECK: arith.constant dense<[true, true, true, false, false, false, false, false]> : vector<8xi1>
// CHECK: vector.shuffle {{.*}} [4, 5, 6, 7, 0, 1, 2, 3]
// CHECK: vector.shuffle {{.*}} [2, 3, 0, 1, 6, 7, 4, 5]
// CHECK: vector.shuffle {{.*}} [1, 0, 3, 2, 5, 4, 7, 6]
func.func @reduce(%s: memref<1x1x8xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<3x8xf32>
    %m = hip.tile.reduce <max> %t {axis = 0 : i64} : !hip.tile<3x8xf32> -> !hip.tile<8xf32>
    %view = hip.tile.view %s[%c0, %c0, %c0] to %c8 : memref<1x1x8xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view : !hip.tile<8xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Every second column is folded to one of two; a product takes the numbers of one sign.
// CHECK-LABEL: func @columns_and_signs
// CHECK: scf.for %[[C:.*]] = %c0 to %c2
// CHECK:   %[[NEXT:.*]] = arith.addi %[[C]], %c2
// CHECK:   scf.for %{{.*}} = %[[NEXT]] to %c4 step %c2
// CHECK:     arith.addf
// CHECK: arith.maximumf
// CHECK: vector.fma
// CHECK: arith.minimumf
// CHECK: vector.fma
func.func @columns_and_signs(%o: memref<1x1x8x2xf32>, %q: memref<1x1x8x4xf32>, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %rows = hip.tile.view %q[%c0, %c0, %c0] to %c8 : memref<1x1x8x4xf32> -> !hip.rows<4xf32>
    %t = hip.tile.load %rows : !hip.rows<4xf32> -> !hip.tile<8x4xf32>
    %s = hip.tile.reduce <sum> %t {axis = 1 : i64} : !hip.tile<8x4xf32> -> !hip.tile<8x2xf32>
    %places = hip.tile.splat %j : !hip.tile<2xi32>
    %k = hip.tile.gather %rows rows(%places) : !hip.rows<4xf32>, !hip.tile<2xi32> -> !hip.tile<2x4xf32>
    %high = hip.tile.dot %s, %t, %k {sign = #hip.sign<positive>, transpose_b}
      : !hip.tile<8x2xf32>, !hip.tile<8x4xf32>, !hip.tile<2x4xf32>
    %both = hip.tile.dot %high, %t, %k {sign = #hip.sign<negative>, transpose_b}
      : !hip.tile<8x2xf32>, !hip.tile<8x4xf32>, !hip.tile<2x4xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c8 : memref<1x1x8x2xf32> -> !hip.rows<2xf32>
    hip.tile.store %both, %view : !hip.tile<8x2xf32>, !hip.rows<2xf32>
  }
  return
}

// -----

// Where `a` is 0 the sum stays, so that NaN and Inf of `b` do not spread: it is looked at under a mask, and where `b` has such,
// which are NaN times 0. Its columns past the first are no part of it.
// CHECK-LABEL: func @skip_zero
// CHECK-SAME: %[[MASKED:[a-z0-9]+]]: i1)
// CHECK: %[[SKIPS:.*]] = scf.if %[[MASKED]] -> (i1)
// CHECK:   scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK:     %[[B:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xf32>
// CHECK:     vector.fma %[[B]], %cst, %{{.*}} : vector<8xf32>
// CHECK:   vector.reduction <add>
// CHECK:   arith.cmpf uno
// CHECK: scf.if %[[SKIPS]] {
// CHECK:   %[[LIVE:.*]] = arith.cmpf une
// CHECK:   %[[SUM:.*]] = vector.fma
// CHECK:   arith.select %[[LIVE]], %[[SUM]], {{.*}} : vector<8xi1>, vector<8xf32>
// CHECK: } else {
// CHECK-NOT: arith.select
// CHECK:   vector.fma
// CHECK-NOT: arith.select
// CHECK: }
func.func @skip_zero(%o: memref<1x1x8x1xf32>, %v: memref<1x1x2x1xf32>, %x: f32, %masked: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %row = arith.constant 0 : i32
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %a = hip.tile.splat %x : !hip.tile<8x2xf32>
    %acc = hip.tile.splat %x : !hip.tile<8x1xf32>
    %j = hip.tile.splat %row : !hip.tile<2xi32>
    %view = hip.tile.view %v[%c0, %c0, %c0] : memref<1x1x2x1xf32> -> !hip.rows<1xf32>
    %b = hip.tile.gather %view rows(%j) : !hip.rows<1xf32>, !hip.tile<2xi32> -> !hip.tile<2x1xf32>
    %s = hip.tile.dot %acc, %a, %b skip_zero(%masked)
      : !hip.tile<8x1xf32>, !hip.tile<8x2xf32>, !hip.tile<2x1xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %c8 : memref<1x1x8x1xf32> -> !hip.rows<1xf32>
    hip.tile.store %s, %view1 : !hip.tile<8x1xf32>, !hip.rows<1xf32>
  }
  return
}

// -----

// Two heads take turns; rows past the third are the third.
// CHECK-LABEL: func @repeat
// CHECK: scf.for %[[R:.*]] = %c0 to %c16
// CHECK:   %[[HEAD:.*]] = arith.remui %[[R]], %c2
// CHECK:   %[[TURN:.*]] = arith.divui %[[R]], %c2
// CHECK:   %[[ROW:.*]] = arith.minsi %[[TURN]], %c2
// CHECK:   memref.load %arg0[%c0, %[[HEAD]], %[[ROW]], %{{.*}}]
func.func @repeat(%q: memref<1x2x8x4xf32>, %o: memref<1x1x16x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %c3
      : memref<1x2x8x4xf32> -> !hip.rows<4xf32>
    %a = hip.tile.load %view boundary <clamp> : !hip.rows<4xf32> -> !hip.tile<16x4xf32>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x16x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %a, %view1 : !hip.tile<16x4xf32>, !hip.rows<4xf32>
  }
  return
}

// -----

// Every number is asked, not those that only fill up a vector.
// CHECK-LABEL: func @any
// CHECK: %[[ANY:.*]] = scf.for %[[R:.*]] = %c0 to %c6 step %c1 iter_args(%[[BEFORE:.*]] = %false)
// CHECK:   %[[X:.*]] = memref.load %{{.*}}[%c0, %[[R]]]
// CHECK:   %[[HERE:.*]] = arith.cmpf une, %[[X]], %{{.*}}
// CHECK:   arith.ori %[[BEFORE]], %[[HERE]]
// CHECK: scf.if %[[ANY]]
func.func @any(%q: memref<6xf32>, %o: memref<6xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %t = hip.tile.generate {
    ^bb0(%i: index):
      %x = memref.load %q[%i] : memref<6xf32>
      hip.tile.yield %x : f32
    } : !hip.tile<6xf32>
    %any = hip.tile.any %t : !hip.tile<6xf32> {
    ^bb0(%x: f32):
      %one = arith.constant 1.0 : f32
      %other = arith.cmpf une, %x, %one : f32
      hip.tile.yield %other : i1
    }
    %square = hip.tile.map %t : !hip.tile<6xf32> changes(%any : i1) {
    ^bb0(%x: f32):
      %y = arith.mulf %x, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<6xf32>
    %view = hip.tile.view %o[%c0] to %c6 : memref<6xf32> -> !hip.rows<f32>
    hip.tile.store %square, %view : !hip.tile<6xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Rows that change are asked, a byte each; of a vector that costs as much as to compute it.
// CHECK-LABEL: func @changes
// CHECK: %[[FLAGS:.*]] = memref.alloca() {{.*}} : memref<1x8xi8>
// CHECK: %[[OTHER:.*]] = arith.cmpf une, {{.*}} : vector<8xf32>
// CHECK: %[[BYTES:.*]] = arith.extui %[[OTHER]] : vector<8xi1> to vector<8xi8>
// CHECK: vector.store %[[BYTES]], %[[FLAGS]]
// CHECK: %[[ANY:.*]] = scf.for %[[R:.*]] = %c0 to %c6 step %c1 iter_args(%[[BEFORE:.*]] = %false)
// CHECK:   %[[BYTE:.*]] = memref.load %[[FLAGS]][%c0, %[[R]]]
// CHECK:   %[[HERE:.*]] = arith.trunci %[[BYTE]] : i8 to i1
// CHECK:   arith.ori %[[BEFORE]], %[[HERE]]
// CHECK: scf.if %[[ANY]]
// CHECK: arith.mulf
// CHECK-NOT: scf.if
// CHECK: arith.mulf
// CHECK: return
func.func @changes(%q: memref<6xf32>, %k: memref<6x2xf32>, %o: memref<6x2xf32>, %p: memref<6xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %one = arith.constant 1.0 : f32
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %decay = hip.tile.generate {
    ^bb0(%i: index):
      %x = memref.load %q[%i] : memref<6xf32>
      hip.tile.yield %x : f32
    } : !hip.tile<6xf32>
    %rows = hip.tile.view %k[%c0] to %c6 : memref<6x2xf32> -> !hip.rows<2xf32>
    %t = hip.tile.load %rows : !hip.rows<2xf32> -> !hip.tile<6x2xf32>
    %decays = hip.tile.map %decay : !hip.tile<6xf32> {
    ^bb0(%x: f32):
      %other = arith.cmpf une, %x, %one : f32
      hip.tile.yield %other : i1
    } -> !hip.tile<6xi1>
    %less = hip.tile.map %t, %decay per row : !hip.tile<6x2xf32>, !hip.tile<6xf32> changes(%decays : !hip.tile<6xi1>) {
    ^bb0(%x: f32, %d: f32):
      %y = arith.mulf %x, %d : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<6x2xf32>
    %square = hip.tile.map %decay : !hip.tile<6xf32> changes(%decays : !hip.tile<6xi1>) {
    ^bb0(%d: f32):
      %y = arith.mulf %d, %d : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<6xf32>
    %view = hip.tile.view %o[%c0] to %c6 : memref<6x2xf32> -> !hip.rows<2xf32>
    hip.tile.store %less, %view : !hip.tile<6x2xf32>, !hip.rows<2xf32>
    %numbers = hip.tile.view %p[%c0] to %c6 : memref<6xf32> -> !hip.rows<f32>
    hip.tile.store %square, %numbers : !hip.tile<6xf32>, !hip.rows<f32>
  }
  return
}

// -----

// What a map looks up by rows is a load for each lane, once for all columns; by the column it is one load.
// CHECK-LABEL: func @lookup
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?xi32>
// CHECK: %[[SIZE:.*]] = memref.dim %[[X]], %c0
// CHECK: %[[SIZES:.*]] = vector.broadcast %[[SIZE]] : index to vector<8xindex>
// CHECK: %[[AT:.*]] = arith.minsi %{{.*}}, %[[SIZES]] : vector<8xindex>
// CHECK: %[[FIRST:.*]] = vector.extract %[[AT]][0]
// CHECK: memref.load %[[X]][%[[FIRST]]]
// CHECK: %[[LAST:.*]] = vector.extract %[[AT]][7]
// CHECK: memref.load %[[X]][%[[LAST]]]
// CHECK: scf.for %{{.*}} to %c4
// CHECK: %[[COLUMN:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: %[[PLACE:.*]] = arith.minsi %[[COLUMN]], %[[SIZE]] : index
// CHECK: %[[KEY:.*]] = memref.load %[[X]][%[[PLACE]]]
// CHECK-NOT: memref.load %[[X]]
// CHECK: %[[KEYS:.*]] = vector.broadcast %[[KEY]] : i32 to vector<8xi32>
// CHECK: arith.cmpi eq, %{{.*}}, %[[KEYS]] : vector<8xi32>
func.func @lookup(%x: memref<?xi32>, %o: memref<1x1x8x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %rows = hip.tile.generate {
    ^bb0(%r: index):
      %row = arith.index_cast %r : index to i32
      hip.tile.yield %row : i32
    } : !hip.tile<8xi32>
    %columns = hip.tile.generate {
    ^bb0(%c: index):
      %column = arith.index_cast %c : index to i32
      hip.tile.yield %column : i32
    } : !hip.tile<4xi32>
    %one = arith.constant 1.0 : f32
    %t = hip.tile.splat %one : !hip.tile<8x4xf32>
    %kept = hip.tile.map %t, %rows per row, %columns per column : !hip.tile<8x4xf32>, !hip.tile<8xi32>, !hip.tile<4xi32> {
    ^bb0(%s: f32, %row: i32, %column: i32):
      %none = arith.constant 0.0 : f32
      %dim = arith.constant 0 : index
      %size = memref.dim %x, %dim : memref<?xi32>
      %j = arith.index_cast %column : i32 to index
      %held = arith.minsi %j, %size : index
      %i = arith.index_cast %row : i32 to index
      %at = arith.minsi %i, %size : index
      %here = memref.load %x[%at] : memref<?xi32>
      %there = memref.load %x[%held] : memref<?xi32>
      %same = arith.cmpi eq, %here, %there : i32
      %y = arith.select %same, %s, %none : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<8x4xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c8 : memref<1x1x8x4xf32> -> !hip.rows<4xf32>
    hip.tile.store %kept, %view : !hip.tile<8x4xf32>, !hip.rows<4xf32>
  }
  return
}
