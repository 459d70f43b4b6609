// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S15
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x8xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S15: #hip.dense<block_q = 64> makes no list}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x8xi32>, memref<1x8x1xi32>) policy #hip.dense<block_q = 64>
  return
}

// -----
// S16 width of the list
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x8xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S16: blocks dimension 3 is 8, but its size by the policy is 256}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x8xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S16 selection heads
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S16: blocks dimension 1 is 8, but its size by the policy is 2}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {heads = #hip.heads<kv>}
  return
}

// -----
// S14b summaries
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>,
             %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S14b: only #hip.boxes takes summaries, got 1}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>) summaries(%x : memref<1x2x1x2x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S14b number of summaries
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>,
             %b: memref<1x8x1x64xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S14b: 2 summaries for 1 levels}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    summaries(%x, %x : memref<1x2x1x2x64xf16>, memref<1x2x1x2x64xf16>)
    outs(%b, %c : memref<1x8x1x64xi32>, memref<1x8x1xi32>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>
  return
}

// -----
// S10b shape of a summary
func.func @f(%k: memref<1x2x100x64xf16>, %x: memref<1x2x2x2x64xf16>) {
  // expected-error @below {{S10b: boxes dimension 2 is 2, but its size by [B, Hkv, floor(Tk / granule), 2, D] is 1}}
  hip.summarize ins(%k : memref<1x2x100x64xf16>) outs(%x : memref<1x2x2x2x64xf16>) {granule = 64}
  return
}

// -----
// S6
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: give either chunks or size, got both}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 8, size = 2}
  return
}

// -----
// S6 size
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: band chunk = 64 is not a multiple of size = 48; use 96}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 64> {granule = 2, size = 48}
  return
}

// -----
// S5 pairs
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x3xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S5: a range is a pair (start, length), so the last dimension is 2, got 3}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x3xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 8}
  return
}

// -----
// S7 capacity
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x8x1x12x2xi32>) {
  // expected-error @below {{S7: capacity of the output is 12, but ways * capacity of the input is 16}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c : memref<1x8x1x12x2xi32>, memref<1x8x1xi32>) {ways = 2}
  return
}

// -----
// S10 scores
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x9xf32>) {
  // expected-error @below {{S10: scores dimension 3 is 9, but its size by the ranges is 8}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x9xf32>) {block_q = 64, granule = 2}
  return
}

// -----
// S10b box
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10b: kind = box needs `box`, the keys in one summary}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2, kind = #hip.score_kind<box>}
  return
}

// -----
// S10 token on a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x1x2x64xf16>, %r: memref<1x8x1x8x2xi32>,
             %c: memref<1x8x1xi32>, %s: memref<1x8x1x8xf32>) {
  // expected-error @below {{S10: kind = token scores keys of 4 dimensions}}
  hip.score ins(%q, %k, %r, %c : memref<1x8x64x64xf16>, memref<1x2x1x2x64xf16>, memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%s : memref<1x8x1x8xf32>) {block_q = 64, granule = 2}
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
// S16 granule and block_k
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x1x8xi32>) {
  // expected-error @below {{S16: granule = 3 and block_k = 2 have to divide one another}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c : memref<1x8x1x8xi32>, memref<1x8x1xi32>) {granule = 3, block_k = 2}
  return
}
