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
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x2x1x8xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S16: blocks holds 8 blocks per list, but the policy may keep 32; make its dimension 3 at least that}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x2x1x8xi32>, memref<1x2x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S16 width of the list for any number of keys
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x?x64xf16>, %b: memref<1x2x1x255xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S16: blocks holds 255 blocks per list, but the policy may keep 256}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x?x64xf16>)
    outs(%b, %c : memref<1x2x1x255xi32>, memref<1x2x1xi32>)
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
             %b: memref<1x2x1x256xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S14b: #hip.tree<block_q = 64, block_k = 2, keep = 512> reads no summaries, got 1; leave them out}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>) summaries(%x : memref<1x2x1x2x64xf16>)
    outs(%b, %c : memref<1x2x1x256xi32>, memref<1x2x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S14b number of summaries
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>,
             %b: memref<1x2x1x64xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S14b: 2 summaries for 1 levels}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    summaries(%x, %x : memref<1x2x1x2x64xf16>, memref<1x2x1x2x64xf16>)
    outs(%b, %c : memref<1x2x1x64xi32>, memref<1x2x1xi32>)
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
// S16 granule and block_k
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x1x8xi32>) {
  // expected-error @below {{S16: granule = 3 and block_k = 2; one of them has to divide the other}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c : memref<1x8x1x8xi32>, memref<1x8x1xi32>) {granule = 3, block_k = 2}
  return
}

// -----
// S15
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S15: #hip.window<block_q = 64> makes no list}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.window<block_q = 64>
  return
}

// -----
// S1 heads
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x3x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S1: 3 key heads do not divide 8 query heads}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x3x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S3 sink
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: sink = 3 is not a multiple of block_k = 2; use 4}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {sink = 3}
  return
}

// -----
// S3 sink of boxes
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x64xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: sink = 8 is not a multiple of the first box = 32; use 32}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x64xi32>, memref<1x8x1xi32>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(32, 2048)], keep = 512> {sink = 8}
  return
}

// -----
// S3 sink
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: sink = -2, but it has to be at least 0}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {sink = -2}
  return
}

// -----
// S3 window
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: window = -1, but it has to be at least 0}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {window = -1}
  return
}

// -----
// S16 counts
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x2xi32>) {
  // expected-error @below {{S5: counts dimension 2 is 2, but the same dimension of the list is 1}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x2xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S5 element of the blocks
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi64>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S5: blocks has to have 4 dimensions of 'i32', got 'memref<1x8x1x256xi64>'}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi64>, memref<1x8x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S5 rank of the counts
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<8xi32>) {
  // expected-error @below {{S5: counts has to have 3 dimensions of 'i32', got 'memref<8xi32>'}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<8xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S10b shape of a summary
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x4x2x64xf16>, %b: memref<1x2x1x64xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S10b: summary dimension 2 is 4, but its size by hip.summarize is 2}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>) summaries(%x : memref<1x2x4x2x64xf16>)
    outs(%b, %c : memref<1x2x1x64xi32>, memref<1x2x1xi32>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(32, 2048)], keep = 512>
  return
}

// -----
// Destination style: number of outs
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x256xi32>) {
  // expected-error @below {{expects 2 outs, got 1}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>) outs(%b : memref<1x8x1x256xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----
// S10b granule
func.func @f(%k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>) {
  // expected-error @below {{S10b: granule = 0, but it has to be at least 1}}
  hip.summarize ins(%k : memref<1x2x64x64xf16>) outs(%x : memref<1x2x1x2x64xf16>) {granule = 0}
  return
}

// -----
// S10b element of a summary
func.func @f(%k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf32>) {
  // expected-error @below {{S10b: boxes has element type 'f32', but key has 'f16'; make them the same}}
  hip.summarize ins(%k : memref<1x2x64x64xf16>) outs(%x : memref<1x2x1x2x64xf32>) {granule = 64}
  return
}

// -----
// S6 neither
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: give either chunks or size, got neither}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2}
  return
}

// -----
// S6 chunks
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: chunks = 0, but it has to be at least 1}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 0}
  return
}

// -----
// S6 size
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: size = 0, but it has to be at least 1}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, size = 0}
  return
}

