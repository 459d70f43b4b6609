// RUN: hip-opt %s --hip-assign-layouts --split-input-file | FileCheck %s
// RUN: not hip-opt %S/Inputs/both-ways.mlir --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not hip-opt %S/Inputs/two-threads.mlir --hip-assign-layouts 2>&1 | FileCheck %s --check-prefix=THREADS

// THREADS: error: 'hip.tile.kernel' op has tiles and 2 threads; tiles take warps of 32 threads: see the threads of #hip.schedule

// BOTH: both-ways.mlir:{{[0-9]+}}:{{[0-9]+}}: error: the numbers of a '!hip.tile<16xf32>' are per row for one op and per column for another; make a tile for each

// Rows are folded, so that four warps are above each other. What is read is in
// shared memory, the numbers of rows for that too.
// CHECK-LABEL: func @rows
// CHECK: %[[A:.*]] = hip.tile.load {{.*}} -> <64x64xbf16, #hip.shared>
// CHECK: %[[R:.*]] = hip.tile.splat {{.*}} : <32xi32, #hip.threads<128>>
// CHECK-NEXT: %[[S:.*]] = hip.tile.convert_layout %[[R]] : {{.*}} -> <32xi32, #hip.shared>
// CHECK: %[[B:.*]] = hip.tile.gather {{.*}} rows(%[[S]]) {{.*}} -> <32x64xbf16, #hip.shared>
// CHECK: %[[ACC:.*]] = hip.tile.splat {{.*}} : <64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
// CHECK: hip.tile.dot %[[ACC]], %[[A]], %[[B]] {transpose_b, unit = #hip.matrix_unit<mma_sync>} : <64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>, <64x64xbf16, #hip.shared>, <32x64xbf16, #hip.shared>
// CHECK: hip.tile.reduce {{.*}} -> <64xf32, #hip.slice<1, <row_warps = 4, column_warps = 1>>>
// CHECK: arith.truncf
// CHECK: } -> <64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
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

// Sixteen rows are one warp's: the four lie side by side.
// CHECK-LABEL: func @columns
// CHECK: hip.tile.dot {{.*}}unit = #hip.matrix_unit<fma>} : <16x64xf32, #hip.mma<row_warps = 1, column_warps = 4>>, <16x64xf32, #hip.shared>, <64x64xf32, #hip.shared>
// CHECK: hip.tile.reduce {{.*}} -> <64xf32, #hip.threads<128>>
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

// Vectors lie as the maps say that they meet, through maps of vectors and loops;
// a thread has a share of one that nothing asks for.
// CHECK-LABEL: func @vectors
// CHECK: %[[INIT:.*]] = hip.tile.splat %{{.*}} : <16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
// CHECK: %[[KEYS:.*]] = hip.tile.splat %{{.*}} : <16xi32, #hip.threads<32>>
// CHECK-NEXT: %[[SHARED:.*]] = hip.tile.convert_layout %[[KEYS]]
// CHECK: hip.tile.splat %{{.*}} : <8xf32, #hip.threads<32>>
// CHECK: %[[LAST:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[INIT]]) -> (!hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>)
// CHECK: hip.tile.map %{{.*}} : !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>> {
// CHECK: } -> <16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
// CHECK: %[[COLUMNS:.*]] = hip.tile.convert_layout %[[SHARED]] : {{.*}} -> <16xi32, #hip.slice<0, <row_warps = 1, column_warps = 1>>>
// CHECK-NEXT: hip.tile.map %{{.*}}, %[[LAST]] per row, %[[COLUMNS]] per column :
// CHECK: } -> <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
func.func @vectors(%o: memref<8xf32>, %x: f32, %j: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
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
    %view = hip.tile.view %o[%c0] to %c8 : memref<8xf32> -> !hip.rows<f32>
    hip.tile.store %other, %view : !hip.tile<8xf32>, !hip.rows<f32>
  }
  return
}

// -----

// CSE makes one splat of two: each direction gets its own again.
// CHECK-LABEL: func @both_ways
// CHECK: hip.tile.splat {{.*}} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
// CHECK-DAG: hip.tile.splat {{.*}} : <16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
// CHECK-DAG: hip.tile.splat {{.*}} : <16xf32, #hip.threads<32>>
// CHECK-NOT: hip.tile.splat
// CHECK: hip.tile.map
func.func @both_ways(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
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
  }
  return
}

