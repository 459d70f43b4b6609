// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S1 heads
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x3x64x64xf16>) {
  // expected-error @below {{S1: 3 key heads do not divide 8 query heads}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x3x64x64xf16>, tensor<1x3x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S1 batch
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<2x2x64x64xf16>) {
  // expected-error @below {{S1: key batch is 2, but query batch is 1}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<2x2x64x64xf16>, tensor<2x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S1 positions
func.func @f(%q: tensor<2x8x64x64xf16>, %k: tensor<2x2x64x64xf16>, %p: tensor<3xi32>) {
  // expected-error @below {{S1: positions dimension 0 is 3, but its size by batch is 2}}
  hip.attention ins(%q, %k, %k : tensor<2x8x64x64xf16>, tensor<2x2x64x64xf16>, tensor<2x2x64x64xf16>)
    positions(%p : tensor<3xi32>) outs(%q : tensor<2x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<2x8x64x64xf16>
  return
}

// -----
// S3 sink of a tree
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S3: sink = 127 is not a multiple of block_k = 2; use 128}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
    {sink = 127} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S3 sink of boxes
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S3: sink = 8 is not a multiple of the first box = 64; use 64}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>
    {sink = 8} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S3 window
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S3: window = -1, but it has to be at least 0}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.window<block_q = 64> {window = -1} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 head size
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x32xf16>) {
  // expected-error @below {{S18: key head size is 32, but query head size is 64}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x32xf16>, tensor<1x2x64x32xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 number of values
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x63x64xf16>) {
  // expected-error @below {{S18: number of values is 63, but number of keys is 64}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x63x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 out
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x32xf16>) {
  // expected-error @below {{S18: out dimension 3 is 64, but its size by [B, Hq, Tq, Dv] is 32}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x32xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 softcap
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: softcap = 0}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> {softcap = 0.0 : f32} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S19 element types
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xbf16>) {
  // expected-error @below {{S19: key has element type 'bf16', but query has 'f16'; make them the same}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S19 lse
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %l: tensor<1x8x63xf32>) {
  // expected-error @below {{S19: lse dimension 2 is 63, but its size by [B, Hq, Tq] is 64}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q, %l : tensor<1x8x64x64xf16>, tensor<1x8x63xf32>) policy #hip.dense<block_q = 64>
    -> tensor<1x8x64x64xf16>, tensor<1x8x63xf32>
  return
}

// -----
// Destination style: results
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{expects a result for each tensor in outs and none for memrefs: 1 results, got 0}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
  return
}

// -----
// Destination style: tensors or memrefs
func.func @f(%q: tensor<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{mixes tensors and memrefs}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S16 number of lists
func.func @f(%q: memref<1x8x100x64xf16>, %k: memref<1x2x100x64xf16>, %b: memref<1x8x1x8xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S16: number of lists is 1, but ceil(Tq / block_q) is 2}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x100x64xf16>, memref<1x2x100x64xf16>, memref<1x2x100x64xf16>)
    list(%b, %c : memref<1x8x1x8xi32>, memref<1x8x1xi32>) outs(%q : memref<1x8x100x64xf16>)
    band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 2}
  return
}

// -----
// S16 selection heads
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x4x1x8xi32>, %c: memref<1x4x1xi32>) {
  // expected-error @below {{S16: the list has 4 selection heads, but it takes 8 (one per query head), 2 (one per key head) or 1}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    list(%b, %c : memref<1x4x1x8xi32>, memref<1x4x1xi32>) outs(%q : memref<1x8x64x64xf16>)
    band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 2}
  return
}

// -----
// S3 chunk and block_k
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{S3: band chunk = 3 is not a multiple of block_k = 2; use 4}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 3> {block_q = 64, block_k = 2}
  return
}

// -----
// S14 block_q of band and list
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{S14: band block_q = 64 is not a multiple of block_q = 48; use 96}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> {block_q = 48, block_k = 2}
  return
}

// -----
// S17 band_start
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %e: memref<1x2xi32>) {
  // expected-error @below {{S17: band_start dimension 1 is 2}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    band_start(%e : memref<1x2xi32>) outs(%q : memref<1x8x64x64xf16>)
    band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 2}
  return
}

// -----
// S21 pairs
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x1xf32>) {
  // expected-error @below {{S21: merges (out, lse) pairs, got 1 outs and 2 lses}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l, %l : memref<1x8x1xf32>, memref<1x8x1xf32>)
    outs(%o : memref<1x8x1x64xf32>)
  return
}

// -----
// S21 shapes
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x2xf32>) {
  // expected-error @below {{S21: partial lse dimension 2 is 2, but its size by out is 1}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l : memref<1x8x2xf32>) outs(%o : memref<1x8x1x64xf32>)
  return
}

// -----
// S3 sink
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S3: sink = -2, but it has to be at least 0}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.window<block_q = 64> {sink = -2} -> tensor<1x8x64x64xf16>
  return
}

