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
// S18 score region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: the score region takes (score f32, b, h, i, j index), got ('f32')}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32):
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 softcap and region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: takes softcap or a score region, not both}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } {softcap = 1.0 : f32} -> tensor<1x8x64x64xf16>
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
  // expected-error @below {{S16: the list has 4 selection heads, but it takes 8 (one a query head), 2 (one a key head) or 1}}
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
// S23 page size
func.func @f(%pages: memref<?x12x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{S23: the page size (dimension 1 of pages) has to be a static power of two, got 12}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x12x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  return
}

// -----
// S23 lengths
func.func @f(%pages: memref<?x16x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<3xi32>) {
  // expected-error @below {{S23: lengths is 3, but the table's batch is 4}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x16x2x64xf16>, memref<4x?xi32>, memref<3xi32>
  return
}

// -----
// S23 offsets
func.func @f(%rows: memref<?x2x64xf16>, %offsets: memref<1xi32>) {
  // expected-error @below {{S23: offsets has 1 entries, but batch + 1, so at least 2, are needed}}
  hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<1xi32>
  return
}