// -----
// S6 size and granule
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S6: size = 5 is not a multiple of granule = 2; use 6}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, size = 5}
  return
}

// -----
// S5 granule
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S5: granule = 0, but it has to be at least 1}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 0, chunks = 8}
  return
}

// -----
// S3 chunk and granule
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: band chunk = 3 is not a multiple of granule = 2; use 4}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 3> {granule = 2, chunks = 8}
  return
}

// -----
// S3 sink and granule
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: sink = 5 is not a multiple of granule = 2; use 6}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 2, sink = 5> {granule = 2, chunks = 8}
  return
}

// -----
// S16 selection heads of a partition
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x4x1x8x2xi32>, %c: memref<1x4x1xi32>) {
  // expected-error @below {{S16: the list has 4 selection heads, but it takes 8}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x4x1x8x2xi32>, memref<1x4x1xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 8}
  return
}

// -----
// S16 number of lists of a partition
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %r: memref<1x8x2x8x2xi32>, %c: memref<1x8x2xi32>) {
  // expected-error @below {{S16: number of lists is 2, but ceil(Tq / block_q) is 1}}
  hip.partition ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%r, %c : memref<1x8x2x8x2xi32>, memref<1x8x2xi32>)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 8}
  return
}

// -----
// S7 ways
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x8x1x16x2xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S7: ways = 0, but it has to be at least 1}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1x8x1x16x2xi32>, memref<1x8x1xi32>) {ways = 0}
  return
}

// -----
// S14 query_ways
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x8x1x16x2xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S14: query_ways = 0, but it has to be at least 1}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1x8x1x16x2xi32>, memref<1x8x1xi32>) {ways = 2, query_ways = 0}
  return
}

// -----
// S7 heads
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x4x1x16x2xi32>, %c2: memref<1x4x1xi32>) {
  // expected-error @below {{S7: output dimension 1 is 4, but the same dimension of the input is 8}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1x4x1x16x2xi32>, memref<1x4x1xi32>) {ways = 2}
  return
}

// -----
// S7 number of lists
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x8x2x16x2xi32>, %c2: memref<1x8x2xi32>) {
  // expected-error @below {{S7: number of output lists is 2, but the number of input lists is 1}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1x8x2x16x2xi32>, memref<1x8x2xi32>) {ways = 2}
  return
}

// -----
// S5 rank of the ranges
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S5: ranges has to have 5 dimensions of 'i32', got 'memref<1xi32>'}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1xi32>, memref<1x8x1xi32>) {ways = 2}
  return
}

// -----
// S5 element of the ranges
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: memref<1x8x1x16x2xf32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S5: ranges has to have 5 dimensions of 'i32', got 'memref<1x8x1x16x2xf32>'}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : memref<1x8x1x16x2xf32>, memref<1x8x1xi32>) {ways = 2}
  return
}

// -----
// Destination style: kinds of outs
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %r2: f32, %c2: f32) {
  // expected-error @below {{must be variadic of ranked tensor or memref, but got 'f32'}}
  hip.split ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%r2, %c2 : f32, f32) {ways = 2}
  return
}

// -----
// S5 granule of blocks
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x1x8xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S5: granule = 0, but it has to be at least 1}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c2 : memref<1x8x1x8xi32>, memref<1x8x1xi32>) {granule = 0, block_k = 2}
  return
}

// -----
// S16 block_k
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x1x8xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S16: block_k = 0, but it has to be at least 1}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c2 : memref<1x8x1x8xi32>, memref<1x8x1xi32>) {granule = 2, block_k = 0}
  return
}

// -----
// S16 output counts
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x2x8xi32>, %c2: memref<1x8x2xi32>) {
  // expected-error @below {{S16: output counts dimension 2 is 2, but its size by the input list is 1}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c2 : memref<1x8x2x8xi32>, memref<1x8x2xi32>) {granule = 2, block_k = 2}
  return
}