// -----

// What only vectors are made of lies as they do, not as the numbers per row.
// CHECK-LABEL: func @unasked
// CHECK-DAG: hip.tile.splat {{.*}} : <16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
// CHECK-DAG: hip.tile.splat {{.*}} : <16xf32, #hip.threads<32>>
// CHECK: hip.tile.map %{{.*}} : !hip.tile<16xf32, #hip.threads<32>> {
func.func @unasked(%o: memref<16xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
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
    %view = hip.tile.view %o[%c0] to %c16 : memref<16xf32> -> !hip.rows<f32>
    hip.tile.store %w, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// What is made of shared memory alone is made there, whatever it changes.
// CHECK-LABEL: func @changes_of_shared
// CHECK: %[[A:.*]] = hip.tile.load
// CHECK-NEXT: hip.tile.map %[[A]] : !hip.tile<16x64xf32, #hip.shared> {
// CHECK: } -> <16x64xf32, #hip.shared>
// CHECK-NEXT: {{^ *}$}}
func.func @changes_of_shared(%q: memref<1x1x?x64xf32>, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c32 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %a = hip.tile.load %view : !hip.rows<64xf32> -> !hip.tile<16x64xf32>
    %b = hip.tile.map %a : !hip.tile<16x64xf32> changes(%c : i1) {
    ^bb0(%x: f32):
      %zero = arith.constant 0.0 : f32
      %y = arith.select %c, %zero, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x64xf32>
  }
  return
}

// -----

// A warp votes once on the rows that it has, for all maps; the vote says nothing about those of other warps.
// CHECK-LABEL: func @changes_of_rows
// CHECK: %[[M:.*]] = hip.tile.reduce
// CHECK-NEXT: %[[FAR:.*]] = hip.tile.map %[[M]]
// CHECK: } -> <64xi1, #hip.slice<1, <row_warps = 4, column_warps = 1>>>
// CHECK-NEXT: %[[SOME:.*]] = hip.gpu.vote %[[FAR]] : <64xi1, #hip.slice<1, <row_warps = 4, column_warps = 1>>>
// CHECK-NEXT: hip.tile.map %{{.*}}, %[[M]] per row : {{.*}} changes(%[[SOME]] : i1) {
// CHECK: } -> <64x16xf32, #hip.mma<row_warps = 4, column_warps = 1>>
// CHECK-NOT: hip.gpu.vote
// CHECK: hip.tile.map %[[M]] : {{.*}} changes(%[[SOME]] : i1) {
// CHECK: } -> <64xf32, #hip.slice<1, <row_warps = 4, column_warps = 1>>>
func.func @changes_of_rows(%x: f32, %o: memref<1x1x?x16xf32>, %p: memref<1x1x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<64x16xf32>
    %m = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<64x16xf32> -> !hip.tile<64xf32>
    %far = hip.tile.map %m : !hip.tile<64xf32> {
    ^bb0(%y: f32):
      %is = arith.cmpf une, %y, %zero : f32
      hip.tile.yield %is : i1
    } -> !hip.tile<64xi1>
    %less = hip.tile.map %t, %m per row : !hip.tile<64x16xf32>, !hip.tile<64xf32> changes(%far : !hip.tile<64xi1>) {
    ^bb0(%y: f32, %z: f32):
      %d = arith.subf %y, %z : f32
      hip.tile.yield %d : f32
    } -> !hip.tile<64x16xf32>
    %twice = hip.tile.map %m : !hip.tile<64xf32> changes(%far : !hip.tile<64xi1>) {
    ^bb0(%y: f32):
      %d = arith.addf %y, %y : f32
      hip.tile.yield %d : f32
    } -> !hip.tile<64xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %less, %view : !hip.tile<64x16xf32>, !hip.rows<16xf32>
    %numbers = hip.tile.view %p[%c0, %c0, %c0] to %c64 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %twice, %numbers : !hip.tile<64xf32>, !hip.rows<f32>
  }
  return
}

// -----

