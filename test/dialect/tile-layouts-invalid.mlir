// RUN: hip-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{a grid of 0 by 4 warps, but a kernel has 1 to 32}}
func.func private @f() attributes {a = #hip.mma<row_warps = 0, column_warps = 4>}

// -----

// expected-error @below {{a grid of 8 by 8 warps, but a kernel has 1 to 32}}
func.func private @f() attributes {a = #hip.mma<row_warps = 8, column_warps = 8>}

// -----

// expected-error @below {{a slice without axis 2, but a matrix has 0 (rows) and 1 (columns)}}
func.func private @f() attributes {a = #hip.slice<2, <row_warps = 1, column_warps = 1>>}

// -----

// expected-error @below {{elements for 48 threads, but they are distributed over whole warps of 32, at most 1024 threads}}
func.func private @f() attributes {a = #hip.threads<48>}

// -----

// expected-error @below {{elements for 2048 threads, but they are distributed over whole warps of 32, at most 1024 threads}}
func.func private @f() attributes {a = #hip.threads<2048>}

// -----

// expected-error @below {{a tile has a layout of registers or #hip.shared, got 4 : i64}}
func.func private @f(!hip.tile<16xf32, 4 : i64>)

// -----

// expected-error @below {{#hip.mma<row_warps = 1, column_warps = 1> is of a matrix, got one of 16}}
func.func private @f(!hip.tile<16xf32, #hip.mma<row_warps = 1, column_warps = 1>>)

// -----

// expected-error @below {{#hip.threads<32> is of a vector, got one of 16x8}}
func.func private @f(!hip.tile<16x8xf32, #hip.threads<32>>)

// -----

// expected-error @below {{has 8 columns, but 2 warps side by side take multiples of 16}}
func.func private @f(!hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 2>>)

// -----

// expected-error @below {{gives each of 32 threads 1025 numbers of 32800, but a thread has at most 1024; take fewer rows or columns, or more threads, in #hip.schedule}}
func.func private @f(!hip.tile<32800xf32, #hip.threads<32>>)

// -----

func.func @some(%a: !hip.tile<16xf32, #hip.threads<32>>) {
  // expected-error @below {{'hip.tile.map' op has tiles with a layout and without; run hip-assign-layouts on what has none}}
  %0 = hip.tile.map %a : !hip.tile<16xf32, #hip.threads<32>> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16xf32>
  return
}

// -----

func.func @splat(%x: f32) {
  // expected-error @below {{needs its result in registers, got '!hip.tile<16xf32, #hip.shared>'; convert it by hip.tile.convert_layout}}
  %0 = hip.tile.splat %x : !hip.tile<16xf32, #hip.shared>
  return
}

// -----

// Matrices are computed in shared memory, of others there; vectors are not.
func.func @map_result(%a: !hip.tile<16xf32, #hip.shared>) {
  // expected-error @below {{has changes or vectors and its result in shared memory; give it a layout of registers}}
  %0 = hip.tile.map %a : !hip.tile<16xf32, #hip.shared> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16xf32, #hip.shared>
  return
}

// -----

func.func @map_operand(%a: !hip.tile<16x8xf32, #hip.shared>) {
  // expected-error @below {{needs its operand in #hip.mma<row_warps = 1, column_warps = 1>, got '!hip.tile<16x8xf32, #hip.shared>'; convert it by hip.tile.convert_layout}}
  %0 = hip.tile.map %a : !hip.tile<16x8xf32, #hip.shared> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @map_row(%a: !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %v: !hip.tile<16xf32, #hip.threads<32>>) {
  // expected-error @below {{needs its operand in #hip.slice<1, <row_warps = 1, column_warps = 1>>, got '!hip.tile<16xf32, #hip.threads<32>>'}}
  %0 = hip.tile.map %a, %v per row : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16xf32, #hip.threads<32>> {
  ^bb0(%x: f32, %y: f32):
    hip.tile.yield %y : f32
  } -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @map_column(%a: !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %v: !hip.tile<8xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>) {
  // expected-error @below {{needs its operand in #hip.slice<0, <row_warps = 1, column_warps = 1>>, got '!hip.tile<8xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>'}}
  %0 = hip.tile.map %a, %v per column : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<8xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>> {
  ^bb0(%x: f32, %y: f32):
    hip.tile.yield %y : f32
  } -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @map_warps(%a: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>) {
  // expected-error @below {{needs its operand in #hip.mma<row_warps = 2, column_warps = 1>, got '!hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>'}}
  %0 = hip.tile.map %a : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16x16xf32, #hip.mma<row_warps = 2, column_warps = 1>>
  return
}

// -----

func.func @map_axes(%v: !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>) {
  // expected-error @below {{'hip.tile.map' op needs its operand in #hip.mma<row_warps = 1, column_warps = 1>}}
  %0 = "hip.tile.map"(%v) <{axes = array<i64: 5>, operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%x: f32):
    "hip.tile.yield"(%x) : (f32) -> ()
  }) : (!hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>) -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @reduce_source(%a: !hip.tile<16x8xf32, #hip.shared>) {
  // expected-error @below {{needs its source in #hip.mma, got '!hip.tile<16x8xf32, #hip.shared>'}}
  %0 = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<16x8xf32, #hip.shared> -> !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  return
}

// -----

func.func @reduce_columns(%a: !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>) {
  // expected-error @below {{needs its result in #hip.slice<1, <row_warps = 1, column_warps = 1>>, got '!hip.tile<16xf32, #hip.threads<32>>'}}
  %0 = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @reduce_to_columns(%a: !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 2>>) {
  // expected-error @below {{reduces columns to fewer ones in #hip.mma<row_warps = 1, column_warps = 2>; each warp has whole rows there (column_warps = 1)}}
  %0 = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 2>> -> !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>
  return
}

// -----

func.func @reduce_rows(%a: !hip.tile<16x8xf32, #hip.mma<row_warps = 2, column_warps = 1>>) {
  // expected-error @below {{needs its result in #hip.threads<64>, got '!hip.tile<8xf32, #hip.threads<32>>'}}
  %0 = hip.tile.reduce <max> %a {axis = 0 : i64} : !hip.tile<16x8xf32, #hip.mma<row_warps = 2, column_warps = 1>> -> !hip.tile<8xf32, #hip.threads<32>>
  return
}

// -----

func.func @reduce_size(%a: !hip.tile<65536x8xf32, #hip.mma<row_warps = 32, column_warps = 1>>) {
  // expected-error @below {{gives '!hip.tile<65536xf32>', got '!hip.tile<16xf32, #hip.slice<1, <row_warps = 32, column_warps = 1>>>'}}
  %0 = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<65536x8xf32, #hip.mma<row_warps = 32, column_warps = 1>>
    -> !hip.tile<16xf32, #hip.slice<1, <row_warps = 32, column_warps = 1>>>
  return
}

// -----

func.func @dot_acc(%c: !hip.tile<16x16xf32, #hip.shared>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  // expected-error @below {{needs its acc in #hip.mma, got '!hip.tile<16x16xf32, #hip.shared>'}}
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<mma_sync>}
    : !hip.tile<16x16xf32, #hip.shared>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// -----

func.func @dot_right(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>) {
  // expected-error @below {{needs its right factor in #hip.shared, got '!hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'}}
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<mma_sync>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @dot_unit(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  // expected-error @below {{has layouts and no unit; run hip-assign-layouts}}
  %0 = hip.tile.dot %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// -----

func.func @dot_left_fma(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  // expected-error @below {{needs its left factor in #hip.shared, got '!hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'}}
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<fma>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// -----

func.func @dot_left_strips(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 2>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  // expected-error @below {{needs its left factor in #hip.shared, got}}
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<mma_sync>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 2>>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// -----

func.func @dot_left_warps(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 2, column_warps = 1>>, %b: !hip.tile<16x16xbf16, #hip.shared>) {
  // expected-error @below {{needs its left factor in #hip.mma<row_warps = 1, column_warps = 1>, got}}
  %0 = hip.tile.dot %c, %a, %b {unit = #hip.matrix_unit<mma_sync>}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 2, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
  return
}

// -----

func.func @store(%a: !hip.tile<16x8xf32, #hip.shared>, %o: memref<?x8xf32>, %i: index) {
  %view = hip.tile.view %o[%i] to %i : memref<?x8xf32> -> !hip.rows<8xf32>
  // expected-error @below {{needs its tile in registers, got '!hip.tile<16x8xf32, #hip.shared>'}}
  hip.tile.store %a, %view : !hip.tile<16x8xf32, #hip.shared>, !hip.rows<8xf32>
  return
}

// -----

func.func @load(%o: memref<?x8xf32>, %i: index) {
  %view = hip.tile.view %o[%i] to %i : memref<?x8xf32> -> !hip.rows<8xf32>
  // expected-error @below {{needs its result in #hip.shared, got '!hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>'}}
  %0 = hip.tile.load %view
    : !hip.rows<8xf32> -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @gather_rows(%k: memref<1x1x?x8xf32>, %i: index, %r: !hip.tile<16xi32, #hip.threads<32>>) {
  %view = hip.tile.view %k[%i, %i, %i] : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
  // expected-error @below {{needs its rows in #hip.shared, got '!hip.tile<16xi32, #hip.threads<32>>'}}
  %0 = hip.tile.gather %view rows(%r)
    : !hip.rows<8xf32>, !hip.tile<16xi32, #hip.threads<32>> -> !hip.tile<16x8xf32, #hip.shared>
  return
}

// -----

func.func @gather_result(%k: memref<1x1x?x8xf32>, %i: index, %r: !hip.tile<16xi32, #hip.shared>) {
  %view = hip.tile.view %k[%i, %i, %i] : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
  // expected-error @below {{needs its result in #hip.shared, got '!hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>'}}
  %0 = hip.tile.gather %view rows(%r)
    : !hip.rows<8xf32>, !hip.tile<16xi32, #hip.shared> -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  return
}

// -----

func.func @any(%a: !hip.tile<16xi32, #hip.shared>, %c: i1) {
  // expected-error @below {{needs its source in #hip.threads<32>, where each warp has all numbers, got '!hip.tile<16xi32, #hip.shared>'; convert it by hip.tile.convert_layout}}
  %0 = hip.tile.any %a : !hip.tile<16xi32, #hip.shared> {
  ^bb0(%x: i32):
    hip.tile.yield %c : i1
  }
  return
}

// -----

// A warp would answer for its own rows.
func.func @any_of_rows(%a: !hip.tile<64xi32, #hip.slice<1, <row_warps = 4, column_warps = 1>>>, %c: i1) {
  // expected-error @below {{needs its source in #hip.threads<32>, where each warp has all numbers, got '!hip.tile<64xi32, #hip.slice<1, <row_warps = 4, column_warps = 1>>>'}}
  %0 = hip.tile.any %a : !hip.tile<64xi32, #hip.slice<1, <row_warps = 4, column_warps = 1>>> {
  ^bb0(%x: i32):
    hip.tile.yield %c : i1
  }
  return
}

// -----

func.func @any_of_threads(%a: !hip.tile<64xi32, #hip.threads<64>>, %c: i1) {
  // expected-error @below {{needs its source in #hip.threads<32>, where each warp has all numbers, got '!hip.tile<64xi32, #hip.threads<64>>'}}
  %0 = hip.tile.any %a : !hip.tile<64xi32, #hip.threads<64>> {
  ^bb0(%x: i32):
    hip.tile.yield %c : i1
  }
  return
}

// -----

func.func @convert_registers(%a: !hip.tile<16xi32, #hip.threads<32>>) {
  // expected-error @below {{converts '!hip.tile<16xi32, #hip.threads<32>>' to '!hip.tile<16xi32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>'; one of them is in #hip.shared, the other in registers}}
  %0 = hip.tile.convert_layout %a : !hip.tile<16xi32, #hip.threads<32>> -> !hip.tile<16xi32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  return
}

// -----

func.func @convert_shape(%a: !hip.tile<16xi32, #hip.threads<32>>) {
  // expected-error @below {{converts '!hip.tile<16xi32, #hip.threads<32>>' to '!hip.tile<8xi32, #hip.shared>'; only the layout may differ}}
  %0 = hip.tile.convert_layout %a : !hip.tile<16xi32, #hip.threads<32>> -> !hip.tile<8xi32, #hip.shared>
  return
}

// -----

func.func @convert_nothing(%a: !hip.tile<16xi32>) {
  // expected-error @below {{converts '!hip.tile<16xi32>' to '!hip.tile<16xi32>'; both have a layout}}
  %0 = hip.tile.convert_layout %a : !hip.tile<16xi32> -> !hip.tile<16xi32>
  return
}

// -----

func.func @shared_changes(%a: !hip.tile<16x8xf32, #hip.shared>, %c: i1) {
  // expected-error @below {{has changes or vectors and its result in shared memory; give it a layout of registers}}
  %0 = hip.tile.map %a : !hip.tile<16x8xf32, #hip.shared> changes(%c : i1) {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16x8xf32, #hip.shared>
  return
}

// -----

func.func @changes_of_rows(%a: !hip.tile<16xf32, #hip.threads<32>>, %c: !hip.tile<16xi1, #hip.threads<32>>) {
  // expected-error @below {{has changes of '!hip.tile<16xi1, #hip.threads<32>>', but a warp branches on a single i1; make it by hip.gpu.vote}}
  %0 = hip.tile.map %a : !hip.tile<16xf32, #hip.threads<32>> changes(%c : !hip.tile<16xi1, #hip.threads<32>>) {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @shared_operand(%a: !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>) {
  // expected-error @below {{needs its operand in #hip.shared, got '!hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>'; convert it by hip.tile.convert_layout}}
  %0 = hip.tile.map %a : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<16x8xf32, #hip.shared>
  return
}
