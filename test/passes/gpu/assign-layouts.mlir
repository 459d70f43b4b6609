// RUN: hip-opt %s --hip-assign-layouts --split-input-file | FileCheck %s
// RUN: not hip-opt %S/Inputs/both-ways.mlir --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not hip-opt %S/Inputs/two-threads.mlir --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=THREADS

// THREADS: error: 'gpu.launch' op has tiles and 2 threads; tiles take warps of 32, at most 1024 threads: see the threads of #hip.schedule

// BOTH: both-ways.mlir:{{[0-9]+}}:{{[0-9]+}}: error: the numbers of a '!hip.tile<16xf32>' are per row for one op and per column for another; make a tile for each

// Rows are folded, so that four warps are above each other.
// CHECK-LABEL: func @rows
// CHECK: hip.tile.load {{.*}}#hip.layout<shared, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.splat {{.*}}#hip.layout<line, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.gather {{.*}}#hip.layout<shared, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.splat {{.*}}#hip.layout<fragment, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.dot {{.*}}#hip.layout<fragment, row_warps = 4, column_warps = 1>
// CHECK: hip.tile.reduce {{.*}}#hip.layout<rows, row_warps = 4, column_warps = 1>
// CHECK: arith.truncf
// CHECK: #hip.layout<fragment, row_warps = 4, column_warps = 1>} -> <64x32xbf16>
func.func @rows(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xbf16> -> !hip.tile<64x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<32xi32>
    %b = hip.tile.gather %q[%c0, %c0] rows(%rows)
      : memref<1x1x?x64xbf16>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
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
    hip.tile.store %m, %o[%c0, %c0, %c0] limit %c64 : !hip.tile<64xf32>, memref<1x1x?xf32>
    gpu.terminator
  }
  return
}

// -----

// Sixteen rows are one warp's: the four lie side by side.
// CHECK-LABEL: func @columns
// CHECK: hip.tile.gather {{.*}}#hip.layout<shared, row_warps = 1, column_warps = 4>
// CHECK: hip.tile.dot {{.*}}#hip.layout<fragment, row_warps = 1, column_warps = 4>
func.func @columns(%k: memref<1x1x?x64xf32>, %o: memref<1x1x64xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %k[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xf32> -> !hip.tile<16x64xf32>
    %rows = hip.tile.splat %j : !hip.tile<64xi32>
    %b = hip.tile.gather %k[%c0, %c0] rows(%rows)
      : memref<1x1x?x64xf32>, !hip.tile<64xi32> -> !hip.tile<64x64xf32>
    %acc = hip.tile.splat %zero : !hip.tile<16x64xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16x64xf32>, !hip.tile<16x64xf32>, !hip.tile<64x64xf32>
    %m = hip.tile.reduce <max_number> %s {axis = 0 : i64}
      : !hip.tile<16x64xf32> -> !hip.tile<64xf32>
    hip.tile.store %m, %o[%c0, %c0, %c0] limit %c64 : !hip.tile<64xf32>, memref<1x1x64xf32>
    gpu.terminator
  }
  return
}

// -----