// What is made of shared tiles alone, or of nothing, is made there.
// CHECK-LABEL: func @map_of_shared
// CHECK: %[[A:.*]] = hip.tile.load
// CHECK-NEXT: %[[LEFT:.*]] = hip.tile.map %[[A]]
// CHECK: } -> <16x8xf32, #hip.shared>
// CHECK: %[[RIGHT:.*]] = hip.tile.generate
// CHECK: } : <64x8xf32, #hip.shared>
// CHECK: hip.tile.dot %{{.*}}, %[[LEFT]], %[[RIGHT]] {{.*}} : <16x64xf32, #hip.mma<row_warps = 1, column_warps = 4>>
func.func @map_of_shared(%q: memref<1x1x?x8xf32>, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c128 : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    %a = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<16x8xf32>
    %b = hip.tile.map %a : !hip.tile<16x8xf32> {
    ^bb0(%x: f32):
      %y = arith.addf %x, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x8xf32>
    %k = hip.tile.generate {
    ^bb0(%r: index, %c: index):
      hip.tile.yield %zero : f32
    } : !hip.tile<64x8xf32>
    %acc = hip.tile.splat %zero : !hip.tile<16x64xf32>
    %s = hip.tile.dot %acc, %b, %k {transpose_b}
      : !hip.tile<16x64xf32>, !hip.tile<16x8xf32>, !hip.tile<64x8xf32>
  }
  return
}

// -----

// A right factor is in shared memory; a left one that is computed stays.
// CHECK-LABEL: func @right_factor
// CHECK: %[[ACC:.*]] = hip.tile.splat
// CHECK: %[[A:.*]] = hip.tile.splat {{.*}} : <16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>
// CHECK: %[[B:.*]] = hip.tile.convert_layout %[[A]] : {{.*}} -> <16x16xbf16, #hip.shared>
// CHECK: hip.tile.dot %[[ACC]], %[[A]], %[[B]]
func.func @right_factor(%x: f32, %y: bf16) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %acc = hip.tile.splat %x : !hip.tile<16x16xf32>
    %a = hip.tile.splat %y : !hip.tile<16x16xbf16>
    %s = hip.tile.dot %acc, %a, %a : !hip.tile<16x16xf32>, !hip.tile<16x16xbf16>, !hip.tile<16x16xbf16>
  }
  return
}

// -----

// Numbers in f32 have no unit that takes them from registers, nor have warps
// side by side all columns of a row.
// CHECK-LABEL: func @left_factor
// CHECK: %[[A:.*]] = hip.tile.splat {{.*}} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>
// CHECK: %[[H:.*]] = hip.tile.splat {{.*}} : <16x16xbf16, #hip.mma<row_warps = 1, column_warps = 2>>
// CHECK: %[[L:.*]] = hip.tile.convert_layout %[[A]] : {{.*}} -> <16x16xf32, #hip.shared>
// CHECK: hip.tile.dot %{{.*}}, %[[L]], %{{.*}} {unit = #hip.matrix_unit<fma>}
// CHECK: %[[N:.*]] = hip.tile.convert_layout %[[H]] : {{.*}} -> <16x16xbf16, #hip.shared>
// CHECK: hip.tile.dot %{{.*}}, %[[N]], %{{.*}} {unit = #hip.matrix_unit<mma_sync>}
func.func @left_factor(%x: f32, %y: bf16) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %a = hip.tile.splat %x : !hip.tile<16x16xf32>
    %h = hip.tile.splat %y : !hip.tile<16x16xbf16>
    %s = hip.tile.dot %a, %a, %a : !hip.tile<16x16xf32>, !hip.tile<16x16xf32>, !hip.tile<16x16xf32>
    %t = hip.tile.dot %s, %h, %h : !hip.tile<16x16xf32>, !hip.tile<16x16xbf16>, !hip.tile<16x16xbf16>
  }
  return
}

// -----

