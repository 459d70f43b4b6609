// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S1b rank of a view
// expected-error @below {{S1b: a view of queries has 4 dimensions [B, Hq, Tq, D], got 3}}
func.func private @f(!hip.query<8x?x64xf16>)

// -----
// S1b rows of entries
// expected-error @below {{S1b: entries of a view of queries have each their own number of rows, got 9; make dimension 2 dynamic}}
func.func private @f(!hip.query<1x8x9x64xf16>)

// -----
// S1b element
// expected-error @below {{S1b: a view of queries is read as f16, bf16 or f32, got 'f8E5M2'}}
func.func private @f(!hip.query<1x8x?x64xf8E5M2>)

// -----
// S1b one array for all entries
func.func @f(%q: memref<4x8x?x64xf16>, %offsets: memref<5xi32>, %most: index) {
  // expected-error @below {{S1b: packed queries are [1, Hq, total, D], whose dimension 0 is 1, got 'memref<4x8x?x64xf16>'}}
  %0 = hip.query.ragged %q[%offsets] most(%most) : memref<4x8x?x64xf16>, memref<5xi32>
  return
}

// -----
// S1b offsets
func.func @f(%q: memref<1x8x?x64xf16>, %offsets: memref<0xi32>, %most: index) {
  // expected-error @below {{S1b: offsets has 0 entries, but batch + 1, so at least 1, are needed}}
  %0 = hip.query.ragged %q[%offsets] most(%most) : memref<1x8x?x64xf16>, memref<0xi32>
  return
}

// -----
// S1b static heads
func.func @f(%q: memref<1x?x?x64xf16>, %offsets: memref<5xi32>, %most: index) {
  // expected-error @below {{S1b: a view of queries has static heads and head size; make dimensions 1 and 3 static}}
  %0 = hip.query.ragged %q[%offsets] most(%most) : memref<1x?x?x64xf16>, memref<5xi32>
  return
}

// -----
// Tensors and memrefs
func.func @f(%q: memref<1x8x?x64xf16>, %offsets: tensor<5xi32>, %most: index) {
  // expected-error @below {{mixes tensors and memrefs: 'tensor<5xi32>' beside 'memref<1x8x?x64xf16>'}}
  %0 = hip.query.ragged %q[%offsets] most(%most) : memref<1x8x?x64xf16>, tensor<5xi32>
  return
}

// -----
// S1b out is packed
func.func @f(%q: tensor<1x8x?x64xf16>, %offsets: tensor<5xi32>, %most: index, %k: !hip.kv<4x2x?x64xf16>,
             %out: tensor<4x8x?x64xf16>) -> tensor<4x8x?x64xf16> {
  %p = hip.query.ragged %q[%offsets] most(%most) : tensor<1x8x?x64xf16>, tensor<5xi32>
  // expected-error @below {{S18: out dimension 0 is 4, but its size by [1, Hq, total, Dv] is 1}}
  %0 = hip.attention ins(%p, %k, %k : !hip.query<4x8x?x64xf16>, !hip.kv<4x2x?x64xf16>, !hip.kv<4x2x?x64xf16>)
    outs(%out : tensor<4x8x?x64xf16>) policy #hip.dense -> tensor<4x8x?x64xf16>
  return %0 : tensor<4x8x?x64xf16>
}

// -----
// S1b lse is packed
func.func @f(%q: tensor<1x8x?x64xf16>, %offsets: tensor<5xi32>, %most: index, %k: !hip.kv<4x2x?x64xf16>,
             %out: tensor<1x8x?x64xf16>, %lse: tensor<4x8x?xf32>) -> (tensor<1x8x?x64xf16>, tensor<4x8x?xf32>) {
  %p = hip.query.ragged %q[%offsets] most(%most) : tensor<1x8x?x64xf16>, tensor<5xi32>
  // expected-error @below {{S19: lse dimension 0 is 4, but its size by [1, Hq, total] is 1}}
  %0:2 = hip.attention ins(%p, %k, %k : !hip.query<4x8x?x64xf16>, !hip.kv<4x2x?x64xf16>, !hip.kv<4x2x?x64xf16>)
    outs(%out, %lse : tensor<1x8x?x64xf16>, tensor<4x8x?xf32>) policy #hip.dense
    -> tensor<1x8x?x64xf16>, tensor<4x8x?xf32>
  return %0#0, %0#1 : tensor<1x8x?x64xf16>, tensor<4x8x?xf32>
}

// -----
// S1 entries of keys
func.func @f(%q: tensor<1x8x?x64xf16>, %offsets: tensor<5xi32>, %most: index, %k: !hip.kv<3x2x?x64xf16>,
             %out: tensor<1x8x?x64xf16>) -> tensor<1x8x?x64xf16> {
  %p = hip.query.ragged %q[%offsets] most(%most) : tensor<1x8x?x64xf16>, tensor<5xi32>
  // expected-error @below {{S1: key batch is 3, but query batch is 4}}
  %0 = hip.attention ins(%p, %k, %k : !hip.query<4x8x?x64xf16>, !hip.kv<3x2x?x64xf16>, !hip.kv<3x2x?x64xf16>)
    outs(%out : tensor<1x8x?x64xf16>) policy #hip.dense -> tensor<1x8x?x64xf16>
  return %0 : tensor<1x8x?x64xf16>
}
