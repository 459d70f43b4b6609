// RUN: hip-opt %s --split-input-file --verify-diagnostics

func.func @generate_arguments() {
  // expected-error @+1 {{has a region of two indices (row, column) for '!hip.tile<64x64xi32>', got 'i32', 'index'}}
  %0 = "hip.tile.generate"() ({
  ^bb0(%r: i32, %c: index):
    "hip.tile.yield"(%r) : (i32) -> ()
  }) : () -> !hip.tile<64x64xi32>
  return
}

// -----

func.func @generate_vector(%x: i32) {
  // expected-error @+1 {{has a region of one index for '!hip.tile<64xi32>', got 'index', 'index'}}
  %0 = "hip.tile.generate"() ({
  ^bb0(%r: index, %c: index):
    "hip.tile.yield"(%x) : (i32) -> ()
  }) : () -> !hip.tile<64xi32>
  return
}

// -----

func.func @map_shape(%a: !hip.tile<32x64xf32>) {
  // expected-error @+1 {{takes '!hip.tile<32x64xf32>' for the result '!hip.tile<64x64xf32>'; give an operand of the same shape, or say that it is a number `per row` or `per column`}}
  %0 = hip.tile.map %a : !hip.tile<32x64xf32> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x64xf32>
  return
}

// -----

func.func @map_unspread(%a: !hip.tile<64x64xf32>, %v: !hip.tile<64xf32>) {
  // expected-error @+1 {{takes '!hip.tile<64xf32>' for the result '!hip.tile<64x64xf32>'; give}}
  %0 = hip.tile.map %a, %v : !hip.tile<64x64xf32>, !hip.tile<64xf32> {
  ^bb0(%x: f32, %y: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x64xf32>
  return
}

// -----

func.func @map_spread_size(%a: !hip.tile<64x32xf32>, %v: !hip.tile<64xf32>) {
  // expected-error @+1 {{takes 64 numbers per column, but '!hip.tile<64x32xf32>' has 32}}
  %0 = hip.tile.map %a, %v per column : !hip.tile<64x32xf32>, !hip.tile<64xf32> {
  ^bb0(%x: f32, %y: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x32xf32>
  return
}

// -----

func.func @map_spread_matrix(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{takes '!hip.tile<64x32xf32>' per row of '!hip.tile<64x32xf32>'; a vector is spread over a matrix}}
  %0 = hip.tile.map %a per row : !hip.tile<64x32xf32> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x32xf32>
  return
}

// -----

func.func @map_axis(%a: !hip.tile<4x4xf32>) {
  // expected-error @+1 {{has an operand along axis 2; a tile has 0 (per row) and 1 (per column)}}
  %0 = "hip.tile.map"(%a) <{axes = array<i64: 2>, operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%x: f32):
    "hip.tile.yield"(%x) : (f32) -> ()
  }) : (!hip.tile<4x4xf32>) -> !hip.tile<4x4xf32>
  return
}

// -----

func.func @map_axes(%a: !hip.tile<4x4xf32>) {
  // expected-error @+1 {{has 1 operands and 0 axes}}
  %0 = "hip.tile.map"(%a) <{axes = array<i64>, operandSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%x: f32):
    "hip.tile.yield"(%x) : (f32) -> ()
  }) : (!hip.tile<4x4xf32>) -> !hip.tile<4x4xf32>
  return
}

// -----

func.func @map_of_nothing(%x: f32) {
  // expected-error @+1 {{has no operand; use hip.tile.generate}}
  %0 = "hip.tile.map"() <{axes = array<i64>, operandSegmentSizes = array<i32: 0, 0>}> ({
    "hip.tile.yield"(%x) : (f32) -> ()
  }) : () -> !hip.tile<4x4xf32>
  return
}

// -----