// Loops carry registers: what is read before one or in it is converted.
// CHECK-LABEL: func @carried
// CHECK: %[[A:.*]] = hip.tile.load
// CHECK-NEXT: %[[INIT:.*]] = hip.tile.convert_layout %[[A]] : {{.*}} -> <16x64xf32, #hip.mma<row_warps = 1, column_warps = 1>>
// CHECK-NEXT: %[[LAST:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[INIT]])
// CHECK-NEXT: %[[ROWS:.*]] = hip.tile.view
// CHECK-NEXT: %[[B:.*]] = hip.tile.load %[[ROWS]]
// CHECK-NEXT: %[[NEXT:.*]] = hip.tile.convert_layout %[[B]]
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK: hip.tile.store %[[LAST]]
func.func @carried(%q: memref<1x1x?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c32 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %a = hip.tile.load %view : !hip.rows<64xf32> -> !hip.tile<16x64xf32>
    %b = scf.for %i = %c0 to %c32 step %c1 iter_args(%t = %a) -> (!hip.tile<16x64xf32>) {
      %view1 = hip.tile.view %q[%c0, %c0, %i] to %c32 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
      %next = hip.tile.load %view1 : !hip.rows<64xf32> -> !hip.tile<16x64xf32>
      scf.yield %next : !hip.tile<16x64xf32>
    }
    hip.tile.store %b, %view : !hip.tile<16x64xf32>, !hip.rows<64xf32>
  }
  return
}

// -----

// Stores take registers.
// CHECK-LABEL: func @copy
// CHECK: %[[A:.*]] = hip.tile.load
// CHECK-NEXT: %[[R:.*]] = hip.tile.convert_layout %[[A]] : {{.*}} -> <16x64xf32, #hip.mma<row_warps = 1, column_warps = 1>>
// CHECK-NEXT: hip.tile.store %[[R]]
func.func @copy(%q: memref<1x1x?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c32 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %a = hip.tile.load %view : !hip.rows<64xf32> -> !hip.tile<16x64xf32>
    hip.tile.store %a, %view : !hip.tile<16x64xf32>, !hip.rows<64xf32>
  }
  return
}

// -----

// A vector that other threads read is written once, where it is defined; of a
// vector that a loop carries that is the start of its body. Each warp asks for
// all of it, of numbers per row too.
// CHECK-LABEL: func @read_by_others
// CHECK: %[[L:.*]] = scf.for {{.*}} iter_args(%[[K:.*]] = %{{.*}}) -> (!hip.tile<40xi32, #hip.threads<64>>)
// CHECK-NEXT: %[[S:.*]] = hip.tile.convert_layout %[[K]] : {{.*}} -> <40xi32, #hip.shared>
// CHECK-NEXT: hip.tile.gather {{.*}} rows(%[[S]])
// CHECK-NEXT: %[[ALL:.*]] = hip.tile.convert_layout %[[S]] : {{.*}} -> <40xi32, #hip.threads<32>>
// CHECK-NEXT: hip.tile.any %[[ALL]]
// CHECK-NOT: convert_layout
// CHECK: hip.tile.map %[[K]]
// CHECK: scf.yield
// CHECK: %[[M:.*]] = hip.tile.reduce {{.*}} -> <16xf32, #hip.slice<1, <row_warps = 2, column_warps = 1>>>
// CHECK-NEXT: %[[MS:.*]] = hip.tile.convert_layout %[[M]] : {{.*}} -> <16xf32, #hip.shared>
// CHECK-NEXT: %[[MA:.*]] = hip.tile.convert_layout %[[MS]] : {{.*}} -> <16xf32, #hip.threads<32>>
// CHECK-NEXT: hip.tile.any %[[MA]]
func.func @read_by_others(%q: memref<1x1x?x64xf32>, %j: i32, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %first = hip.tile.splat %j : !hip.tile<40xi32>
    %view = hip.tile.view %q[%c0, %c0, %c0] : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    %last = scf.for %i = %c0 to %c64 step %c1 iter_args(%keys = %first) -> (!hip.tile<40xi32>) {
      %k = hip.tile.gather %view rows(%keys) : !hip.rows<64xf32>, !hip.tile<40xi32> -> !hip.tile<40x64xf32>
      %dead = hip.tile.any %keys : !hip.tile<40xi32> {
      ^bb0(%key: i32):
        %is = arith.cmpi slt, %key, %j : i32
        hip.tile.yield %is : i1
      }
      %next = hip.tile.map %keys : !hip.tile<40xi32> {
      ^bb0(%key: i32):
        %n = arith.addi %key, %j : i32
        hip.tile.yield %n : i32
      } -> !hip.tile<40xi32>
      scf.yield %next : !hip.tile<40xi32>
    }
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %m = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    %none = hip.tile.any %m : !hip.tile<16xf32> {
    ^bb0(%number: f32):
      %is = arith.cmpf olt, %number, %x : f32
      hip.tile.yield %is : i1
    }
  }
  return
}

// -----

