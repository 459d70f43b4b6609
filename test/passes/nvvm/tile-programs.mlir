// RUN: hip-opt %s --hip-assign-layouts --cse --hip-promote-shared --hip-allocate-shared --hip-insert-barriers --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

// From tile programs to threads by all passes between.


// Both arrays go to shared memory between barriers; 16 rows by 32 keys by 64 are
// 4 x 4 mma a warp.
// CHECK-LABEL: func @rows
// CHECK: hip.tile.kernel {{.*}}shared(
// CHECK: nvvm.cp.async.shared.global
// CHECK: nvvm.cp.async.wait.group 0
// CHECK: gpu.barrier
// CHECK-COUNT-16: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK-COUNT-4: gpu.shuffle{{ +}}xor
// CHECK-NOT: hip.tile
func.func @rows(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<64x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<32xi32>
    %view1 = hip.tile.view %q[%c0, %c0, %c0] : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xbf16>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<64x32xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<64x32xf32>, !hip.tile<64x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max> %s {axis = 1 : i64}
      : !hip.tile<64x32xf32> -> !hip.tile<64xf32>
    %p = hip.tile.map %s : !hip.tile<64x32xf32> {
    ^bb0(%number: f32):
      %narrow = arith.truncf %number : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<64x32xbf16>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<64xf32>, !hip.rows<f32>
  }
  return
}

// -----

// A warp has 8 of the 32 keys, an ldmatrix reads 16: the last warp reads none
// past the tile.
// CHECK-LABEL: func @strip
// CHECK: %[[LAST:.*]] = arith.constant 31 : index
// CHECK: arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK: nvvm.ldmatrix
// CHECK-COUNT-4: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
func.func @strip(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x32xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c16 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<16x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<32xi32>
    %view1 = hip.tile.view %q[%c0, %c0, %c0] : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xbf16>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<16x32xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x32xf32>, !hip.tile<16x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max_number> %s {axis = 0 : i64}
      : !hip.tile<16x32xf32> -> !hip.tile<32xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c32 : memref<1x1x32xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<32xf32>, !hip.rows<f32>
  }
  return
}

// -----