// -----
// Static head size of the keys
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x?xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{needs static heads and head size (dimensions 1 and 3), got 'tensor<1x2x64x?xf16>'}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x?xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// Static heads of the query
func.func @f(%q: tensor<1x?x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x?x64x64xf16>) {
  // expected-error @below {{needs static heads and head size (dimensions 1 and 3), got 'tensor<1x?x64x64xf16>'}}
  hip.attention ins(%q, %k, %v : tensor<1x?x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x?x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x?x64x64xf16>
  return
}

// -----
// Static head size of the values
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x?xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{needs a static head size of the values (dimension 3), got 'tensor<1x2x64x?xf16>'}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x?xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 value batch
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<2x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S18: value batch is 2, but key batch is 1}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<2x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 value heads
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x4x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S18: value heads is 4, but key heads is 2}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x4x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S19 value element
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf32>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S19: value has element type 'f32', but key has 'f16'; make them the same}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf32>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S19 out element
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xbf16>) {
  // expected-error @below {{S19: out has element type 'bf16', but query has 'f16'; make them the same}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xbf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xbf16>
  return
}

// -----
// S19 lse element
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>, %o1: tensor<1x8x64xf16>) {
  // expected-error @below {{S19: lse has element type 'f16', but S19 has 'f32'; make them the same}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0, %o1 : tensor<1x8x64x64xf16>, tensor<1x8x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>, tensor<1x8x64xf16>
  return
}

// -----
// S18 scale
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S18: scale has to be finite, got INF; leave it out for 1 / sqrt(D)}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> {scale = 0x7F800000 : f32} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 negative softcap
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S18: softcap = -2}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> {softcap = -2.0 : f32} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 rank of out
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<8x64x64xf16>) {
  // expected-error @below {{S18: out has 3 dimensions, but [B, Hq, Tq, Dv] needs 4}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<8x64x64xf16>
  return
}

// -----
// Destination style: number of outs
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>, %o1: tensor<1x8x64xf32>, %o2: tensor<1x8x64xf32>) {
  // expected-error @below {{expects 1 or 2 outs, got 3}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0, %o1, %o2 : tensor<1x8x64x64xf16>, tensor<1x8x64xf32>, tensor<1x8x64xf32>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>, tensor<1x8x64xf32>, tensor<1x8x64xf32>
  return
}

// -----
// Destination style: result types
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %v: tensor<1x2x64x64xf16>, %o0: tensor<1x8x64x64xf16>) {
  // expected-error @below {{has result type 'tensor<1x8x?x64xf16>', but its out has type 'tensor<1x8x64x64xf16>'}}
  hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o0 : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x?x64xf16>
  return
}

// -----
// Destination style: kinds of outs
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %v: memref<1x2x64x64xf16>, %o0: f32) {
  // expected-error @below {{must be variadic of ranked tensor or memref, but got 'f32'}}
  hip.attention ins(%q, %k, %v : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%o0 : f32)
    policy #hip.dense<block_q = 64>
  return
}

// -----
// S16 blocks without counts
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x4xi32>) {
  // expected-error @below {{S16: a list is blocks and counts, got only blocks}}
  "hip.block_sparse_attention"(%q, %k, %k, %b, %q) <{band = #hip.band<block_q = 64, chunk = 2>,
    block_q = 64 : i64, block_k = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1>}>
    : (memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x4xi32>,
       memref<1x8x64x64xf16>) -> ()
  return
}

// -----
// S16 block_q
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{S16: block_q = 0, but it has to be at least 1}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> {block_q = 0, block_k = 2}
  return
}

// -----
// S16 block_k
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{S16: block_k = 0, but it has to be at least 1}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 0}
  return
}

// -----
// S3 sink and block_k
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>) {
  // expected-error @below {{S3: sink = 3 is not a multiple of block_k = 2; use 4}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2, sink = 3> {block_q = 64, block_k = 2}
  return
}

// -----
// S5 counts of a list
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x4xi32>, %c: memref<1x8x2xi32>) {
  // expected-error @below {{S5: counts dimension 2 is 2, but the same dimension of the list is 1}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    list(%b, %c : memref<1x8x1x4xi32>, memref<1x8x2xi32>) outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 2}
  return
}

// -----
// S16 counts batch
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<2x8x1x4xi32>, %c: memref<2x8x1xi32>) {
  // expected-error @below {{S16: counts batch is 2, but query batch is 1}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    list(%b, %c : memref<2x8x1x4xi32>, memref<2x8x1xi32>) outs(%q : memref<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> {block_q = 64, block_k = 2}
  return
}

// -----
// S21 partial out
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x1xf32>, %x0: memref<1x8x1x32xf32>) {
  // expected-error @below {{S21: partial out dimension 3 is 64, but its size by out is 32}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l : memref<1x8x1xf32>)
    outs(%x0 : memref<1x8x1x32xf32>)
  return
}

// -----
// S21 lse
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x1xf32>, %x0: memref<1x8x1x64xf32>, %x1: memref<1x8x2xf32>) {
  // expected-error @below {{S21: lse dimension 2 is 2, but its size by out is 1}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l : memref<1x8x1xf32>)
    outs(%x0, %x1 : memref<1x8x1x64xf32>, memref<1x8x2xf32>)
  return
}