// Vectors lie as the maps say that they meet, through maps of vectors and loops;
// a thread has a share of one that nothing asks for.
// CHECK-LABEL: func @vectors
// CHECK: hip.tile.splat %{{.*}} {hip.layout = #hip.layout<rows, {{.*}} : <16xf32>
// CHECK: hip.tile.splat %{{.*}} {hip.layout = #hip.layout<line, {{.*}} : <16xi32>
// CHECK: hip.tile.splat %{{.*}} {hip.layout = #hip.layout<line, {{.*}} : <8xf32>
// CHECK: scf.for
// CHECK: hip.tile.map %{{.*}} : !hip.tile<16xf32> {
// CHECK: #hip.layout<rows, {{.*}} -> <16xf32>
// CHECK: hip.tile.map %{{.*}}, %{{.*}} per row, %{{.*}} per column :
// CHECK: #hip.layout<fragment, {{.*}} -> <16x16xf32>
func.func @vectors(%o: memref<8xf32>, %x: f32, %j: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %init = hip.tile.splat %x : !hip.tile<16xf32>
    %keys = hip.tile.splat %j : !hip.tile<16xi32>
    %other = hip.tile.splat %x : !hip.tile<8xf32>
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %last = scf.for %i = %c0 to %n step %c1 iter_args(%before = %init) -> (!hip.tile<16xf32>) {
      %next = hip.tile.map %before : !hip.tile<16xf32> {
      ^bb0(%a: f32):
        %twice = arith.addf %a, %a : f32
        hip.tile.yield %twice : f32
      } -> !hip.tile<16xf32>
      scf.yield %next : !hip.tile<16xf32>
    }
    %s = hip.tile.map %t, %last per row, %keys per column
      : !hip.tile<16x16xf32>, !hip.tile<16xf32>, !hip.tile<16xi32> {
    ^bb0(%a: f32, %b: f32, %c: i32):
      %d = arith.sitofp %c : i32 to f32
      %e = arith.addf %b, %d : f32
      hip.tile.yield %e : f32
    } -> !hip.tile<16x16xf32>
    hip.tile.store %other, %o[%c0] limit %c8 : !hip.tile<8xf32>, memref<8xf32>
    gpu.terminator
  }
  return
}

// -----

// CSE makes one splat of two: each direction gets its own again.
// CHECK-LABEL: func @both_ways
// CHECK: %[[T:.*]] = hip.tile.splat {{.*}} : <16x16xf32>
// CHECK: %[[A:.*]] = hip.tile.splat {{.*}}#hip.layout<[[ONE:rows|line]], {{.*}} : <16xf32>
// CHECK: %[[B:.*]] = hip.tile.splat {{.*}} : <16xf32>
// CHECK-NOT: hip.tile.splat
// CHECK: hip.tile.map
func.func @both_ways(%x: f32) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %v = hip.tile.splat %x : !hip.tile<16xf32>
    %s = hip.tile.map %t, %v per row, %v per column
      : !hip.tile<16x16xf32>, !hip.tile<16xf32>, !hip.tile<16xf32> {
    ^bb0(%a: f32, %b: f32, %c: f32):
      hip.tile.yield %b : f32
    } -> !hip.tile<16x16xf32>
    %u = hip.tile.map %s, %v per row : !hip.tile<16x16xf32>, !hip.tile<16xf32> {
    ^bb0(%a: f32, %b: f32):
      hip.tile.yield %b : f32
    } -> !hip.tile<16x16xf32>
    gpu.terminator
  }
  return
}

// -----

// What only vectors are made of lies as they do, not as the numbers per row.
// CHECK-LABEL: func @unasked
// CHECK-DAG: hip.tile.splat {{.*}}#hip.layout<rows, {{.*}} : <16xf32>
// CHECK-DAG: hip.tile.splat {{.*}}#hip.layout<line, {{.*}} : <16xf32>
// CHECK: #hip.layout<line, {{.*}} -> <16xf32>
func.func @unasked(%o: memref<16xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %v = hip.tile.splat %x : !hip.tile<16xf32>
    %s = hip.tile.map %t, %v per row : !hip.tile<16x16xf32>, !hip.tile<16xf32> {
    ^bb0(%a: f32, %b: f32):
      hip.tile.yield %b : f32
    } -> !hip.tile<16x16xf32>
    %w = hip.tile.map %v : !hip.tile<16xf32> {
    ^bb0(%a: f32):
      %b = arith.addf %a, %a : f32
      hip.tile.yield %b : f32
    } -> !hip.tile<16xf32>
    hip.tile.store %w, %o[%c0] limit %c16 : !hip.tile<16xf32>, memref<16xf32>
    gpu.terminator
  }
  return
}
