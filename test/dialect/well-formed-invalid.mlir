// RUN: hip-opt %s --split-input-file --verify-diagnostics

// Attributes that an op does not have, by whatever name: of ops on arrays, of
// views, and of tile ops.

func.func @misspelt(%q: tensor<1x2x?x64xf16>, %o: tensor<1x2x?x64xf16>) -> tensor<1x2x?x64xf16> {
  // expected-error @below {{'hip.attention' op has no attribute 'windw'; did you mean 'window'? It has causal, heads, policy, scale, sink, softcap, window; attributes of your own need a prefix, as in 'my.windw'}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%o : tensor<1x2x?x64xf16>) policy #hip.window<block_q = 64> {sink = 4, windw = 64} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}

// -----

func.func @unlike(%k: tensor<1x1x64x64xf16>, %b: tensor<1x1x1x2x64xf16>) -> tensor<1x1x1x2x64xf16> {
  // expected-error @below {{'hip.summarize' op has no attribute 'zzz'; it has granule}}
  %0 = hip.summarize ins(%k : tensor<1x1x64x64xf16>) outs(%b : tensor<1x1x1x2x64xf16>)
    {granule = 64 : i64, zzz} -> tensor<1x1x1x2x64xf16>
  return %0 : tensor<1x1x1x2x64xf16>
}

// -----

func.func @of_a_view(%k: tensor<1x64x1x64xf16>) {
  // expected-error @below {{'hip.kv.contiguous' op has no attribute 'layot'; did you mean 'layout'?}}
  %0 = hip.kv.contiguous %k {layot = #hip.kv_layout<bthd>} : tensor<1x64x1x64xf16>
  return
}

// -----

func.func @of_a_tile(%x: f32) {
  // expected-error @below {{'hip.tile.splat' op has no attribute 'rows'; it has none}}
  %0 = hip.tile.splat %x {rows = 4 : i64} : !hip.tile<4x4xf32>
  return
}

// -----

// A name with a prefix is a note of somebody else.
func.func @notes(%x: f32) {
  %0 = hip.tile.splat %x {my.note = 4 : i64} : !hip.tile<4x4xf32>
  return
}

// -----

func.func @no_mark(%x: f32) {
  // expected-error @below {{'hip.tile.splat' op has the attribute 'hip.stagse', which no pass reads; did you mean 'hip.stage'?}}
  %0 = hip.tile.splat %x {hip.stagse = 4 : i64} : !hip.tile<4x4xf32>
  return
}

// -----

// expected-error @below {{'func.func' op has 'hip.schedule', which belongs on a hip op on arrays}}
func.func @elsewhere() attributes {hip.schedule = #hip.schedule<threads = 1, rows = 1, columns = 1>} {
  return
}

// -----

func.func @no_schedule(%k: tensor<1x1x64x64xf16>, %b: tensor<1x1x1x2x64xf16>) -> tensor<1x1x1x2x64xf16> {
  // expected-error @below {{'hip.summarize' op has 'hip.schedule' = 7 : i64, but it is a #hip.schedule}}
  %0 = hip.summarize ins(%k : tensor<1x1x64x64xf16>) outs(%b : tensor<1x1x1x2x64xf16>)
    {granule = 64 : i64, hip.schedule = 7 : i64} -> tensor<1x1x1x2x64xf16>
  return %0 : tensor<1x1x1x2x64xf16>
}

// -----

// Sizes are i32, and bytes do not wrap.

func.func @many_keys(%q: tensor<1x2x8x64xf16>, %k: tensor<1x1x2147483648x64xf16>, %o: tensor<1x2x8x64xf16>) {
  // expected-error @below {{S5: dimension 2 of 'tensor<1x1x2147483648x64xf16>' is 2147483648, but positions are i32: at most 2147483647}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x8x64xf16>, tensor<1x1x2147483648x64xf16>, tensor<1x1x2147483648x64xf16>)
    outs(%o : tensor<1x2x8x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x2x8x64xf16>
  return
}

// -----

func.func @many_bytes(%r: tensor<2147483647x1x1073741824x4x2xi32>, %c: tensor<2147483647x1x1073741824xi32>) {
  // expected-error @below {{has an array of more than 2^63 - 1 bytes: 'tensor<2147483647x1x1073741824x4x2xi32>'}}
  %0:2 = hip.split ins(%r, %c : tensor<2147483647x1x1073741824x4x2xi32>, tensor<2147483647x1x1073741824xi32>)
    outs(%r, %c : tensor<2147483647x1x1073741824x4x2xi32>, tensor<2147483647x1x1073741824xi32>) {ways = 1 : i64}
    -> tensor<2147483647x1x1073741824x4x2xi32>, tensor<2147483647x1x1073741824xi32>
  return
}

// -----

func.func @no_head(%q: tensor<1x4x3x0xf32>, %k: tensor<1x2x9x0xf32>) {
  // expected-error @below {{S1: the head size of the queries = 0, but it has to be at least 1}}
  %0 = hip.attention ins(%q, %k, %k : tensor<1x4x3x0xf32>, tensor<1x2x9x0xf32>, tensor<1x2x9x0xf32>)
    outs(%q : tensor<1x4x3x0xf32>) policy #hip.dense<block_q = 64> -> tensor<1x4x3x0xf32>
  return
}

// -----

func.func @no_value(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x0xf32>, %o: tensor<1x4x3x0xf32>) {
  // expected-error @below {{S1: the head size of the values = 0, but it has to be at least 1}}
  %0 = hip.attention ins(%q, %k, %v : tensor<1x4x3x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x0xf32>)
    outs(%o : tensor<1x4x3x0xf32>) policy #hip.dense<block_q = 64> -> tensor<1x4x3x0xf32>
  return
}

// -----

func.func @long_head(%q: tensor<1x1x3x8193xf32>) {
  // expected-error @below {{S1: the head size of the queries = 8193, but it has to be at most 8192}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x3x8193xf32>, tensor<1x1x3x8193xf32>, tensor<1x1x3x8193xf32>)
    outs(%q : tensor<1x1x3x8193xf32>) policy #hip.dense<block_q = 64> -> tensor<1x1x3x8193xf32>
  return
}

// -----

func.func @out_of_unknown_head(%q: tensor<1x1x3x8xf32>, %o: tensor<1x1x3x?xf32>) {
  // expected-error @below {{needs a static head size of out (dimension 3), which is 8, got 'tensor<1x1x3x?xf32>'}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>)
    outs(%o : tensor<1x1x3x?xf32>) policy #hip.dense<block_q = 64> -> tensor<1x1x3x?xf32>
  return
}

// -----

func.func @far_sink(%q: tensor<1x1x3x8xf32>) {
  // expected-error @below {{S3: sink = 9223372036854775806, but it has to be at most 2147483647; positions are i32 (S5)}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>)
    outs(%q : tensor<1x1x3x8xf32>) policy #hip.dense<block_q = 64> {sink = 9223372036854775806 : i64} -> tensor<1x1x3x8xf32>
  return
}

// -----

// Where the next multiple is no position, the last one is named.
func.func @odd_sink(%q: tensor<1x1x3x8xf32>) {
  // expected-error @below {{S3: sink = 2147483647 is not a multiple of block_k = 2; use 2147483646}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>)
    outs(%q : tensor<1x1x3x8xf32>) policy #hip.tree<block_q = 64, block_k = 2, keep = 2> {sink = 2147483647 : i64} -> tensor<1x1x3x8xf32>
  return
}

// -----

func.func @no_score(%q: tensor<1x1x3x8xf32>) {
  // expected-error @below {{S18: the score region has one block, got 0; leave it out for no score}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>, tensor<1x1x3x8xf32>)
    outs(%q : tensor<1x1x3x8xf32>) policy #hip.dense<block_q = 64> score {} -> tensor<1x1x3x8xf32>
  return
}

// -----

func.func @levels(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>, %r: tensor<1x8x64x16x2xi32>,
                  %c: tensor<1x8x64xi32>, %s: tensor<1x8x64x16xf32>) {
  // expected-error @below {{S11: levels = 32, but it has to be at most 31}}
  %0 = hip.descend ins(%q, %k, %r, %c : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>,
                       tensor<1x8x64x16x2xi32>, tensor<1x8x64xi32>)
    outs(%s : tensor<1x8x64x16xf32>) {block_q = 64 : i64, granule = 1 : i64, levels = 32 : i64} -> tensor<1x8x64x16xf32>
  return
}

// -----

// expected-error @below {{S13: block_q = 4294967296, but it has to be at most 2147483647; positions are i32 (S5)}}
func.func private @wide() attributes {p = #hip.tree<block_q = 4294967296, block_k = 2, keep = 2>}

// -----

// expected-error @below {{S14: keep = -9223372036854775808, but it has to be at least 1, or `all`}}
func.func private @least() attributes {p = #hip.stages<[(64, 64, -9223372036854775808, 1)]>}

// -----

// expected-error @below {{a grid of 0 by 4 warps, but a kernel has 1 to 32}}
func.func private @no_warps() attributes {p = #hip.mma<row_warps = 0, column_warps = 4>}

// -----

// expected-error @below {{threads = 2048 have to be 1 or whole warps of 32, at most 1024}}
func.func private @threads() attributes {p = #hip.schedule<threads = 2048, rows = 1, columns = 1>}

// -----

// expected-error @below {{a tile has at most 16777216 numbers, got 16x1099511627776}}
func.func private @huge(%t: !hip.tile<16x1099511627776xf32>)

// -----

// expected-error @below {{a tile holds f16, bf16, f32 or integers of 1 to 64 bits, got 'i0'}}
func.func private @nothing(%t: !hip.tile<16x16xi0>)

// -----

// expected-error @below {{S5: a KV view has a size of 4294967296, but positions are i32: at most 2147483647}}
func.func private @view(%t: !hip.kv<1x1x4294967296x64xf32>)
