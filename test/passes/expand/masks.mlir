// RUN: hip-opt %s --hip-expand-attention --split-input-file | FileCheck %s

// S18c: what selects -inf is a mask. It asks for no head, so that one list is for all; the score region stays.
// CHECK-LABEL: func @document
// CHECK-SAME: %[[D:[a-z0-9]+]]: tensor<?xi32>
// CHECK: %[[ROOM:.*]] = arith.ceildivui
// CHECK: %[[BLOCKS:.*]] = tensor.empty({{.*}}, %[[ROOM]]) : tensor<2x1x?x?xi32>
// CHECK: %[[LIST:.*]]:2 = hip.mask_blocks ins(%[[Q:.*]], %[[K:.*]] : {{.*}}) positions(%[[P:.*]] : tensor<2xi32>) outs(%[[BLOCKS]],
// CHECK-SAME: band <block_q = 128, chunk = 128> mask {
// CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index):
// CHECK-NEXT: %[[X:.*]] = tensor.extract %[[D]][%[[I]]]
// CHECK-NEXT: %[[Y:.*]] = tensor.extract %[[D]][%[[J]]]
// CHECK-NEXT: %[[M:.*]] = arith.cmpi eq, %[[X]], %[[Y]]
// CHECK: hip.yield %[[M]] : i1
// CHECK-NEXT: } {block_k = 128 : i64, block_q = 128 : i64}
// CHECK: hip.block_sparse_attention ins(%[[Q]], %[[K]], {{.*}} list(%[[LIST]]#0, %[[LIST]]#1 {{.*}} positions(%[[P]] :
// CHECK-SAME: band <block_q = 128, chunk = 128> score {
// CHECK: arith.mulf
// CHECK: arith.select
// CHECK: } {block_k = 128 : i64, block_q = 128 : i64}
func.func @document(%d: tensor<?xi32>, %q: tensor<2x8x?x64xf16>, %k: tensor<2x2x?x64xf16>, %p: tensor<2xi32>,
                    %o: tensor<2x8x?x64xf16>) -> tensor<2x8x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<2x8x?x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x64xf16>)
    positions(%p : tensor<2xi32>) outs(%o : tensor<2x8x?x64xf16>) policy #hip.dense
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %none = arith.constant 0xFF800000 : f32
      %twice = arith.mulf %s, %s : f32
      %x = tensor.extract %d[%i] : tensor<?xi32>
      %y = tensor.extract %d[%j] : tensor<?xi32>
      %m = arith.cmpi eq, %x, %y : i32
      %r = arith.select %m, %twice, %none : f32
      hip.yield %r : f32
    } {causal} -> tensor<2x8x?x64xf16>
  return %0 : tensor<2x8x?x64xf16>
}

// -----

// Masks in each other, of which one hides where it holds, one asks for the head and one for the score. The policy names
// the query rows of a block.
// CHECK-LABEL: func @several
// CHECK: hip.mask_blocks {{.*}} outs({{.*}} : tensor<1x8x4x2xi32>, tensor<1x8x4xi32>) band <block_q = 64, chunk = 128, causal = false> mask {
// CHECK-NEXT: ^bb0(%{{.*}}: index, %[[H:.*]]: index, %[[I:.*]]: index, %[[J:.*]]: index):
// CHECK-NEXT: %[[FAR:.*]] = arith.cmpi sgt, %[[J]], %[[I]]
// CHECK-NEXT: %[[HEAD:.*]] = scf.if %[[FAR]]
// CHECK: arith.cmpi eq, %[[H]], %[[J]]
// CHECK: %[[TRUE:.*]] = arith.constant true
// CHECK: %[[NEAR:.*]] = arith.xori %[[FAR]], %[[TRUE]]
// CHECK: %[[BOTH:.*]] = arith.andi %[[NEAR]], %[[HEAD]]
// CHECK-NEXT: hip.yield %[[BOTH]] : i1
// CHECK: hip.block_sparse_attention {{.*}} list(
func.func @several(%q: tensor<1x8x256x64xf16>) -> tensor<1x8x256x64xf16> {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>)
    outs(%q : tensor<1x8x256x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %none = arith.constant 0xFF800000 : f32
      %far = arith.cmpi sgt, %j, %i : index
      %head = scf.if %far -> i1 {
        %same = arith.cmpi eq, %h, %j : index
        scf.yield %same : i1
      } else {
        scf.yield %far : i1
      }
      %large = arith.cmpf ogt, %s, %s : f32
      %1 = arith.select %head, %s, %none : f32
      %2 = arith.select %large, %1, %none : f32
      %3 = arith.select %far, %none, %2 : f32
      hip.yield %3 : f32
    } -> tensor<1x8x256x64xf16>
  return %0 : tensor<1x8x256x64xf16>
}

// -----

// No mask: what depends on the score, also by what is in an op, and what is no -inf. No list: a policy that prunes.
// CHECK-LABEL: func @none
// CHECK-NOT: hip.mask_blocks
func.func @none(%q: tensor<1x8x256x64xf16>) -> (tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>) {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>)
    outs(%q : tensor<1x8x256x64xf16>) policy #hip.dense
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %none = arith.constant 0xFF800000 : f32
      %far = arith.cmpi sgt, %j, %i : index
      %large = scf.if %far -> i1 {
        %same = arith.cmpf ogt, %s, %s : f32
        scf.yield %same : i1
      } else {
        scf.yield %far : i1
      }
      %1 = arith.select %large, %s, %none : f32
      hip.yield %1 : f32
    } -> tensor<1x8x256x64xf16>
  %2 = hip.attention ins(%q, %q, %q : tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>)
    outs(%q : tensor<1x8x256x64xf16>) policy #hip.dense
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %low = arith.constant -1.0e30 : f32
      %far = arith.cmpi sgt, %j, %i : index
      %1 = arith.select %far, %low, %s : f32
      hip.yield %1 : f32
    } -> tensor<1x8x256x64xf16>
  %3 = hip.attention ins(%q, %q, %q : tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>)
    outs(%q : tensor<1x8x256x64xf16>) policy #hip.window
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %none = arith.constant 0xFF800000 : f32
      %far = arith.cmpi sgt, %j, %i : index
      %1 = arith.select %far, %none, %s : f32
      hip.yield %1 : f32
    } {window = 64} -> tensor<1x8x256x64xf16>
  return %0, %2, %3 : tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>, tensor<1x8x256x64xf16>
}

// -----

// The choice of every key has its mask's list, the other its own.
// CHECK-LABEL: func @auto
// CHECK: scf.if
// CHECK: hip.mask_blocks
// CHECK: hip.block_sparse_attention
// CHECK: } else {
// CHECK-NOT: hip.mask_blocks
// CHECK: hip.prune
// CHECK: hip.block_sparse_attention
func.func @auto(%q: tensor<1x8x?x64xf16>) -> tensor<1x8x?x64xf16> {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>)
    outs(%q : tensor<1x8x?x64xf16>) policy #hip.auto<tree>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %none = arith.constant 0xFF800000 : f32
      %far = arith.cmpi sgt, %j, %i : index
      %1 = arith.select %far, %none, %s : f32
      hip.yield %1 : f32
    } {causal} -> tensor<1x8x?x64xf16>
  return %0 : tensor<1x8x?x64xf16>
}