func.func @map_count(%a: !hip.tile<64x64xf32>) {
  // expected-error @+1 {{has 1 operands and a region of 2 arguments}}
  %0 = hip.tile.map %a : !hip.tile<64x64xf32> {
  ^bb0(%x: f32, %y: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x64xf32>
  return
}

// -----

func.func @dot_rows(%c: !hip.tile<64x32xf32>, %a: !hip.tile<32x16xf32>, %b: !hip.tile<32x16xf32>) {
  // expected-error @+1 {{has 32 rows in a and 64 in acc}}
  %0 = hip.tile.dot %c, %a, %b {transpose_b}
    : !hip.tile<64x32xf32>, !hip.tile<32x16xf32>, !hip.tile<32x16xf32>
  return
}

// -----

func.func @dot_inner(%c: !hip.tile<64x32xf32>, %a: !hip.tile<64x16xf32>, %b: !hip.tile<32x8xf32>) {
  // expected-error @+1 {{sums over 16 in a and 8 in b}}
  %0 = hip.tile.dot %c, %a, %b {transpose_b}
    : !hip.tile<64x32xf32>, !hip.tile<64x16xf32>, !hip.tile<32x8xf32>
  return
}

// -----

func.func @dot_type(%c: !hip.tile<64x32xf16>, %a: !hip.tile<64x16xf32>, %b: !hip.tile<32x16xf32>) {
  // expected-error @+1 {{accumulates in f32, got 'f16'}}
  %0 = hip.tile.dot %c, %a, %b {transpose_b}
    : !hip.tile<64x32xf16>, !hip.tile<64x16xf32>, !hip.tile<32x16xf32>
  return
}

// -----

func.func @dot_sign(%c: !hip.tile<64x32xf32>, %a: !hip.tile<64x16xf32>, %b: !hip.tile<16x32xf32>, %masked: i1) {
  // expected-error @+1 {{has a sign, which makes zeros, and skip_zero, which asks what zeros meet; give it one of them}}
  %0 = hip.tile.dot %c, %a, %b skip_zero(%masked) {sign = #hip.sign<positive>}
    : !hip.tile<64x32xf32>, !hip.tile<64x16xf32>, !hip.tile<16x32xf32>
  return
}

// -----

func.func @reduce_dimension(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{folds axis 0 or 1, got 2}}
  %0 = hip.tile.reduce <max> %a {axis = 2 : i64} : !hip.tile<64x32xf32> -> !hip.tile<64xf32>
  return
}

// -----

func.func @reduce_to_columns(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{gives '!hip.tile<64x12xf32>' of '!hip.tile<64x32xf32>'; a matrix has folded columns (axis = 1), and their number divides those of the source}}
  %0 = hip.tile.reduce <sum> %a {axis = 1 : i64} : !hip.tile<64x32xf32> -> !hip.tile<64x12xf32>
  return
}

// -----

func.func @reduce_to_rows(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{gives '!hip.tile<8x32xf32>' of '!hip.tile<64x32xf32>'; a matrix has folded columns (axis = 1)}}
  %0 = hip.tile.reduce <sum> %a {axis = 0 : i64} : !hip.tile<64x32xf32> -> !hip.tile<8x32xf32>
  return
}

// -----

func.func @reduce_to_other_rows(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{gives '!hip.tile<64x8xf32>', got '!hip.tile<32x8xf32>'}}
  %0 = hip.tile.reduce <sum> %a {axis = 1 : i64} : !hip.tile<64x32xf32> -> !hip.tile<32x8xf32>
  return
}

// -----

func.func @reduce_result(%a: !hip.tile<64x32xf32>) {
  // expected-error @+1 {{gives '!hip.tile<64xf32>', got '!hip.tile<32xf32>'}}
  %0 = hip.tile.reduce <max> %a {axis = 1 : i64} : !hip.tile<64x32xf32> -> !hip.tile<32xf32>
  return
}

// -----

