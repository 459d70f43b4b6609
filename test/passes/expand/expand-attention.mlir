// RUN: hip-opt %s --hip-expand-attention --split-input-file --verify-diagnostics | FileCheck %s

// A policy with a list: prune, then attend over the list.
// CHECK-LABEL: func @tree
// CHECK: %[[LIST:.*]]:2 = hip.prune ins(%[[Q:.*]], %[[K:.*]] : {{.*}} outs({{.*}} : tensor<1x2x4x256xi32>, tensor<1x2x4xi32>)
// CHECK-SAME: policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
// CHECK-SAME: {causal, sink = 128 : i64, window = 64 : i64}
// CHECK: hip.block_sparse_attention ins(%[[Q]], %[[K]], %{{.*}}) list(%[[LIST]]#0, %[[LIST]]#1
// CHECK-SAME: band <block_q = 64, chunk = 2, sink = 128, window = 64>
// CHECK-SAME: {block_k = 2 : i64, block_q = 64 : i64}
// CHECK-NOT: hip.attention
func.func @tree(%q: tensor<1x8x256x64xf16>, %k: tensor<1x2x256x64xf16>,
                %init: tensor<1x8x256x64xf16>) -> tensor<1x8x256x64xf16> {
  %o = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    outs(%init : tensor<1x8x256x64xf16>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
    {sink = 128, window = 64, causal} -> tensor<1x8x256x64xf16>
  return %o : tensor<1x8x256x64xf16>
}

// -----

// Dense: no list, and a band that reaches every key.
// CHECK-LABEL: func @dense
// CHECK-NOT: hip.prune
// CHECK: hip.block_sparse_attention
// CHECK-NOT: list(
// CHECK-SAME: window = 2147483647
// CHECK-SAME: score {
func.func @dense(%q: tensor<1x8x256x64xf16>, %k: tensor<1x2x256x64xf16>,
                 %init: tensor<1x8x256x64xf16>) -> tensor<1x8x256x64xf16> {
  %o = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    outs(%init : tensor<1x8x256x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } {causal} -> tensor<1x8x256x64xf16>
  return %o : tensor<1x8x256x64xf16>
}

// -----

// Numbers of the call go to both ops; of dense attention to none.
// CHECK-LABEL: func @band_at_run
// CHECK-SAME: %[[S:[a-z0-9]+]]: i32, %[[W:[a-z0-9]+]]: i32
// CHECK: hip.prune {{.*}} sink(%[[S]] : i32) window(%[[W]] : i32) outs(
// CHECK: hip.block_sparse_attention {{.*}} list({{.*}}) sink(%[[S]] : i32) window(%[[W]] : i32) outs({{.*}} band <block_q = 64, chunk = 2>
// CHECK: hip.block_sparse_attention {{.*}} sink(%[[S]] : i32) outs({{.*}} band <block_q = 64, chunk = 1, window = 32>
// CHECK: hip.block_sparse_attention
// CHECK-NOT: sink(
func.func @band_at_run(%q: tensor<1x8x256x64xf16>, %k: tensor<1x2x256x64xf16>, %init: tensor<1x8x256x64xf16>, %s: i32, %w: i32)
    -> tensor<1x8x256x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    sink(%s : i32) window(%w : i32) outs(%init : tensor<1x8x256x64xf16>) policy #hip.tree<block_q = 64, block_k = 2, keep = 128>
    {causal} -> tensor<1x8x256x64xf16>
  %1 = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    sink(%s : i32) outs(%0 : tensor<1x8x256x64xf16>) policy #hip.window {window = 32, causal} -> tensor<1x8x256x64xf16>
  %2 = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    sink(%s : i32) window(%w : i32) outs(%1 : tensor<1x8x256x64xf16>) policy #hip.dense<block_q = 64> {causal}
    -> tensor<1x8x256x64xf16>
  return %2 : tensor<1x8x256x64xf16>
}

// -----

