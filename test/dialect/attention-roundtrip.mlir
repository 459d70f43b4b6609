// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --mlir-print-op-generic | hip-opt | FileCheck %s

// CHECK-LABEL: func @policies
func.func @policies(%q: tensor<1x8x?x64xf16>, %k: tensor<1x2x?x64xf16>, %o: tensor<1x8x?x64xf16>,
                    %l: tensor<1x8x?xf32>) {
  // CHECK: policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {causal, heads = #hip.heads<query>, sink = 128 : i64, window = 1024 : i64}
  %0:2 = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%o, %l : tensor<1x8x?x64xf16>, tensor<1x8x?xf32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512, representative = center, q_stride = 1>
    {causal, sink = 128, window = 1024, heads = #hip.heads<query>} -> tensor<1x8x?x64xf16>, tensor<1x8x?xf32>
  // CHECK: policy #hip.boxes<block_q = 64, block_k = 8, levels = [(512, 16384), (64, 2048)], keep = 512, q_stride = 2>
  // CHECK-SAME: scale = 1.250000e-01 : f32, softcap = 3.000000e+01 : f32
  %1 = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%o : tensor<1x8x?x64xf16>)
    policy #hip.boxes<keep = 512, q_stride = 2, block_q = 64, block_k = 8, levels = [(512, 16384), (64, 2048)]>
    {scale = 0.125 : f32, softcap = 30.0 : f32} -> tensor<1x8x?x64xf16>
  // Lists per KV head are the default (S16).
  // CHECK: policy #hip.window<block_q = 64> {causal}
  %2 = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%o : tensor<1x8x?x64xf16>) policy #hip.window<block_q = 64> {causal, heads = #hip.heads<kv>} -> tensor<1x8x?x64xf16>
  return
}

// CHECK-LABEL: func @views
func.func @views(%q: tensor<4x8x1x64xbf16>, %pages: tensor<?x16x2x64xf8E4M3FN>, %table: tensor<4x?xi32>,
                 %lengths: tensor<4xi32>, %positions: tensor<4xi32>, %o: tensor<4x8x1x64xbf16>) {
  // CHECK: %[[K:.*]] = hip.kv.paged %{{.*}}[%{{.*}}] lengths(%{{.*}}) as bf16 : tensor<?x16x2x64xf8E4M3FN>, tensor<4x?xi32>, tensor<4xi32>
  %k = hip.kv.paged %pages[%table] lengths(%lengths) as bf16
    : tensor<?x16x2x64xf8E4M3FN>, tensor<4x?xi32>, tensor<4xi32>
  // CHECK: hip.attention ins(%{{.*}}, %[[K]], %[[K]] : tensor<4x8x1x64xbf16>, !hip.kv<4x2x?x64xbf16>, !hip.kv<4x2x?x64xbf16>) positions(%{{.*}} : tensor<4xi32>)
  %0 = hip.attention ins(%q, %k, %k : tensor<4x8x1x64xbf16>, !hip.kv<4x2x?x64xbf16>, !hip.kv<4x2x?x64xbf16>)
    positions(%positions : tensor<4xi32>) outs(%o : tensor<4x8x1x64xbf16>)
    policy #hip.dense<block_q = 1> {causal} -> tensor<4x8x1x64xbf16>
  return
}