// One fma a product, k ascending; eight threads of a warp fold a column's rows.
// CHECK-LABEL: func @columns
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-8: math.fma
// CHECK: gpu.shuffle{{ +}}xor
// CHECK: arith.maxnumf
// CHECK-NOT: hip.tile
func.func @columns(%k: memref<1x1x?x64xf32>, %o: memref<1x1x64xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %view = hip.tile.view %k[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %a = hip.tile.load %view : !hip.rows<64xf32> -> !hip.tile<16x64xf32>
    %rows = hip.tile.splat %j : !hip.tile<64xi32>
    %view1 = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xf32>, !hip.tile<64xi32> -> !hip.tile<64x64xf32>
    %acc = hip.tile.splat %zero : !hip.tile<16x64xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x64xf32>, !hip.tile<16x64xf32>, !hip.tile<64x64xf32>
    %m = hip.tile.reduce <max_number> %s {axis = 0 : i64}
      : !hip.tile<16x64xf32> -> !hip.tile<64xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x64xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<64xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Row r is head r mod 4 of query row r / 4, in what is read and what is written.
// CHECK-LABEL: func @heads
// CHECK:   %[[TURN:.*]] = arith.remui %[[R:.*]], %c4
// CHECK:   %[[ROW:.*]] = arith.divui %[[R]], %c4
// CHECK:   arith.cmpi slt, %[[ROW]], %c3
// CHECK:   %[[BYTES:.*]] = arith.muli %strides#1, %c2
// CHECK:   arith.muli %[[TURN]], %[[BYTES]]
// CHECK: gpu.shuffle
// CHECK: %[[HEAD:.*]] = arith.remui %{{.*}}, %c4
// CHECK: memref.store %{{.*}}, %{{.*}}[%c0, %[[HEAD]], %{{.*}}]
func.func @heads(%q: memref<1x4x?x64xbf16>, %o: memref<1x4x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %c3
      : memref<1x4x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<16x64xbf16>
    %zero = arith.constant 0.0 : f32
    %acc = hip.tile.splat %zero : !hip.tile<16x16xf32>
    %rows = hip.tile.generate {
    ^bb0(%c: index):
      %j = arith.index_cast %c : index to i32
      hip.tile.yield %j : i32
    } : !hip.tile<16xi32>
    %view1 = hip.tile.view %q[%c0, %c0, %c0] : memref<1x4x?x64xbf16> -> !hip.rows<64xbf16>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xbf16>, !hip.tile<16xi32> -> !hip.tile<16x64xbf16>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x16xf32>, !hip.tile<16x64xbf16>, !hip.tile<16x64xbf16>
    %m = hip.tile.reduce <max> %s {axis = 1 : i64}
      : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %c3
      : memref<1x4x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// What a map rounded to bf16 goes from accumulators to the left operand, two
// numbers by an instruction; the right one is rows of the array by number.
// CHECK-LABEL: func @rounded
// CHECK: arith.truncf %{{.*}} : vector<2xf32> to vector<2xbf16>
// CHECK: nvvm.ldmatrix
// CHECK: nvvm.mma.sync
func.func @rounded(%v: memref<1x1x?x64xbf16>, %o: memref<1x1x?x64xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %s = hip.tile.splat %x : !hip.tile<16x16xf32>
    %p = hip.tile.map %s : !hip.tile<16x16xf32> {
    ^bb0(%wide: f32):
      %narrow = arith.truncf %wide : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<16x16xbf16>
    %rows = hip.tile.generate {
    ^bb0(%c: index):
      %j = arith.index_cast %c : index to i32
      hip.tile.yield %j : i32
    } : !hip.tile<16xi32>
    %view = hip.tile.view %v[%c0, %c0, %c0] : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %b = hip.tile.gather %view rows(%rows) : !hip.rows<64xbf16>, !hip.tile<16xi32> -> !hip.tile<16x64xbf16>
    %acc = hip.tile.splat %x : !hip.tile<16x64xf32>
    %out = hip.tile.dot %acc, %p, %b
      : !hip.tile<16x64xf32>, !hip.tile<16x16xbf16>, !hip.tile<16x64xbf16>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %out, %view1 : !hip.tile<16x64xf32>, !hip.rows<64xf32>
  }
  return
}

// -----

// Rows of 24 bytes are no whole vectors of 16, and 12 columns no multiple of 16:
// bf16 is copied number by number, and widened for the fma.
// CHECK-LABEL: func @widened
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> bf16
// CHECK: llvm.store %{{.*}} : bf16, !llvm.ptr<3>
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: math.fma
func.func @widened(%q: memref<1x1x?x12xbf16>, %o: memref<1x1x?x16xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c16 : memref<1x1x?x12xbf16> -> !hip.rows<12xbf16>
    %a = hip.tile.load %view : !hip.rows<12xbf16> -> !hip.tile<16x12xbf16>
    %acc = hip.tile.splat %x : !hip.tile<16x16xf32>
    %s = hip.tile.dot %acc, %a, %a {transpose_b}
      : !hip.tile<16x16xf32>, !hip.tile<16x12xbf16>, !hip.tile<16x12xbf16>
    %view1 = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %s, %view1 : !hip.tile<16x16xf32>, !hip.rows<16xf32>
  }
  return
}

// -----

// A warp asks its own rows, two numbers a thread of which a vote makes one
// answer; what hangs on it is one branch, for both maps.
// CHECK-LABEL: func @vote
// CHECK: %[[LOW:.*]] = arith.cmpf une, %{{.*}}, %cst
// CHECK: %[[HIGH:.*]] = arith.cmpf une, %{{.*}}, %cst
// CHECK: %[[HERE:.*]] = arith.ori %[[LOW]], %[[HIGH]]
// CHECK: %[[ANY:.*]] = nvvm.vote.sync any %{{.*}}, %[[HERE]] -> i1
// CHECK: scf.if %[[ANY]]
// CHECK-NEXT: arith.mulf
// CHECK: arith.addf
// CHECK: } else {
// CHECK-NOT: gpu.barrier
// CHECK-NOT: scf.if %[[ANY]]
// CHECK: return
func.func @vote(%o: memref<1x1x?x32xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %acc = hip.tile.splat %x : !hip.tile<16x32xf32>
    %decay = hip.tile.generate {
    ^bb0(%r: index):
      %j = arith.index_cast %r : index to i32
      %f = arith.bitcast %j : i32 to f32
      hip.tile.yield %f : f32
    } : !hip.tile<16xf32>
    %decays = hip.tile.map %decay : !hip.tile<16xf32> {
    ^bb0(%d: f32):
      %one = arith.constant 1.0 : f32
      %other = arith.cmpf une, %d, %one : f32
      hip.tile.yield %other : i1
    } -> !hip.tile<16xi1>
    %less = hip.tile.map %acc, %decay per row : !hip.tile<16x32xf32>, !hip.tile<16xf32> changes(%decays : !hip.tile<16xi1>) {
    ^bb0(%a: f32, %d: f32):
      %m = arith.mulf %a, %d : f32
      hip.tile.yield %m : f32
    } -> !hip.tile<16x32xf32>
    %sum = hip.tile.map %less, %decay per row : !hip.tile<16x32xf32>, !hip.tile<16xf32> changes(%decays : !hip.tile<16xi1>) {
    ^bb0(%a: f32, %d: f32):
      %one = arith.constant 1.0 : f32
      %e = arith.subf %d, %one : f32
      %m = arith.addf %a, %e : f32
      hip.tile.yield %m : f32
    } -> !hip.tile<16x32xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x32xf32> -> !hip.rows<32xf32>
    hip.tile.store %sum, %view : !hip.tile<16x32xf32>, !hip.rows<32xf32>
  }
  return
}

// -----

// What was read is folded and stored as a fragment of it; warps without rows
// take the last one, so that nothing past the tile is read.
// CHECK-LABEL: func @loaded
// CHECK: gpu.barrier
// CHECK: arith.minsi %{{.*}}, %c7 : index
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK: arith.maximumf
// CHECK: gpu.shuffle{{ +}}xor
// CHECK: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<1>
// CHECK-NOT: hip.tile
func.func @loaded(%q: memref<1x1x?x16xf32>, %m: memref<1x1x?xf32>, %o: memref<1x1x?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c8 : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    %t = hip.tile.load %view : !hip.rows<16xf32> -> !hip.tile<8x16xf32>
    %most = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<8x16xf32> -> !hip.tile<8xf32>
    %view1 = hip.tile.view %m[%c0, %c0, %c0] to %c8 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %most, %view1 : !hip.tile<8xf32>, !hip.rows<f32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c8 : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %t, %view2 : !hip.tile<8x16xf32>, !hip.rows<16xf32>
  }
  return
}