func.func @changes_type(%t: !hip.tile<64x32xf32>, %c: i1) {
  // expected-error @+1 {{has changes of its first operand, which is then of the result's type '!hip.tile<64x32xbf16>', got '!hip.tile<64x32xf32>'}}
  %0 = hip.tile.map %t : !hip.tile<64x32xf32> changes(%c : i1) {
  ^bb0(%x: f32):
    %y = arith.truncf %x : f32 to bf16
    hip.tile.yield %y : bf16
  } -> !hip.tile<64x32xbf16>
  return
}

// -----

func.func @changes_rows(%t: !hip.tile<64x32xf32>, %c: !hip.tile<32xi1>) {
  // expected-error @+1 {{has changes of 32 rows, but '!hip.tile<64x32xf32>' has 64}}
  %0 = hip.tile.map %t : !hip.tile<64x32xf32> changes(%c : !hip.tile<32xi1>) {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x32xf32>
  return
}

// -----

func.func @changes_numbers(%t: !hip.tile<64x32xf32>, %c: !hip.tile<64xi32>) {
  // expected-error @+1 {{operand #1 must be 1-bit signless integer or tile of one dimension of i1, but got '!hip.tile<64xi32>'}}
  %0 = hip.tile.map %t : !hip.tile<64x32xf32> changes(%c : !hip.tile<64xi32>) {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<64x32xf32>
  return
}

// -----

func.func @any_of_a_block(%t: !hip.tile<64x64xf32>) {
  // expected-error @+1 {{'hip.tile.any' op operand #0 must be tile of one dimension, but got '!hip.tile<64x64xf32>'}}
  %0 = hip.tile.any %t : !hip.tile<64x64xf32> {
  ^bb0(%x: f32):
    %true = arith.constant true
    hip.tile.yield %true : i1
  }
  return
}

// -----

func.func @gather_rows(%k: memref<1x2x?x64xf32>, %b: index, %j: !hip.tile<32xi32>) {
  %view = hip.tile.view %k[%b, %b, %b] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{takes the numbers of its 16 rows as !hip.tile<16xi32>, got '!hip.tile<32xi32>'}}
  %0 = hip.tile.gather %view rows(%j) : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<16x64xf32>
  return
}

// -----

func.func @gather_columns(%k: memref<1x2x?x64xf32>, %b: index, %j: !hip.tile<32xi32>) {
  %view = hip.tile.view %k[%b, %b, %b] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{'hip.tile.gather' op moves '!hip.rows<64xf32>' to rows of 32 'f32'; make them the same, and widen or round in a hip.tile.map}}
  %0 = hip.tile.gather %view rows(%j) : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<32x32xf32>
  return
}

// -----

func.func @gather_numbers(%k: memref<1x2x?x64xf32>, %b: index, %j: !hip.tile<32xi32>) {
  %view = hip.tile.view %k[%b, %b, %b] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{moves '!hip.rows<64xf32>' to rows of 64 'bf16'}}
  %0 = hip.tile.gather %view rows(%j) : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
  return
}

// -----

func.func @load_numbers(%q: memref<1x8x?x64xbf16>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @+1 {{'hip.tile.load' op moves '!hip.rows<64xbf16>' to rows of 64 'f32'}}
  %0 = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<64x64xf32>
  return
}

// -----

func.func @load_counts(%l: memref<8x64xi32>, %i: index) {
  %view = hip.tile.view %l[%i] : memref<8x64xi32> -> !hip.rows<64xi32>
  // expected-error @+1 {{'hip.tile.load' op reads '!hip.rows<64xi32>'; give it rows of f16, bf16, f32 or i8, such as !hip.rows<64xf32>}}
  %0 = hip.tile.load %view : !hip.rows<64xi32> -> !hip.tile<64x64xi32>
  return
}

// -----

func.func @load_of_numbers(%l: memref<8xf32>, %i: index) {
  %view = hip.tile.view %l[%i] : memref<8xf32> -> !hip.rows<f32>
  // expected-error @+1 {{'hip.tile.load' op reads '!hip.rows<f32>'}}
  %0 = hip.tile.load %view : !hip.rows<f32> -> !hip.tile<64x1xf32>
  return
}