// CHECK-LABEL: func @block_sparse
func.func @block_sparse(%q: memref<1x8x256x64xf32>, %k: memref<1x2x256x64xf32>, %b: memref<1x1x4x8xi32>,
                        %c: memref<1x1x4xi32>, %e: memref<1x4xi32>, %o: memref<1x8x256x64xf32>) {
  // CHECK: hip.block_sparse_attention ins({{.*}}) list({{.*}}) band_start(%{{.*}} : memref<1x4xi32>) outs({{.*}}) band <block_q = 64, chunk = 2> score {
  // CHECK: ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
  // CHECK:   hip.yield %[[S]] : f32
  // CHECK: } {block_k = 2 : i64, block_q = 64 : i64}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x8x256x64xf32>, memref<1x2x256x64xf32>, memref<1x2x256x64xf32>)
    list(%b, %c : memref<1x1x4x8xi32>, memref<1x1x4xi32>) band_start(%e : memref<1x4xi32>)
    outs(%o : memref<1x8x256x64xf32>) band #hip.band<block_q = 64, chunk = 2>
    score {
    ^bb0(%s: f32, %bb: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } {block_q = 64, block_k = 2}
  return
}

// CHECK-LABEL: func @no_list
func.func @no_list(%q: tensor<2x8x1x64xf16>, %k: tensor<2x2x?x64xf16>, %v: tensor<2x2x?x32xf16>, %p: tensor<2xi32>,
                   %o: tensor<2x8x1x32xf32>, %l: tensor<2x8x1xf32>) {
  // CHECK: hip.block_sparse_attention ins({{.*}}) positions(%{{.*}} : tensor<2xi32>) outs(%{{.*}}, %{{.*}} : tensor<2x8x1x32xf32>, tensor<2x8x1xf32>)
  // CHECK-SAME: band <block_q = 1, chunk = 8, sink = 8, window = 16> {block_k = 4 : i64, block_q = 1 : i64, scale = 5.000000e-01 : f32}
  // CHECK-SAME: -> tensor<2x8x1x32xf32>, tensor<2x8x1xf32>
  %0:2 = hip.block_sparse_attention ins(%q, %k, %v : tensor<2x8x1x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x32xf16>)
    positions(%p : tensor<2xi32>) outs(%o, %l : tensor<2x8x1x32xf32>, tensor<2x8x1xf32>)
    band #hip.band<block_q = 1, chunk = 8, sink = 8, window = 16> {block_q = 1, block_k = 4, scale = 0.5 : f32}
    -> tensor<2x8x1x32xf32>, tensor<2x8x1xf32>
  // CHECK: hip.merge ins(%[[O:.*]]#0, %[[O]]#0 : tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>) lse(%[[O]]#1, %[[O]]#1 : tensor<2x8x1xf32>, tensor<2x8x1xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<2x8x1x32xf32>) -> tensor<2x8x1x32xf32>
  %1 = hip.merge ins(%0#0, %0#0 : tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>)
    lse(%0#1, %0#1 : tensor<2x8x1xf32>, tensor<2x8x1xf32>) outs(%o : tensor<2x8x1x32xf32>) -> tensor<2x8x1x32xf32>
  return
}

// CHECK-LABEL: func @check_list
func.func @check_list(%q: tensor<2x8x?x64xf16>, %k: tensor<2x2x?x64xf16>, %b: tensor<2x2x?x16xi32>,
                      %c: tensor<2x2x?xi32>, %p: tensor<2xi32>, %e: tensor<2x?xi32>,
                      %o: tensor<2x2x?xi32>) -> tensor<2x2x?xi32> {
  // CHECK: hip.check_list ins(%{{.*}}, %{{.*}} : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
  // CHECK-SAME: list(%{{.*}}, %{{.*}} : tensor<2x2x?x16xi32>, tensor<2x2x?xi32>) positions(%{{.*}} : tensor<2xi32>)
  // CHECK-SAME: band_start(%{{.*}} : tensor<2x?xi32>) outs(%{{.*}} : tensor<2x2x?xi32>)
  // CHECK-SAME: band <block_q = 64, chunk = 8, sink = 8> {block_k = 8 : i64, block_q = 64 : i64} -> tensor<2x2x?xi32>
  %0 = hip.check_list ins(%q, %k : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
    list(%b, %c : tensor<2x2x?x16xi32>, tensor<2x2x?xi32>) positions(%p : tensor<2xi32>)
    band_start(%e : tensor<2x?xi32>) outs(%o : tensor<2x2x?xi32>)
    band #hip.band<block_q = 64, chunk = 8, sink = 8> {block_q = 64, block_k = 8} -> tensor<2x2x?xi32>
  return %0 : tensor<2x2x?xi32>
}

// CHECK-LABEL: func @union
func.func @union(%q: tensor<2x8x?x64xf16>, %k: tensor<2x2x?x64xf16>, %a: tensor<2x2x?x16xi32>,
                 %b: tensor<2x2x?x?xi32>, %c: tensor<2x2x?xi32>, %p: tensor<2xi32>, %e: tensor<2x?xi32>,
                 %o: tensor<2x2x?x64xi32>) -> tensor<2x2x?x64xi32> {
  // CHECK: hip.union ins(%{{.*}}, %{{.*}} : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
  // CHECK-SAME: lists(%{{.*}}, %{{.*}} : tensor<2x2x?x16xi32>, tensor<2x2x?x?xi32>)
  // CHECK-SAME: counts(%[[C:.*]], %[[C]] : tensor<2x2x?xi32>, tensor<2x2x?xi32>) positions(%{{.*}} : tensor<2xi32>)
  // CHECK-SAME: band_start(%{{.*}} : tensor<2x?xi32>) outs(%{{.*}}, %[[C]] : tensor<2x2x?x64xi32>, tensor<2x2x?xi32>)
  // CHECK-SAME: band <block_q = 64, chunk = 8, sink = 8> {block_k = 2 : i64, block_q = 64 : i64, list_block_k = array<i64: 8, 2>}
  %0:2 = hip.union ins(%q, %k : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
    lists(%a, %b : tensor<2x2x?x16xi32>, tensor<2x2x?x?xi32>) counts(%c, %c : tensor<2x2x?xi32>, tensor<2x2x?xi32>)
    positions(%p : tensor<2xi32>) band_start(%e : tensor<2x?xi32>) outs(%o, %c : tensor<2x2x?x64xi32>, tensor<2x2x?xi32>)
    band #hip.band<block_q = 64, chunk = 8, sink = 8> {block_q = 64, block_k = 2, list_block_k = array<i64: 8, 2>}
    -> tensor<2x2x?x64xi32>, tensor<2x2x?xi32>
  return %0#0 : tensor<2x2x?x64xi32>
}

// CHECK-LABEL: func @mask_blocks
func.func @mask_blocks(%q: tensor<2x8x?x64xf16>, %k: tensor<2x2x?x64xf16>, %d: tensor<?xi32>, %c: tensor<2x1x?xi32>,
                       %p: tensor<2xi32>, %e: tensor<2x?xi32>, %o: tensor<2x1x?x?xi32>) -> tensor<2x1x?x?xi32> {
  // CHECK: hip.mask_blocks ins(%{{.*}}, %{{.*}} : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
  // CHECK-SAME: positions(%{{.*}} : tensor<2xi32>) band_start(%{{.*}} : tensor<2x?xi32>)
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<2x1x?x?xi32>, tensor<2x1x?xi32>)
  // CHECK-SAME: band <block_q = 64, chunk = 32> mask {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %[[I:.*]]: index, %{{.*}}: index):
  // CHECK-NEXT: tensor.extract %{{.*}}[%[[I]]]
  // CHECK: hip.yield %{{.*}} : i1
  // CHECK: } {block_k = 32 : i64, block_q = 64 : i64} -> tensor<2x1x?x?xi32>, tensor<2x1x?xi32>
  %0:2 = hip.mask_blocks ins(%q, %k : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>)
    positions(%p : tensor<2xi32>) band_start(%e : tensor<2x?xi32>) outs(%o, %c : tensor<2x1x?x?xi32>, tensor<2x1x?xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = tensor.extract %d[%i] : tensor<?xi32>
      %y = tensor.extract %d[%j] : tensor<?xi32>
      %m = arith.cmpi eq, %x, %y : i32
      hip.yield %m : i1
    } {block_q = 64, block_k = 32} -> tensor<2x1x?x?xi32>, tensor<2x1x?xi32>
  return %0#0 : tensor<2x1x?x?xi32>
}

// CHECK-LABEL: func @scale
func.func @scale(%q: tensor<1x8x64x64xf16>, %b: tensor<1x1x4x8xi32>, %c: tensor<1x1x4xi32>, %s: f32) -> tensor<1x8x64x64xf16> {
  // CHECK: hip.attention ins({{.*}}) scale(%{{.*}} : f32) outs(
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    scale(%s : f32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  // CHECK: hip.block_sparse_attention ins({{.*}}) list({{.*}}) scale(%{{.*}} : f32) outs(
  %1 = hip.block_sparse_attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    list(%b, %c : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>) scale(%s : f32) outs(%0 : tensor<1x8x64x64xf16>)
    band #hip.band<block_q = 16, chunk = 2> {block_q = 16 : i64, block_k = 2 : i64} -> tensor<1x8x64x64xf16>
  return %1 : tensor<1x8x64x64xf16>
}

// CHECK-LABEL: func @band_numbers
func.func @band_numbers(%q: tensor<1x8x64x64xf16>, %b: tensor<1x1x4x8xi32>, %c: tensor<1x1x4xi32>, %n: i32, %p: tensor<1xi32>,
                        %r: tensor<1x1x4x8x2xi32>, %l: tensor<1x1x4x32xi32>) -> tensor<1x8x64x64xf16> {
  // CHECK: hip.attention ins({{.*}}) positions({{.*}}) sink(%{{.*}} : i32) window(%{{.*}} : i32) outs({{.*}} policy #hip.window<block_q = 64> ->
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    positions(%p : tensor<1xi32>) sink(%n : i32) window(%n : i32) outs(%q : tensor<1x8x64x64xf16>)
    policy #hip.window<block_q = 64> {sink = 0, window = 0} -> tensor<1x8x64x64xf16>
  // CHECK: hip.prune ins({{.*}}) window(%{{.*}} : i32) outs({{.*}} sink = 16
  %1:2 = hip.prune ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) window(%n : i32)
    outs(%b, %c : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>) policy #hip.tree<block_q = 16, block_k = 2, keep = 16>
    {sink = 16, heads = #hip.heads<all>} -> tensor<1x1x4x8xi32>, tensor<1x1x4xi32>
  // CHECK: hip.block_sparse_attention ins({{.*}}) list({{.*}}) sink(%{{.*}} : i32) outs({{.*}}window = 7
  %2 = hip.block_sparse_attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    list(%1#0, %1#1 : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>) sink(%n : i32) outs(%0 : tensor<1x8x64x64xf16>)
    band #hip.band<block_q = 16, chunk = 2, window = 7> {block_q = 16 : i64, block_k = 2 : i64} -> tensor<1x8x64x64xf16>
  // CHECK: hip.partition ins({{.*}}) sink(%{{.*}} : i32) window(%{{.*}} : i32) outs(
  %3:2 = hip.partition ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) sink(%n : i32) window(%n : i32)
    outs(%r, %c : tensor<1x1x4x8x2xi32>, tensor<1x1x4xi32>) band #hip.band<block_q = 16, chunk = 2>
    {granule = 2 : i64, chunks = 8 : i64} -> tensor<1x1x4x8x2xi32>, tensor<1x1x4xi32>
  // CHECK: hip.check_list ins({{.*}}) list({{.*}}) sink(%{{.*}} : i32) outs(
  %4 = hip.check_list ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    list(%b, %c : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>) sink(%n : i32) outs(%c : tensor<1x1x4xi32>)
    band #hip.band<block_q = 16, chunk = 2> {block_q = 16 : i64, block_k = 2 : i64} -> tensor<1x1x4xi32>
  // CHECK: hip.union ins({{.*}}) counts({{.*}}) sink(%{{.*}} : i32) window(%{{.*}} : i32) outs(
  %5:2 = hip.union ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) lists(%b : tensor<1x1x4x8xi32>)
    counts(%c : tensor<1x1x4xi32>) sink(%n : i32) window(%n : i32) outs(%b, %4 : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>)
    band #hip.band<block_q = 16, chunk = 2> {block_q = 16, block_k = 2, list_block_k = array<i64: 2>}
    -> tensor<1x1x4x8xi32>, tensor<1x1x4xi32>
  // CHECK: hip.mask_blocks ins({{.*}}) window(%{{.*}} : i32) outs(
  %6:2 = hip.mask_blocks ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) window(%n : i32)
    outs(%l, %5#1 : tensor<1x1x4x32xi32>, tensor<1x1x4xi32>) band #hip.band<block_q = 16, chunk = 2>
    mask {
    ^bb0(%x: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi eq, %i, %j : index
      hip.yield %m : i1
    } {block_q = 16, block_k = 2} -> tensor<1x1x4x32xi32>, tensor<1x1x4xi32>
  return %2 : tensor<1x8x64x64xf16>
}

// CHECK-LABEL: func @check_keys
func.func @check_keys(%rows: tensor<?x2x64xf16>, %offsets: tensor<?xi32>, %o: tensor<?xi32>) -> tensor<?xi32> {
  %k = hip.kv.ragged %rows[%offsets] : tensor<?x2x64xf16>, tensor<?xi32>
  // CHECK: hip.check_keys ins(%{{.*}} : !hip.kv<?x2x?x64xf16>) outs(%{{.*}} : tensor<?xi32>) -> tensor<?xi32>
  %0 = hip.check_keys ins(%k : !hip.kv<?x2x?x64xf16>) outs(%o : tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}

// S17b: one a level of boxes, in the order of a union's parts.
// CHECK-LABEL: func @summaries
func.func @summaries(%q: tensor<2x8x?x64xf16>, %k: tensor<2x2x?x64xf16>, %x: tensor<2x2x?x2x64xf16>, %p: tensor<2xi32>,
                     %s: f32, %o: tensor<2x8x?x64xf16>) {
  // CHECK: hip.attention ins({{.*}}) summaries(%[[X:.*]], %[[X]] : tensor<2x2x?x2x64xf16>, tensor<2x2x?x2x64xf16>)
  // CHECK-SAME: positions(%{{.*}} : tensor<2xi32>) scale(%{{.*}} : f32) outs(
  // CHECK-SAME: policy #hip.auto<#hip.union<[#hip.boxes<{{.*}}>, #hip.tree<{{.*}}>, #hip.boxes<{{.*}}>]>, until = 16384, step_until = 131072>
  %0 = hip.attention ins(%q, %k, %k : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x64xf16>)
    summaries(%x, %x : tensor<2x2x?x2x64xf16>, tensor<2x2x?x2x64xf16>) positions(%p : tensor<2xi32>) scale(%s : f32)
    outs(%o : tensor<2x8x?x64xf16>) policy #hip.auto<union<[boxes<keep = 64>, tree, boxes<keep = 128>]>>
    {causal} -> tensor<2x8x?x64xf16>
  return
}
