// RUN: hip-opt %s --split-input-file --hip-defer-row-sums | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-defer-row-sums --remarks-filter-analyse=schedule --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS --implicit-check-not=remark:

// The loop carries eight sums of each row, which are added after it.
// TELLS: remark: {{.*}}sums 8 columns of each row, and these at its end
// CHECK-LABEL: func @sums
// CHECK: %[[NONE:.*]] = hip.tile.splat %{{.*}} : <16x8xf32>
// CHECK-NEXT: %[[ALL:.*]] = scf.for {{.*}} iter_args(%[[BEFORE:.*]] = %[[NONE]]) -> (!hip.tile<16x8xf32>)
// CHECK-NEXT: %[[HERE:.*]] = hip.tile.reduce <sum> %[[W:.*]] {axis = 1 : i64} : <16x32xf32> -> <16x8xf32>
// CHECK-NEXT: %[[NEXT:.*]] = hip.tile.map %[[BEFORE]], %[[DECAY:.*]] per row, %[[HERE]] : !hip.tile<16x8xf32>, !hip.tile<16xf32>, !hip.tile<16x8xf32>
// CHECK: scf.yield %[[NEXT]]
// CHECK: %[[SUM:.*]] = hip.tile.reduce <sum> %[[ALL]] {axis = 1 : i64} : <16x8xf32> -> <16xf32>
// CHECK: hip.tile.store %[[SUM]]
func.func @sums(%o: memref<1x1x?xf32>, %x: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(32) (%b) {
    %w = hip.tile.splat %x : !hip.tile<16x32xf32>
    %decay = hip.tile.splat %x : !hip.tile<16xf32>
    %none = hip.tile.splat %zero : !hip.tile<16xf32>
    %all = scf.for %i = %c0 to %n step %c1 iter_args(%before = %none) -> (!hip.tile<16xf32>) {
      %here = hip.tile.reduce <sum> %w {axis = 1 : i64} : !hip.tile<16x32xf32> -> !hip.tile<16xf32>
      %next = hip.tile.map %before, %decay, %here : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      scf.yield %next : !hip.tile<16xf32>
    }
    %view = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %all, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Where a row's sum does not change, its columns may: what the map changes is forgotten.
// CHECK-LABEL: func @changes
// CHECK: scf.for {{.*}} -> (!hip.tile<16x8xf32>)
// CHECK: hip.tile.map {{.*}} per row, %{{.*}} : !hip.tile<16x8xf32>, !hip.tile<16xf32>, !hip.tile<16x8xf32> {
// TELLS: remark: {{.*}}sums 8 columns of each row, and these at its end
func.func @changes(%o: memref<1x1x?xf32>, %x: f32, %n: index, %c: !hip.tile<16xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(32) (%b) {
    %w = hip.tile.splat %x : !hip.tile<16x32xf32>
    %decay = hip.tile.splat %x : !hip.tile<16xf32>
    %none = hip.tile.splat %zero : !hip.tile<16xf32>
    %all = scf.for %i = %c0 to %n step %c1 iter_args(%before = %none) -> (!hip.tile<16xf32>) {
      %here = hip.tile.reduce <sum> %w {axis = 1 : i64} : !hip.tile<16x32xf32> -> !hip.tile<16xf32>
      %next = hip.tile.map %before, %decay, %here : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> changes(%c : !hip.tile<16xi1>) {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      scf.yield %next : !hip.tile<16xf32>
    }
    %view = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %all, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// A maximum, a sum that an iteration looks at, one that begins with something else, and one of twelve columns stay.
// CHECK-LABEL: func @others
// CHECK: scf.for {{.*}} -> (!hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>)
func.func @others(%o: memref<1x1x?xf32>, %x: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(32) (%b) {
    %w = hip.tile.splat %x : !hip.tile<16x32xf32>
    %narrow = hip.tile.splat %x : !hip.tile<16x12xf32>
    %decay = hip.tile.splat %x : !hip.tile<16xf32>
    %none = hip.tile.splat %zero : !hip.tile<16xf32>
    %some = hip.tile.splat %x : !hip.tile<16xf32>
    %all:4 = scf.for %i = %c0 to %n step %c1 iter_args(%m = %none, %s = %none, %t = %some, %u = %none)
        -> (!hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>) {
      %most = hip.tile.reduce <max> %w {axis = 1 : i64} : !hip.tile<16x32xf32> -> !hip.tile<16xf32>
      %m1 = hip.tile.map %m, %decay, %most : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      %r = hip.tile.reduce <sum> %w {axis = 1 : i64} : !hip.tile<16x32xf32> -> !hip.tile<16xf32>
      %s1 = hip.tile.map %s, %s, %r : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      %r2 = hip.tile.reduce <sum> %w {axis = 1 : i64} : !hip.tile<16x32xf32> -> !hip.tile<16xf32>
      %t1 = hip.tile.map %t, %decay, %r2 : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      %r3 = hip.tile.reduce <sum> %narrow {axis = 1 : i64} : !hip.tile<16x12xf32> -> !hip.tile<16xf32>
      %u1 = hip.tile.map %u, %decay, %r3 : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
      ^bb0(%p: f32, %d: f32, %q: f32):
        %sum = math.fma %p, %d, %q : f32
        hip.tile.yield %sum : f32
      } -> !hip.tile<16xf32>
      scf.yield %m1, %s1, %t1, %u1 : !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32>
    }
    %view = hip.tile.view %o[%c0, %c0, %c0] to %n : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %all#0, %view : !hip.tile<16xf32>, !hip.rows<f32>
    hip.tile.store %all#1, %view : !hip.tile<16xf32>, !hip.rows<f32>
    hip.tile.store %all#2, %view : !hip.tile<16xf32>, !hip.rows<f32>
    hip.tile.store %all#3, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}