// -----
// S21 lse element
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x1xf32>, %x0: memref<1x8x1x64xf32>, %x1: memref<1x8x1xf16>) {
  // expected-error @below {{S21: lse has to have 3 dimensions of 'f32', got 'memref<1x8x1xf16>'}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l : memref<1x8x1xf32>)
    outs(%x0, %x1 : memref<1x8x1x64xf32>, memref<1x8x1xf16>)
  return
}

// -----
// S21 out element
func.func @f(%o: memref<1x8x1x64xf32>, %l: memref<1x8x1xf32>, %x0: memref<1x8x1x64xi32>) {
  // expected-error @below {{S21: out has to be f16, bf16 or f32, got 'memref<1x8x1x64xi32>'}}
  hip.merge ins(%o : memref<1x8x1x64xf32>) lse(%l : memref<1x8x1xf32>)
    outs(%x0 : memref<1x8x1x64xi32>)
  return
}

// -----
// S24 faults element
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %b: memref<1x8x4x16xi32>,
             %c: memref<1x8x4xi32>, %o: memref<1x8x4xf32>) {
  // expected-error @below {{S24: faults has to have 3 dimensions of 'i32', got 'memref<1x8x4xf32>'}}
  hip.check_list ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    list(%b, %c : memref<1x8x4x16xi32>, memref<1x8x4xi32>) outs(%o : memref<1x8x4xf32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8}
  return
}

// -----
// S24 faults shape
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %b: memref<1x8x4x16xi32>,
             %c: memref<1x8x4xi32>, %o: memref<1x8x5xi32>) {
  // expected-error @below {{S24: }}
  hip.check_list ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    list(%b, %c : memref<1x8x4x16xi32>, memref<1x8x4xi32>) outs(%o : memref<1x8x5xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8}
  return
}

// -----
// S16 list heads
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %b: memref<1x3x4x16xi32>,
             %c: memref<1x3x4xi32>, %o: memref<1x3x4xi32>) {
  // expected-error @below {{S16: }}
  hip.check_list ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    list(%b, %c : memref<1x3x4x16xi32>, memref<1x3x4xi32>) outs(%o : memref<1x3x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8}
  return
}

// -----
// S3 chunk of a checked list
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %b: memref<1x8x4x16xi32>,
             %c: memref<1x8x4xi32>, %o: memref<1x8x4xi32>) {
  // expected-error @below {{S3: band chunk}}
  hip.check_list ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    list(%b, %c : memref<1x8x4x16xi32>, memref<1x8x4xi32>) outs(%o : memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 16}
  return
}

// -----

// S18 softcap that is not finite
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18: softcap = INF, but it has to be above 0 and finite; leave it out for none}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> {softcap = 0x7F800000 : f32} -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18 two scales
func.func @f(%q: tensor<1x8x64x64xf16>, %s: f32) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18: has scale = 5.000000e-01 as an attribute and a scale operand; keep one}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    scale(%s : f32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    {scale = 0.5 : f32} -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S3 two sinks
func.func @f(%q: tensor<1x8x64x64xf16>, %s: i32) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S3: has sink = 64 as an attribute and a sink operand; keep one}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    sink(%s : i32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.window<block_q = 64>
    {sink = 64} -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S3 two windows
func.func @f(%q: tensor<1x8x64x64xf16>, %w: i32) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S3: has window = 32 as an attribute and a window operand; keep one}}
  %0 = hip.block_sparse_attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    window(%w : i32) outs(%q : tensor<1x8x64x64xf16>) band #hip.band<block_q = 16, chunk = 2, window = 32>
    {block_q = 16 : i64, block_k = 2 : i64} -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----
// S14b summaries without boxes
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %x: tensor<1x2x1x2x64xf16>, %o: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S14b: #hip.dense<block_q = 64> reads no summaries, got 1; leave them out}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    summaries(%x : tensor<1x2x1x2x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S14b summaries of a policy that is chosen
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %x: tensor<1x2x1x2x64xf16>, %o: tensor<1x8x64x64xf16>) {
  // expected-error @below {{reads no summaries, got 1; leave them out}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    summaries(%x : tensor<1x2x1x2x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.auto<tree> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S14b number of summaries
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %x: tensor<1x2x1x2x64xf16>, %o: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S14b: 2 summaries for 1 levels; give one hip.summarize result a level, or none}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    summaries(%x, %x : tensor<1x2x1x2x64xf16>, tensor<1x2x1x2x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.boxes -> tensor<1x8x64x64xf16>
  return
}

// -----
// S10b shape of a summary
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %x: tensor<1x2x1x2x64xf16>, %o: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S10b: summary dimension 2 is 1, but its size by hip.summarize is 2}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    summaries(%x : tensor<1x2x1x2x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.boxes<levels = [(32, 2048)]> -> tensor<1x8x64x64xf16>
  return
}

// -----
// S10b element of a summary
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %x: tensor<1x2x1x2x64xf32>, %o: tensor<1x8x64x64xf16>) {
  // expected-error @below {{S10b: summary has element type 'f32', but key has 'f16'; make them the same}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    summaries(%x : tensor<1x2x1x2x64xf32>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.boxes -> tensor<1x8x64x64xf16>
  return
}