// Each phase has a grid of its own.
// CHECK-LABEL: func @phases
// CHECK: hip.tile.dot {{.*}} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>
// CHECK: hip.tile.phase
// CHECK: hip.tile.splat {{.*}} : <16x16xf32, #hip.mma<row_warps = 2, column_warps = 1>>
// CHECK: hip.tile.reduce
func.func @phases(%x: f32, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %a = hip.tile.splat %x : !hip.tile<16x16xf32>
    %s = hip.tile.dot %a, %a, %a : !hip.tile<16x16xf32>, !hip.tile<16x16xf32>, !hip.tile<16x16xf32>
    hip.tile.phase
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %m = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    %view = hip.tile.view %o[%c0] to %c64 : memref<16xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

// By wgmma four warps have 64 rows. The left factor of the scores is in memory, that of the values in registers,
// where it skips zeros.
// CHECK-LABEL: func @wgmma
// CHECK: %[[Q:.*]] = hip.tile.load {{.*}} -> <64x64xbf16, #hip.shared>
// CHECK: %[[K:.*]] = hip.tile.load {{.*}} -> <32x64xbf16, #hip.shared>
// CHECK: %[[S:.*]] = hip.tile.dot %{{.*}}, %[[Q]], %[[K]] {transpose_b, unit = #hip.matrix_unit<wgmma>} : <64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
// CHECK: %[[P:.*]] = hip.tile.map %[[S]]
// CHECK: hip.tile.dot %{{.*}}, %[[P]], %[[K]] skip_zero(%{{.*}}) {unit = #hip.matrix_unit<wgmma>} : <64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>, <64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>, <32x64xbf16, #hip.shared>
func.func @wgmma(%h: memref<1x1x?x64xbf16>, %o: memref<1x1x?x64xf32>, %zero: f32, %masked: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 32, producers = 128, unit = wgmma>} (%x) {
    %view = hip.tile.view %h[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %q = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<64x64xbf16>
    %view1 = hip.tile.view %h[%c0, %c0, %c64] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %k = hip.tile.load %view1 : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16>
    %scores = hip.tile.splat %zero : !hip.tile<64x32xf32>
    %s = hip.tile.dot %scores, %q, %k {transpose_b}
      : !hip.tile<64x32xf32>, !hip.tile<64x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max> %s {axis = 1 : i64} : !hip.tile<64x32xf32> -> !hip.tile<64xf32>
    %p = hip.tile.map %s, %m per row : !hip.tile<64x32xf32>, !hip.tile<64xf32> {
    ^bb0(%wide: f32, %most: f32):
      %less = arith.subf %wide, %most : f32
      %narrow = arith.truncf %less : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<64x32xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<64x64xf32>
    %v = hip.tile.dot %acc, %p, %k skip_zero(%masked)
      : !hip.tile<64x64xf32>, !hip.tile<64x32xbf16>, !hip.tile<32x64xbf16>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %v, %view2 : !hip.tile<64x64xf32>, !hip.rows<64xf32>
  }
  return
}

// -----

// Numbers that are computed are computed where they are read, numbers from memory are read once.
// CHECK-LABEL: func @computed_again
// CHECK: %[[N:.*]] = hip.tile.generate {
// CHECK: } : <16xi32, #hip.threads<128>>
// CHECK: hip.tile.convert_layout %[[N]] : {{.*}} -> <16xi32, #hip.shared>
// CHECK: %[[L:.*]] = hip.tile.generate {
// CHECK: } : <16xi32, #hip.threads<128>>
// CHECK: %[[M:.*]] = hip.tile.convert_layout %[[L]] : {{.*}} -> <16xi32, #hip.shared>
// CHECK: %[[W:.*]] = hip.tile.generate {
// CHECK: } : <16xi32, #hip.threads<32>>
// CHECK: hip.tile.any %[[W]]
// CHECK: %[[C:.*]] = hip.tile.generate {
// CHECK: } : <16xi32, #hip.slice<0, <row_warps = 4, column_warps = 1>>>
// CHECK: %[[D:.*]] = hip.tile.convert_layout %[[M]] : {{.*}} -> <16xi32, #hip.slice<0, <row_warps = 4, column_warps = 1>>>
// CHECK: hip.tile.map %{{.*}}, %[[C]] per column, %[[D]] per column
func.func @computed_again(%k: memref<1x1x?x64xbf16>, %numbers: memref<16xi32>, %o: memref<1x1x?xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0 : i32
  hip.tile.kernel grid(%c1) threads(128) (%b) {
    %n = hip.tile.generate {
    ^bb0(%i: index):
      %number = arith.index_cast %i : index to i32
      hip.tile.yield %number : i32
    } : !hip.tile<16xi32>
    %l = hip.tile.generate {
    ^bb0(%i: index):
      %number = memref.load %numbers[%i] : memref<16xi32>
      hip.tile.yield %number : i32
    } : !hip.tile<16xi32>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.gather %view rows(%n) : !hip.rows<64xbf16>, !hip.tile<16xi32> -> !hip.tile<16x64xbf16>
    %any = hip.tile.any %n : !hip.tile<16xi32> {
    ^bb0(%number: i32):
      %is = arith.cmpi slt, %number, %zero : i32
      hip.tile.yield %is : i1
    }
    %s = hip.tile.splat %x : !hip.tile<64x16xf32>
    %t = hip.tile.map %s, %n per column, %l per column : !hip.tile<64x16xf32>, !hip.tile<16xi32>, !hip.tile<16xi32> changes(%any : i1) {
    ^bb0(%number: f32, %p: i32, %q: i32):
      %f = arith.sitofp %q : i32 to f32
      %hides = arith.cmpi slt, %p, %zero : i32
      %all = arith.select %hides, %f, %number : f32
      hip.tile.yield %all : f32
    } -> !hip.tile<64x16xf32>
    %m = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<64x16xf32> -> !hip.tile<64xf32>
    %out = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %out : !hip.tile<64xf32>, !hip.rows<f32>
  }
  return
}

// -----

// A warp of a tall product has rows and columns that are read as few blocks: 64 rows and 32 columns of 256 x 64.
// CHECK-LABEL: func @tall
// CHECK: hip.tile.dot {{.*}}sign = #hip.sign<positive>, {{.*}}unit = #hip.matrix_unit<mma_sync>} : <256x64xf32, #hip.mma<row_warps = 4, column_warps = 2>>
func.func @tall(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x64xf32>, %x: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(256) (%b) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<256x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<64xi32>
    %k = hip.tile.gather %view rows(%rows) : !hip.rows<64xbf16>, !hip.tile<64xi32> -> !hip.tile<64x64xbf16>
    %none = hip.tile.splat %x : !hip.tile<256x64xf32>
    %s = hip.tile.dot %none, %a, %k {sign = #hip.sign<positive>, transpose_b}
      : !hip.tile<256x64xf32>, !hip.tile<256x64xbf16>, !hip.tile<64x64xbf16>
    %m = hip.tile.reduce <max_number> %s {axis = 0 : i64} : !hip.tile<256x64xf32> -> !hip.tile<64xf32>
    %out = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x64xf32> -> !hip.rows<f32>
    hip.tile.store %m, %out : !hip.tile<64xf32>, !hip.rows<f32>
  }
  return
}

// -----

// Where a product's left factor is computed, warps have whole rows, so that it stays in registers.
// CHECK-LABEL: func @chain
// CHECK: hip.tile.dot {{.*}} : <64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>, <64x64xbf16, #hip.shared>
// CHECK: hip.tile.dot {{.*}} : <64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>, <64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
func.func @chain(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?x64xf32>, %x: f32, %j: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(128) (%b) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<64x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<32xi32>
    %k = hip.tile.gather %view rows(%rows) : !hip.rows<64xbf16>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
    %none = hip.tile.splat %x : !hip.tile<64x32xf32>
    %s = hip.tile.dot %none, %a, %k {transpose_b} : !hip.tile<64x32xf32>, !hip.tile<64x64xbf16>, !hip.tile<32x64xbf16>
    %p = hip.tile.map %s : !hip.tile<64x32xf32> {
    ^bb0(%number: f32):
      %narrow = arith.truncf %number : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<64x32xbf16>
    %acc = hip.tile.splat %x : !hip.tile<64x64xf32>
    %t = hip.tile.dot %acc, %p, %k : !hip.tile<64x64xf32>, !hip.tile<64x32xbf16>, !hip.tile<32x64xbf16>
    %out = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %t, %out : !hip.tile<64x64xf32>, !hip.rows<64xf32>
  }
  return
}
