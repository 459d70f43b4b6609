// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S10 scores
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x9xf32>) {
  // expected-error @below {{S10: scores dimension 3 is 9, but its size by the ranges is 8}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x9xf32>) {block_q = 64, granule = 2}
  return
}

// -----
// S10b: what samples keys says nothing of a bound
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: #hip.box<64> bounds all keys of a box, so 'k_stride' says nothing; leave it out}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, k_stride = 2, kind = #hip.box<64>}
  return
}

// -----
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: #hip.box<64> bounds all keys of a box, so 'representative' says nothing; leave it out}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, representative = #hip.representative<last>, kind = #hip.box<64>}
  return
}

// -----
// S10 token on a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10: #hip.token scores keys of 4 dimensions}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2}
  return
}

// -----
// S10c mean of a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10: #hip.mean scores keys of 4 dimensions, got 'memref<1x2x1x2x64xf16>'; a hip.summarize result is scored by #hip.box}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.mean}
  return
}

// -----
// S9
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S9: reduce = mean needs a q_stride that is a power of two, got 3}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, q_stride = 3, reduce = #hip.reduce<mean>}
  return
}

// -----
// S11
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S11: levels = -1, but it has to be at least 0}}
  hip.descend ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, levels = -1}
  return
}

// -----
// S12 capacity
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>, %r2: memref<1x8x1x3x2xi32>) {
  // expected-error @below {{S12: the output holds 3 ranges, but min(keep, capacity) = 4 may be kept}}
  hip.select ins(%r, %c, %s : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>, memref<1x8x1x8xf32>)
    outs(%r2, %c : memref<1x8x1x3x2xi32>, memref<1x8x1xi32>) {keep = 4}
  return
}

// -----
// S5 granule of scores
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S5: granule = 0, but it has to be at least 1}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 0}
  return
}

// -----
// S8 k_stride
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S8: k_stride = 0, but it has to be at least 1}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, k_stride = 0}
  return
}

// -----
// S9 q_stride
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S9: q_stride = 0, but it has to be at least 1}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, q_stride = 0}
  return
}

// -----
// S1 block_q
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S1: block_q = 0, but it has to be at least 1}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 0, granule = 2}
  return
}

// -----
// S10 element of the scores
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf16>) {
  // expected-error @below {{S10: scores has to have 4 dimensions of 'f32', got 'memref<1x8x1x8xf16>'}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf16>) {block_q = 64, granule = 2}
  return
}

// -----
// S10b keys are no summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: #hip.box<64> scores a hip.summarize result of 5 dimensions}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<64>}
  return
}

// -----
// S10b minimum and maximum
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x3x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: dimension 3 of a summary holds minimum and maximum, so it is 2, got 3}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x3x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<64>}
  return
}

// -----
// S10b box and granule
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: box = 63 is not a multiple of granule = 2; use 64}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<63>}
  return
}

// -----
// S18 head size of a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x32xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S18: summary head size is 32, but query head size is 64}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x32xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<64>}
  return
}

// -----
// S1 heads of a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x3x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S1: 3 key heads do not divide 8 query heads}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x3x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<64>}
  return
}

// -----
// S10b element of a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf32>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: summary has element type 'f32', but query has 'f16'; make them the same}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf32>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.box<64>}
  return
}

// -----
// S18 head size of a descent
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x32xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S18: key head size is 32, but query head size is 64}}
  hip.descend ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x32xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, levels = 1}
  return
}

// -----
// S12 keep
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>, %r2: memref<1x8x1x4x2xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S12: keep = 0, but it has to be at least 1}}
  hip.select ins(%r, %c, %s : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>, memref<1x8x1x8xf32>)
    outs(%r2, %c2 : memref<1x8x1x4x2xi32>, memref<1x8x1xi32>) {keep = 0}
  return
}

// -----
// S12 scores
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x7xf32>, %r2: memref<1x8x1x4x2xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S12: scores dimension 3 is 7, but its size by the ranges is 8}}
  hip.select ins(%r, %c, %s : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>, memref<1x8x1x7xf32>)
    outs(%r2, %c2 : memref<1x8x1x4x2xi32>, memref<1x8x1xi32>) {keep = 4}
  return
}

// -----
// S12 output counts
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>, %r2: memref<1x4x1x4x2xi32>, %c2: memref<1x4x1xi32>) {
  // expected-error @below {{S12: output counts dimension 1 is 4, but its size by the input list is 8}}
  hip.select ins(%r, %c, %s : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>, memref<1x8x1x8xf32>)
    outs(%r2, %c2 : memref<1x4x1x4x2xi32>, memref<1x4x1xi32>) {keep = 4}
  return
}

// -----
// S10b: sizes of a box score that nothing divides by
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x4x2x64xf16>, %r: tensor<1x8x1x4x2xi32>, %c: tensor<1x8x1xi32>, %s: tensor<1x8x1x4xf32>) {
  // expected-error @below {{S10b: granule = 0, but it has to be at least 1}}
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x2x4x2x64xf16>, tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>)
    outs(%s : tensor<1x8x1x4xf32>) {block_q = 64 : i64, granule = 0 : i64, kind = #hip.box<64>} -> tensor<1x8x1x4xf32>
  return
}

// -----
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x4x2x64xf16>, %r: tensor<1x8x1x4x2xi32>, %c: tensor<1x8x1xi32>, %s: tensor<1x8x1x4xf32>) {
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x2x4x2x64xf16>, tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>)
    // expected-error @below {{S10b: box = 0, but it has to be at least 1}}
    outs(%s : tensor<1x8x1x4xf32>) {block_q = 64 : i64, granule = 64 : i64, kind = #hip.box<0>} -> tensor<1x8x1x4xf32>
  return
}

// -----
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x0x4x2x64xf16>, %r: tensor<1x8x1x4x2xi32>, %c: tensor<1x8x1xi32>, %s: tensor<1x8x1x4xf32>) {
  // expected-error @below {{S1: 0 key heads do not divide 8 query heads}}
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x0x4x2x64xf16>, tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>)
    outs(%s : tensor<1x8x1x4xf32>) {block_q = 64 : i64, granule = 64 : i64, kind = #hip.box<64>} -> tensor<1x8x1x4xf32>
  return
}

// -----
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x?x4x2x64xf16>, %r: tensor<1x8x1x4x2xi32>, %c: tensor<1x8x1xi32>, %s: tensor<1x8x1x4xf32>) {
  // expected-error @below {{needs static heads and head sizes, got 'tensor<1x8x64x64xf16>' and 'tensor<1x?x4x2x64xf16>'}}
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x?x4x2x64xf16>, tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>)
    outs(%s : tensor<1x8x1x4xf32>) {block_q = 64 : i64, granule = 64 : i64, kind = #hip.box<64>} -> tensor<1x8x1x4xf32>
  return
}
