// RUN: hip-opt %s --split-input-file --verify-diagnostics

// What an op's syntax has a place for is not among its attributes too, where it would win.

func.func @kernel(%n: index) {
  // expected-error @below {{'threads' = 7 : i64 among the attributes, but it has a place in the op's syntax; write it there alone}}
  hip.tile.kernel grid(%n) threads(1) {threads = 7 : i64} (%x) {}
  return
}

// -----
func.func @shared(%n: index) {
  // expected-error @below {{'shared_bytes' = 64 : i64 among the attributes}}
  hip.tile.kernel grid(%n) threads(1) {shared_bytes = 64 : i64} (%x) {}
  return
}

// -----
func.func @policy(%q: tensor<1x2x8x16xf32>, %k: tensor<1x1x8x16xf32>) -> tensor<1x2x8x16xf32> {
  // expected-error @below {{'policy' = #hip.dense among the attributes}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x8x16xf32>, tensor<1x1x8x16xf32>, tensor<1x1x8x16xf32>)
    outs(%q : tensor<1x2x8x16xf32>) policy #hip.tree {policy = #hip.dense} -> tensor<1x2x8x16xf32>
  return %0 : tensor<1x2x8x16xf32>
}

// -----
func.func @pruned(%q: tensor<1x2x8x16xf32>, %k: tensor<1x1x8x16xf32>, %b: tensor<1x1x1x4xi32>, %c: tensor<1x1x1xi32>) {
  // expected-error @below {{'policy' = #hip.boxes}}
  %0:2 = hip.prune ins(%q, %k : tensor<1x2x8x16xf32>, tensor<1x1x8x16xf32>)
    outs(%b, %c : tensor<1x1x1x4xi32>, tensor<1x1x1xi32>) policy #hip.tree<keep = 8> {policy = #hip.boxes}
    -> tensor<1x1x1x4xi32>, tensor<1x1x1xi32>
  return
}

// -----
func.func @band(%q: memref<1x2x8x16xf32>, %k: memref<1x1x8x16xf32>) {
  // expected-error @below {{'band' = #hip.band<block_q = 8, chunk = 1>}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x2x8x16xf32>, memref<1x1x8x16xf32>, memref<1x1x8x16xf32>)
    outs(%q : memref<1x2x8x16xf32>) band #hip.band<block_q = 4, chunk = 1>
    {block_q = 4 : i64, block_k = 1 : i64, band = #hip.band<block_q = 8, chunk = 1>}
  return
}

// -----
// How operands are grouped is what the syntax says.
func.func @groups(%q: memref<1x2x8x16xf32>, %k: memref<1x1x8x16xf32>, %r: memref<1x1x1x4x2xi32>, %c: memref<1x1x1xi32>) {
  // expected-error @below {{'operandSegmentSizes' among the attributes, but it follows from the operands; leave it out}}
  hip.partition ins(%q, %k : memref<1x2x8x16xf32>, memref<1x1x8x16xf32>)
    outs(%r, %c : memref<1x1x1x4x2xi32>, memref<1x1x1xi32>) band #hip.band<block_q = 8, chunk = 1>
    {granule = 1 : i64, chunks = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1>}
  return
}

// -----
func.func @reduced(%v: f32) {
  %t = hip.tile.splat %v : <4x4xf32>
  // expected-error @below {{'kind' = #hip.tile_reduce<max> among the attributes}}
  %r = hip.tile.reduce <sum> %t {axis = 1 : i64, kind = #hip.tile_reduce<max>} : <4x4xf32> -> <4xf32>
  return
}

// -----
func.func @mapped(%v: f32) {
  %t = hip.tile.splat %v : <4x4xf32>
  %r = hip.tile.splat %v : <4xf32>
  // expected-error @below {{'axes' = array<i64: -1, 1> among the attributes}}
  %m = hip.tile.map %t, %r per row : !hip.tile<4x4xf32>, !hip.tile<4xf32> {
  ^bb0(%a: f32, %b: f32):
    hip.tile.yield %a : f32
  } {axes = array<i64: -1, 1>} -> !hip.tile<4x4xf32>
  return
}

// -----
func.func @stored(%k: memref<1x8x2x16xf32>) {
  // expected-error @below {{'layout' = #hip.kv_layout<bhtd> among the attributes}}
  %0 = hip.kv.contiguous %k layout<bthd> {layout = #hip.kv_layout<bhtd>} : memref<1x8x2x16xf32>
  return
}

// -----
func.func @roles() {
  // expected-error @below {{'producers' = 256 : i64 among the attributes}}
  hip.gpu.roles consumers(128, registers = 240) {
  } producers(128, registers = 24) {
  } {producers = 256 : i64}
  return
}

// -----
func.func @viewed(%k: memref<2x8x16xf32>, %i: index) {
  // expected-error @below {{'map' = affine_map<(d0) -> (d0, 0)> among the attributes}}
  %0 = hip.tile.view %k[%i, %i] {map = affine_map<(d0) -> (d0, 0)>} : memref<2x8x16xf32> -> !hip.rows<16xf32>
  return
}

// -----
func.func @paged(%k: memref<?x8x16xf32>, %table: memref<1x4xi32>, %i: index) {
  // expected-error @below {{'page' = 16 : i64 among the attributes}}
  %0 = hip.tile.view %k[%i, %i] rows (d0, d1) -> (d1, d0 mod 8) at %table[%i] pages of 8 {page = 16 : i64}
    : memref<?x8x16xf32>, memref<1x4xi32> -> !hip.rows<16xf32>
  return
}

// -----
func.func @ended(%k: memref<2x8x16xf32>, %i: index) {
  // expected-error @below {{'operandSegmentSizes' among the attributes}}
  %0 = hip.tile.view %k[%i, %i] to %i {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : memref<2x8x16xf32> -> !hip.rows<16xf32>
  return
}

// -----
func.func @loaded(%v: !hip.rows<16xf32>) {
  // expected-error @below {{'boundary' = #hip.boundary<zero> among the attributes}}
  %0 = hip.tile.load %v boundary <clamp> {boundary = #hip.boundary<zero>} : !hip.rows<16xf32> -> !hip.tile<8x16xf32>
  return
}

// -----
func.func @copied(%v: !hip.rows<16xf32>, %m: !hip.smem<8x16xf32, pitch = 64>) {
  // expected-error @below {{'boundary' = #hip.boundary<clamp> among the attributes}}
  hip.gpu.copy %v, %m {boundary = #hip.boundary<clamp>} : !hip.rows<16xf32>, !hip.smem<8x16xf32, pitch = 64>
  return
}
