// RUN: hip-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{a row has one dimension, numbers side by side, got 2}}
func.func private @two_dimensions(!hip.rows<4x64xf32>)

// -----

// expected-error @+1 {{a row has 1 to 16777216 numbers, got ?}}
func.func private @of_any_size(!hip.rows<?xf32>)

// -----

// expected-error @+1 {{a row has 1 to 16777216 numbers, got 0}}
func.func private @of_nothing(!hip.rows<0xf32>)

// -----

// expected-error @+1 {{rows are of f16, bf16, f32, i32 or i8, got 'f8E5M2'}}
func.func private @narrow(!hip.rows<64xf8E5M2>)

// -----

func.func @too_few_indices(%q: memref<1x8x?x64xbf16>, %i: index) {
  // expected-error @+1 {{'hip.tile.view' op has 2 indices into 'memref<1x8x?x64xbf16>'; 3 are needed for '!hip.rows<64xbf16>'}}
  %0 = hip.tile.view %q[%i, %i] : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  return
}

// -----

func.func @index_of_a_number(%q: memref<8x64xbf16>, %i: index) {
  // expected-error @+1 {{has 1 indices into 'memref<8x64xbf16>'; 2 are needed for '!hip.rows<bf16>'}}
  %0 = hip.tile.view %q[%i] : memref<8x64xbf16> -> !hip.rows<bf16>
  return
}

// -----

func.func @no_index(%q: memref<64xbf16>) {
  // expected-error @+1 {{has 0 indices into 'memref<64xbf16>'; 0 are needed for '!hip.rows<64xbf16>'}}
  %0 = hip.tile.view %q[] : memref<64xbf16> -> !hip.rows<64xbf16>
  return
}

// -----

func.func @other_rows(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{gives '!hip.rows<32xf32>', but the rows of 'memref<8x?x64xf32>' are others; make them the same}}
  %0 = hip.tile.view %q[%i, %i] : memref<8x?x64xf32> -> !hip.rows<32xf32>
  return
}

// -----

func.func @other_numbers(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{gives '!hip.rows<64xf16>', but the rows of 'memref<8x?x64xf32>' are others}}
  %0 = hip.tile.view %q[%i, %i] : memref<8x?x64xf32> -> !hip.rows<64xf16>
  return
}

// -----

func.func @dynamic_rows(%q: memref<8x?x?xf32>, %i: index) {
  // expected-error @+1 {{gives '!hip.rows<64xf32>', but the rows of 'memref<8x?x?xf32>' are others}}
  %0 = hip.tile.view %q[%i, %i] : memref<8x?x?xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_of_two_rows(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has a map of 2 dimensions and 0 symbols; it takes 1: the row}}
  %0 = hip.tile.view %q[%i, %i] rows (d0, d1) -> (d1, d0) : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_with_symbol(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has a map of 1 dimensions and 1 symbols; it takes 1: the row}}
  %0 = hip.tile.view %q[%i, %i] rows (d0)[s0] -> (s0, d0) : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_without_table(%q: memref<?x64xf32>, %starts: memref<3xi32>, %i: index) {
  // expected-error @+1 {{has a map of 1 dimensions and 0 symbols; it takes 2: the row, and what the table says of it}}
  %0 = hip.tile.view %q[%i] at %starts[%i] : memref<?x64xf32>, memref<3xi32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_of_three_results(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has a map of 3 results for 2 indices; make them the same}}
  %0 = hip.tile.view %q[%i, %i] rows (d0) -> (0, 0, d0) : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_by_zero(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has the map affine_map<(d0) -> (d0 mod 0, d0)>, but it adds, multiplies, and has floordiv and mod by numbers of at least 1, and nothing negative}}
  %0 = "hip.tile.view"(%q, %i, %i) <{map = affine_map<(d0) -> (d0 mod 0, d0)>, operandSegmentSizes = array<i32: 1, 2, 0, 0, 0>}> : (memref<8x?x64xf32>, index, index) -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_backwards(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has the map affine_map<(d0) -> (0, -d0)>, but it}}
  %0 = hip.tile.view %q[%i, %i] rows (d0) -> (0, -d0) : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @map_that_rounds_up(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has the map affine_map<(d0) -> (0, d0 ceildiv 2)>, but it}}
  %0 = hip.tile.view %q[%i, %i] rows (d0) -> (0, d0 ceildiv 2) : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @end_of_every_other_row(%q: memref<8x?x64xf32>, %i: index) {
  // expected-error @+1 {{has an end and the map affine_map<(d0) -> (0, d0 * 2)>; the last result has to be d0 or d0 floordiv n}}
  %0 = hip.tile.view %q[%i, %i] rows (d0) -> (0, d0 * 2) to %i : memref<8x?x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @no_entry(%q: memref<?x64xf32>, %starts: memref<3xi32>, %i: index) {
  // expected-error @+1 {{has a table or an entry of it; give it both}}
  %0 = "hip.tile.view"(%q, %i, %starts) <{map = affine_map<(d0, d1) -> (d0 + d1)>, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>}> : (memref<?x64xf32>, index, memref<3xi32>) -> !hip.rows<64xf32>
  return
}

// -----

func.func @pages_of_nothing(%q: memref<?x16x64xf32>, %table: memref<1x3xi32>, %i: index) {
  // expected-error @+1 {{has pages of 0 rows; they have 1 to}}
  %0 = hip.tile.view %q[%i, %i] rows (d0, d1) -> (d1, d0) at %table[%i] pages of 0 : memref<?x16x64xf32>, memref<1x3xi32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @pages_without_table(%q: memref<?x16x64xf32>, %i: index) {
  // expected-error @+1 {{has pages and no table that says where they are; give it one by `at`}}
  %0 = hip.tile.view %q[%i, %i] pages of 16 : memref<?x16x64xf32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @pages_by_starts(%q: memref<?x16x64xf32>, %starts: memref<3xi32>, %i: index) {
  // expected-error @+1 {{reads the table 'memref<3xi32>'; a table of pages has two dimensions}}
  %0 = hip.tile.view %q[%i, %i] rows (d0, d1) -> (d1, d0 mod 16) at %starts[%i] pages of 16 : memref<?x16x64xf32>, memref<3xi32> -> !hip.rows<64xf32>
  return
}

// -----

func.func @starts_by_pages(%q: memref<?x64xf32>, %table: memref<1x3xi32>, %i: index) {
  // expected-error @+1 {{reads the table 'memref<1x3xi32>'; a table of starts has one dimension}}
  %0 = hip.tile.view %q[%i] rows (d0, d1) -> (d0 + d1) at %table[%i] : memref<?x64xf32>, memref<1x3xi32> -> !hip.rows<64xf32>
  return
}