// A union with a part that keeps all is dense.
// CHECK-LABEL: func @union_of_dense
// CHECK-NOT: hip.prune
// CHECK: hip.block_sparse_attention
// CHECK-NOT: list(
// CHECK-SAME: band <block_q = 32, chunk = 1, window = 2147483647>
func.func @union_of_dense(%q: tensor<1x8x256x64xf16>, %k: tensor<1x2x256x64xf16>,
                          %init: tensor<1x8x256x64xf16>) -> tensor<1x8x256x64xf16> {
  %o = hip.attention ins(%q, %k, %k : tensor<1x8x256x64xf16>, tensor<1x2x256x64xf16>, tensor<1x2x256x64xf16>)
    outs(%init : tensor<1x8x256x64xf16>) policy #hip.union<[boxes<block_q = 32>, dense<block_q = 32>]>
    {sink = 128, window = 64, causal} -> tensor<1x8x256x64xf16>
  return %o : tensor<1x8x256x64xf16>
}

// -----

func.func @buffers(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x8x256x64xf16>) {
  // expected-error @below {{is on memrefs; expand before bufferising}}
  hip.attention ins(%q, %k, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>, memref<1x2x256x64xf16>)
    outs(%o : memref<1x8x256x64xf16>) policy #hip.dense<block_q = 64>
  return
}

// -----

// Dense attention up to a number of keys, another one for few rows; else the policy. Both have what the op has.
// CHECK-LABEL: func @auto
// CHECK-SAME: %[[Q:.*]]: tensor<1x8x?x64xf16>, %[[K:.*]]: tensor<1x2x?x64xf16>, %[[INIT:.*]]: tensor<1x8x?x64xf16>
// CHECK: %[[ROWS:.*]] = tensor.dim %[[Q]], %c2
// CHECK: %[[STEP:.*]] = arith.cmpi ule, %[[ROWS]], %c16
// CHECK: %[[UNTIL:.*]] = arith.select %[[STEP]], %c131072, %c5000
// CHECK: %[[KEYS:.*]] = tensor.dim %[[K]], %c2
// CHECK: %[[SHORT:.*]] = arith.cmpi ule, %[[KEYS]], %[[UNTIL]]
// CHECK: %[[O:.*]] = scf.if %[[SHORT]] -> (tensor<1x8x?x64xf16>) {
// CHECK-NOT: hip.prune
// CHECK: %[[D:.*]] = hip.block_sparse_attention {{.*}} outs(%[[INIT]] : {{.*}}window = 2147483647>
// CHECK: scf.yield %[[D]]
// CHECK: } else {
// CHECK: hip.prune {{.*}} policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
// CHECK: %[[P:.*]] = hip.block_sparse_attention {{.*}} list({{.*}} outs(%[[INIT]] : {{.*}}sink = 128, window = 64>
// CHECK: scf.yield %[[P]]
// CHECK: return %[[O]]
func.func @auto(%q: tensor<1x8x?x64xf16>, %k: tensor<1x2x?x64xf16>,
                %init: tensor<1x8x?x64xf16>) -> tensor<1x8x?x64xf16> {
  %o = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%init : tensor<1x8x?x64xf16>) policy #hip.auto<tree, until = 5000>
    {sink = 128, window = 64, causal} -> tensor<1x8x?x64xf16>
  return %o : tensor<1x8x?x64xf16>
}

// -----

// S17b: summaries are those of the search; dense attention has no use for them.
// CHECK-LABEL: func @summaries
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x2x?x2x64xf16>
// CHECK: scf.if
// CHECK-NOT: summaries
// CHECK: } else {
// CHECK: hip.prune {{.*}} summaries(%[[X]] : tensor<1x2x?x2x64xf16>) outs(
// CHECK: hip.block_sparse_attention {{.*}} list(
func.func @summaries(%q: tensor<1x8x?x64xf16>, %k: tensor<1x2x?x64xf16>, %x: tensor<1x2x?x2x64xf16>,
                     %init: tensor<1x8x?x64xf16>) -> tensor<1x8x?x64xf16> {
  %o = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    summaries(%x : tensor<1x2x?x2x64xf16>)
    outs(%init : tensor<1x8x?x64xf16>) policy #hip.auto<boxes>
    {sink = 128, window = 64, causal} -> tensor<1x8x?x64xf16>
  return %o : tensor<1x8x?x64xf16>
}