// -----
// S5 rank of the blocks
func.func @f(%r: memref<1x8x1x8x2xi32>, %c: memref<1x8x1xi32>, %b: memref<1x8x1x8x2xi32>, %c2: memref<1x8x1xi32>) {
  // expected-error @below {{S5: blocks has to have 4 dimensions of 'i32', got 'memref<1x8x1x8x2xi32>'}}
  hip.blocks ins(%r, %c : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
    outs(%b, %c2 : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>) {granule = 2, block_k = 2}
  return
}

// -----
// S15 a union that keeps all
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %b: memref<1x8x1x64xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S15: #hip.union<[#hip.tree<block_q = 64, block_k = 2, keep = 512>, #hip.dense]> makes no list}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x8x1x64xi32>, memref<1x8x1xi32>) policy #hip.union<[tree, dense]>
  return
}

// -----
// S16 room for what all parts keep: 448 / 2 + 64 / 2
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x?x64xf16>, %b: memref<1x2x1x255xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S16: blocks holds 255 blocks per list, but the policy may keep 256}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x?x64xf16>)
    outs(%b, %c : memref<1x2x1x255xi32>, memref<1x2x1xi32>)
    policy #hip.union<[tree<keep = 448>, boxes<keep = 64>]>
  return
}

// -----
// S3 sinks of all parts
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x?x64xf16>, %b: memref<1x8x1x256xi32>, %c: memref<1x8x1xi32>) {
  // expected-error @below {{S3: sink = 96 is not a multiple of what the parts of the union need = 192; use 192}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x?x64xf16>)
    outs(%b, %c : memref<1x8x1x256xi32>, memref<1x8x1xi32>)
    policy #hip.union<[tree<block_k = 6, keep = 30>, boxes<keep = 64>]> {sink = 96}
  return
}

// -----
// S14b summaries of a union: one a level of each part
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>,
             %b: memref<1x2x1x256xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{S14b: 3 summaries for 2 levels}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    summaries(%x, %x, %x : memref<1x2x1x2x64xf16>, memref<1x2x1x2x64xf16>, memref<1x2x1x2x64xf16>)
    outs(%b, %c : memref<1x2x1x256xi32>, memref<1x2x1xi32>)
    policy #hip.union<[boxes<keep = 64>, tree<keep = 64>, union<[boxes<keep = 64>, boxes<keep = 128>]>]>
  return
}

// -----
// S14b summaries without boxes
func.func @f(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>, %x: memref<1x2x1x2x64xf16>,
             %b: memref<1x2x1x64xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{reads no summaries, got 1; leave them out}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    summaries(%x : memref<1x2x1x2x64xf16>) outs(%b, %c : memref<1x2x1x64xi32>, memref<1x2x1xi32>)
    policy #hip.union<[tree]>
  return
}

// -----

// S3 two windows
func.func @f(%q: tensor<1x8x64x64xf16>, %b: tensor<1x8x4x8xi32>, %c: tensor<1x8x4xi32>, %w: i32) -> tensor<1x8x4x8xi32> {
  // expected-error @below {{S3: has window = 32 as an attribute and a window operand; keep one}}
  %0:2 = hip.prune ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) window(%w : i32)
    outs(%b, %c : tensor<1x8x4x8xi32>, tensor<1x8x4xi32>) policy #hip.tree<block_q = 16, block_k = 2, keep = 16>
    {window = 32} -> tensor<1x8x4x8xi32>, tensor<1x8x4xi32>
  return %0#0 : tensor<1x8x4x8xi32>
}

// -----

// S3 two sinks
func.func @f(%q: tensor<1x8x64x64xf16>, %r: tensor<1x8x4x8x2xi32>, %c: tensor<1x8x4xi32>, %s: i32) -> tensor<1x8x4x8x2xi32> {
  // expected-error @below {{S3: has sink = 16 as an attribute and a sink operand; keep one}}
  %0:2 = hip.partition ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) sink(%s : i32)
    outs(%r, %c : tensor<1x8x4x8x2xi32>, tensor<1x8x4xi32>) band #hip.band<block_q = 16, chunk = 2, sink = 16>
    {granule = 2 : i64, chunks = 8 : i64} -> tensor<1x8x4x8x2xi32>, tensor<1x8x4xi32>
  return %0#0 : tensor<1x8x4x8x2xi32>
}