// -----

// A row of an array is a matrix, too; heads that a vector of columns is stored
// for take turns.
// CHECK-LABEL: func @one_row
// CHECK: nvvm.cp.async.shared.global
// CHECK: nvvm.mma.sync
// CHECK: %[[HEAD:.*]] = arith.remui %[[T:.*]], %c2 : index
// CHECK: %[[ROW:.*]] = arith.divui %[[T]], %c2 : index
// CHECK: memref.store %{{.*}}, %arg1[%c0, %[[HEAD]], %[[ROW]]]
func.func @one_row(%q: memref<1x1x?x64xf16>, %o: memref<1x2x8xf32>, %x: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c1 : memref<1x1x?x64xf16> -> !hip.rows<64xf16>
    %a = hip.tile.load %view : !hip.rows<64xf16> -> !hip.tile<1x64xf16>
    %rows = hip.tile.splat %j : !hip.tile<16xi32>
    %view1 = hip.tile.view %q[%c0, %c0, %c0] : memref<1x1x?x64xf16> -> !hip.rows<64xf16>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xf16>, !hip.tile<16xi32> -> !hip.tile<16x64xf16>
    %acc = hip.tile.splat %x : !hip.tile<1x16xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b} : !hip.tile<1x16xf32>, !hip.tile<1x64xf16>, !hip.tile<16x64xf16>
    %m = hip.tile.reduce <max> %s {axis = 0 : i64} : !hip.tile<1x16xf32> -> !hip.tile<16xf32>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %c8
      : memref<1x2x8xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}
