// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S16b no list
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: a union has at least one list, got none}}
  "hip.union"(%q, %k, %o, %n) <{band = #hip.band<block_q = 64, chunk = 8>, block_q = 64 : i64, block_k = 8 : i64,
    list_block_k = array<i64>, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 2>}>
    : (memref<1x8x256x64xf16>, memref<1x2x256x64xf16>, memref<1x8x4x16xi32>, memref<1x8x4xi32>) -> ()
  return
}

// -----
// S16b counts of the lists
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: 1 lists have 2 counts and 1 numbers in list_block_k; give one of each for every list}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c, %c : memref<1x8x4xi32>, memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S16b block_k of the lists
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: 2 lists have 2 counts and 1 numbers in list_block_k}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a, %a : memref<1x8x4x16xi32>, memref<1x8x4x16xi32>) counts(%c, %c : memref<1x8x4xi32>, memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S16b a list that is no number of blocks
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: list_block_k of list 0 = 12 is not a multiple of block_k = 8; use 16}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 12>}
  return
}

// -----
// S16b a list of no keys
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: list_block_k of list 0 = 0, but it has to be at least 1}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 0>}
  return
}

// -----
// S16b lists of other query blocks
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x3x16xi32>, %c: memref<1x8x3xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: counts of list 0 dimension 2 is 3, but its size by the result is 4}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x3x16xi32>) counts(%c : memref<1x8x3xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S5 a list and its counts
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x3xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S5: counts dimension 2 is 3, but the same dimension of the list is 4}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x3xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S16b room
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: the result holds 16 blocks, but there may be 32; make its dimension 3 at least that}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 16>}
  return
}

// -----
// S16b room for every candidate
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x99xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S16b: the result holds 16 blocks, but there may be 32}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x99xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S5 rank of the result
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S5: blocks has to have 4 dimensions of 'i32', got 'memref<1x8x4xi32>'}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S16 heads of the result
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x3x4x16xi32>, %c: memref<1x3x4xi32>,
             %o: memref<1x3x4x16xi32>, %n: memref<1x3x4xi32>) {
  // expected-error @below {{S16: the list has 3 selection heads}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x3x4x16xi32>) counts(%c : memref<1x3x4xi32>) outs(%o, %n : memref<1x3x4x16xi32>, memref<1x3x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S3 chunk of a union
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S3: band chunk = 4 is not a multiple of block_k = 8}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 4> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S3 sink of a union
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S3: sink = 4 is not a multiple of block_k = 8}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8, sink = 4> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S17 band_start of a union
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>, %e: memref<1x3xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S17: band_start dimension 1 is 3}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) band_start(%e : memref<1x3xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S18 keys of a union
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x32xf16>, %a: memref<1x8x4x16xi32>, %c: memref<1x8x4xi32>,
             %o: memref<1x8x4x16xi32>, %n: memref<1x8x4xi32>) {
  // expected-error @below {{S18: key head size is 32, but query head size is 64}}
  hip.union ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x32xf16>)
    lists(%a : memref<1x8x4x16xi32>) counts(%c : memref<1x8x4xi32>) outs(%o, %n : memref<1x8x4x16xi32>, memref<1x8x4xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
  return
}

// -----
// S17 chunk of a union that does not hold the policy's
func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>, %b: tensor<1x2x64x256xi32>,
             %c: tensor<1x2x64xi32>) {
  // expected-error @below {{S17: chunk = 63 is not a multiple of the policy's chunk = 2; use 64}}
  hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>)
    policy #hip.tree {causal, chunk = 63 : i64} -> tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
  return
}

// -----
// S17 no chunk
func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>, %b: tensor<1x2x64x256xi32>,
             %c: tensor<1x2x64xi32>) {
  // expected-error @below {{S17: chunk = 0, but it has to be at least 1}}
  hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>)
    policy #hip.tree {causal, chunk = 0 : i64} -> tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
  return
}