// -----

func.func @store_type(%t: !hip.tile<64x64xi32>, %o: memref<1x8x?x64xf16>, %i: index) {
  %view = hip.tile.view %o[%i, %i, %i] to %i : memref<1x8x?x64xf16> -> !hip.rows<64xf16>
  // expected-error @+1 {{writes numbers of '!hip.tile<64x64xi32>' as 'f16'; f32 is rounded, no other type is converted}}
  hip.tile.store %t, %view : !hip.tile<64x64xi32>, !hip.rows<64xf16>
  return
}

// -----

func.func @store_rank(%t: !hip.tile<64x64xf32>, %o: memref<8x?x64xf16>, %i: index) {
  %view = hip.tile.view %o[%i, %i, %i] to %i : memref<8x?x64xf16> -> !hip.rows<f16>
  // expected-error @+1 {{'hip.tile.store' op writes '!hip.tile<64x64xf32>' to '!hip.rows<f16>'; a row of the tile is a row of the view}}
  hip.tile.store %t, %view : !hip.tile<64x64xf32>, !hip.rows<f16>
  return
}

// -----

func.func @dot_of_integers(%acc: !hip.tile<4x4xf32>, %a: !hip.tile<4x4xi32>) {
  // expected-error @+1 {{multiplies floating-point numbers, got '!hip.tile<4x4xi32>'}}
  %0 = hip.tile.dot %acc, %a, %a : !hip.tile<4x4xf32>, !hip.tile<4x4xi32>, !hip.tile<4x4xi32>
  return
}

// -----

func.func @reduce_of_integers(%a: !hip.tile<4x4xi32>) {
  // expected-error @+1 {{reduces f32, got '!hip.tile<4x4xi32>'; widen its numbers in a hip.tile.map}}
  %0 = hip.tile.reduce <sum> %a {axis = 1 : i64} : !hip.tile<4x4xi32> -> !hip.tile<4xi32>
  return
}

// -----

func.func @reduce_of_bf16(%a: !hip.tile<4x4xbf16>) {
  // expected-error @+1 {{reduces f32, got '!hip.tile<4x4xbf16>'; widen its numbers in a hip.tile.map}}
  %0 = hip.tile.reduce <sum> %a {axis = 1 : i64} : !hip.tile<4x4xbf16> -> !hip.tile<4xbf16>
  return
}

// -----

func.func @map_yields(%a: !hip.tile<4x4xf32>) {
  // expected-error @+1 {{yields one 'bf16' for its result of type '!hip.tile<4x4xbf16>', got 'f32'}}
  %0 = hip.tile.map %a : !hip.tile<4x4xf32> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<4x4xbf16>
  return
}

// -----

func.func @tile_in_region(%a: !hip.tile<4x4xf32>) {
  %0 = hip.tile.map %a : !hip.tile<4x4xf32> {
  ^bb0(%x: f32):
    // expected-error @+1 {{'hip.tile.splat' op is in the region of hip.tile.map, which takes numbers; move it before}}
    %t = hip.tile.splat %x : !hip.tile<4x4xf32>
    hip.tile.yield %x : f32
  } -> !hip.tile<4x4xf32>
  return
}

// -----