// -----
// S17b summaries of pages of another box
func.func @f(%q: memref<4x8x64x64xf16>, %pages: memref<?x16x2x64xf16>, %x: memref<?x1x2x2x64xf16>,
             %table: memref<4x?xi32>, %lengths: memref<4xi32>, %b: memref<4x2x1x64xi32>, %c: memref<4x2x1xi32>) {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x16x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  %s = hip.kv.summaries %x[%table] lengths(%lengths) {box = 32 : i64, page = 16 : i64}
    : memref<?x1x2x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  // expected-error @below {{S17b: a summary is of boxes of 32 keys, but its level has boxes of 64}}
  hip.prune ins(%q, %k : memref<4x8x64x64xf16>, !hip.kv<4x2x?x64xf16>) summaries(%s : !hip.kv<4x2x?x2x64xf16>)
    outs(%b, %c : memref<4x2x1x64xi32>, memref<4x2x1xi32>) policy #hip.boxes
  return
}

// -----
// S17b summaries of pages with other heads
func.func @f(%q: memref<4x8x64x64xf16>, %k: memref<4x2x64x64xf16>, %x: memref<?x1x4x2x64xf16>,
             %table: memref<4x?xi32>, %lengths: memref<4xi32>, %b: memref<4x2x1x64xi32>, %c: memref<4x2x1xi32>) {
  %s = hip.kv.summaries %x[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : memref<?x1x4x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  // expected-error @below {{S10b: summary dimension 1 is 4, but its size by hip.summarize is 2}}
  hip.prune ins(%q, %k : memref<4x8x64x64xf16>, memref<4x2x64x64xf16>) summaries(%s : !hip.kv<4x4x?x2x64xf16>)
    outs(%b, %c : memref<4x2x1x64xi32>, memref<4x2x1xi32>) policy #hip.boxes
  return
}

// -----
// S17b keys that have no pages
func.func @f(%rows: memref<?x2x64xf16>, %offsets: memref<5xi32>, %n: index, %x: memref<?x1x2x2x64xf16>) {
  %k = hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<5xi32>
  // expected-error @below {{S17b: keeps summaries beside pages, but its keys are of hip.kv.ragged; give it a view of hip.kv.paged}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x2x2x64xf16>) {granule = 64}
  return
}

// -----
// S17b summaries of a page
func.func @f(%k: !hip.kv<4x2x?x64xf16>, %n: index, %x: memref<?x?x2x2x64xf16>) {
  // expected-error @below {{S17b: needs a static number of summaries of a page (dimension 1), got 'memref<?x?x2x2x64xf16>'}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x?x2x2x64xf16>) {granule = 64}
  return
}

// -----
// S17b summaries of a page of keys
func.func @f(%pages: memref<?x64x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>, %n: index,
             %x: memref<?x1x2x2x64xf16>) {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x64x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  // expected-error @below {{S17b: number of summaries of a page is 1, but max(1, page / box) is 4}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x2x2x64xf16>) {granule = 16}
  return
}

// -----
// S17b boxes of a page
func.func @f(%pages: memref<?x64x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>, %n: index,
             %x: memref<?x1x2x2x64xf16>) {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x64x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  // expected-error @below {{S17b: boxes of 48 keys and pages of 64; one of the two has to divide the other}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x2x2x64xf16>) {granule = 48}
  return
}

// -----
// S10b no box
func.func @f(%k: !hip.kv<4x2x?x64xf16>, %n: index, %x: memref<?x1x2x2x64xf16>) {
  // expected-error @below {{S10b: granule = 0, but it has to be at least 1}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x2x2x64xf16>) {granule = 0}
  return
}

// -----
// S17b heads of summaries
func.func @f(%k: !hip.kv<4x2x?x64xf16>, %n: index, %x: memref<?x1x4x2x64xf16>) {
  // expected-error @below {{S17b: summaries dimension 2 is 4, but its size by [P, max(1, page / granule), Hkv, 2, D] is 2}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x4x2x64xf16>) {granule = 64}
  return
}

// -----
// S10b element of summaries
func.func @f(%k: !hip.kv<4x2x?x64xf16>, %n: index, %x: memref<?x1x2x2x64xf32>) {
  // expected-error @below {{S10b: summaries}}
  hip.update_summaries ins(%k : !hip.kv<4x2x?x64xf16>) rows(%n) outs(%x : memref<?x1x2x2x64xf32>) {granule = 64}
  return
}