func.func @load_vector(%q: memref<1x8x?x64xf32>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{'hip.tile.load' op result #0 must be tile of rows and columns, but got '!hip.tile<64xf32>'}}
  %0 = hip.tile.load %view : !hip.rows<64xf32> -> !hip.tile<64xf32>
  return
}

// -----

func.func @gather_by_matrix(%k: memref<1x2x?x64xf32>, %b: index, %j: !hip.tile<1x32xi32>) {
  %view = hip.tile.view %k[%b, %b, %b] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{'hip.tile.gather' op operand #1 must be tile of one dimension, but got '!hip.tile<1x32xi32>'}}
  %0 = hip.tile.gather %view rows(%j) : !hip.rows<64xf32>, !hip.tile<1x32xi32> -> !hip.tile<32x64xf32>
  return
}

// -----

func.func @gather_by_floats(%k: memref<1x2x?x64xf32>, %b: index, %j: !hip.tile<32xf32>) {
  %view = hip.tile.view %k[%b, %b, %b] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{takes the numbers of its 32 rows as !hip.tile<32xi32>, got '!hip.tile<32xf32>'}}
  %0 = hip.tile.gather %view rows(%j) : !hip.rows<64xf32>, !hip.tile<32xf32> -> !hip.tile<32x64xf32>
  return
}

// -----

func.func @reduce_vector(%a: !hip.tile<64xf32>) {
  // expected-error @+1 {{'hip.tile.reduce' op operand #0 must be tile of rows and columns, but got '!hip.tile<64xf32>'}}
  %0 = hip.tile.reduce <max> %a {axis = 0 : i64} : !hip.tile<64xf32> -> !hip.tile<1xf32>
  return
}

// -----

func.func @dot_vector(%c: !hip.tile<64x32xf32>, %a: !hip.tile<64xf32>) {
  // expected-error @+1 {{'hip.tile.dot' op operand #1 must be tile of rows and columns, but got '!hip.tile<64xf32>'}}
  %0 = hip.tile.dot %c, %a, %a : !hip.tile<64x32xf32>, !hip.tile<64xf32>, !hip.tile<64xf32>
  return
}

// -----

func.func @store_vector(%t: !hip.tile<64xf32>, %o: memref<8x64xf32>, %i: index) {
  %view = hip.tile.view %o[%i] to %i : memref<8x64xf32> -> !hip.rows<64xf32>
  // expected-error @+1 {{writes '!hip.tile<64xf32>' to '!hip.rows<64xf32>'; a row of the tile is a row of the view}}
  hip.tile.store %t, %view : !hip.tile<64xf32>, !hip.rows<64xf32>
  return
}

// -----

func.func @store_columns(%t: !hip.tile<4x64xf32>, %o: memref<8x?x32xf32>, %i: index) {
  %view = hip.tile.view %o[%i, %i] to %i : memref<8x?x32xf32> -> !hip.rows<32xf32>
  // expected-error @+1 {{writes '!hip.tile<4x64xf32>' to '!hip.rows<32xf32>'}}
  hip.tile.store %t, %view : !hip.tile<4x64xf32>, !hip.rows<32xf32>
  return
}

// -----

func.func @splat_of_index(%i: index) {
  // expected-error @+1 {{'hip.tile.splat' op operand #0 must be f16, bf16, f32 or an integer, but got 'index'}}
  %0 = "hip.tile.splat"(%i) : (index) -> !hip.tile<64xi32>
  return
}

// -----

func.func @splat_type(%x: f32) {
  // expected-error @+1 {{value has the tile's element type}}
  %0 = "hip.tile.splat"(%x) : (f32) -> !hip.tile<64xi32>
  return
}

// -----

func.func @yield_index() {
  %0 = hip.tile.generate {
  ^bb0(%i: index):
    // expected-error @+1 {{'hip.tile.yield' op operand #0 must be variadic of f16, bf16, f32 or an integer, but got 'index'}}
    hip.tile.yield %i : index
  } : !hip.tile<64xi32>
  return
}

// -----

// expected-error @+1 {{a tile has one or two static dimensions: numbers, or rows x columns}}
func.func private @cube(%t: !hip.tile<2x2x2xf32>)

// -----

func.func @per_what(%a: !hip.tile<4x4xf32>) {
  // expected-error @+1 {{expected `row` or `column` after `per`}}
  %0 = hip.tile.map %a per cell : !hip.tile<4x4xf32> {
  ^bb0(%x: f32):
    hip.tile.yield %x : f32
  } -> !hip.tile<4x4xf32>
  return
}
