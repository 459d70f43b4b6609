// RUN: hip-opt %s --transform-interpreter --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// Batch entries and GQA groups: two query heads with their KV head. Paged keys are the same pages.
// CHECK-LABEL: func @attention
// CHECK: scf.for %[[B:[a-z0-9]+]] =
// CHECK: scf.for %[[P:[a-z0-9]+]] =
// CHECK: tensor.extract_slice %{{.*}}[%[[B]], %{{.*}}, 0, 0] [1, 2, %{{.*}}, 64] {{.*}} : tensor<?x8x?x64xf16> to tensor<1x2x?x64xf16>
// CHECK: tensor.extract_slice %{{.*}}[0, 0, %[[P]], 0] {{.*}} to tensor<?x16x1x64xf16>
// CHECK: tensor.extract_slice %{{.*}}[%[[B]], 0] {{.*}} : tensor<?x?xi32> to tensor<1x?xi32>
// CHECK: hip.kv.paged
// CHECK: hip.attention
// CHECK-SAME: tensor<1x2x?x64xf16>, !hip.kv<1x1x?x64xf16>
// The score region still gets the numbers of the whole: h + 2 p.
// CHECK: ^bb0(%{{.*}}: f32, %{{.*}}: index, %[[H:[a-z0-9]+]]: index, %{{.*}}: index, %{{.*}}: index):
// CHECK: arith.addi %[[H]], %{{.*}} : index
func.func @attention(%q: tensor<?x8x?x64xf16>, %pages: tensor<?x16x4x64xf16>,
                     %table: tensor<?x?xi32>, %lengths: tensor<?xi32>,
                     %init: tensor<?x8x?x64xf16>) -> tensor<?x8x?x64xf16> {
  %k = hip.kv.paged %pages[%table] lengths(%lengths)
    : tensor<?x16x4x64xf16>, tensor<?x?xi32>, tensor<?xi32>
  %o = hip.attention ins(%q, %k, %k : tensor<?x8x?x64xf16>, !hip.kv<?x4x?x64xf16>,
                         !hip.kv<?x4x?x64xf16>)
    outs(%init : tensor<?x8x?x64xf16>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %word = arith.index_cast %h : index to i32
      %number = arith.sitofp %word : i32 to f32
      %sum = arith.addf %s, %number : f32
      hip.yield %sum : f32
    } {causal} -> tensor<?x8x?x64xf16>
  return %o : tensor<?x8x?x64xf16>
}

// So are those beside pages.
// CHECK-LABEL: func @paged_summaries
// CHECK: %[[X:.*]] = tensor.extract_slice %{{.*}}[0, 0, %{{.*}}, 0, 0] [%{{.*}}, 1, 1, 2, 64] {{.*}} : tensor<?x1x2x2x64xf16> to tensor<?x1x1x2x64xf16>
// CHECK: %[[S:.*]] = hip.kv.summaries %[[X]][%{{.*}}] lengths(%{{.*}}) {box = 64 : i64, page = 16 : i64} : tensor<?x1x1x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
// CHECK: hip.attention {{.*}} summaries(%[[S]] : !hip.kv<1x1x?x2x64xf16>)
func.func @paged_summaries(%q: tensor<2x4x?x64xf16>, %pages: tensor<?x16x2x64xf16>, %table: tensor<2x?xi32>,
                           %lengths: tensor<2xi32>, %x: tensor<?x1x2x2x64xf16>, %o: tensor<2x4x?x64xf16>)
    -> tensor<2x4x?x64xf16> {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x16x2x64xf16>, tensor<2x?xi32>, tensor<2xi32>
  %s = hip.kv.summaries %x[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : tensor<?x1x2x2x64xf16>, tensor<2x?xi32>, tensor<2xi32>
  %r = hip.attention ins(%q, %k, %k : tensor<2x4x?x64xf16>, !hip.kv<2x2x?x64xf16>, !hip.kv<2x2x?x64xf16>)
    summaries(%s : !hip.kv<2x2x?x2x64xf16>) outs(%o : tensor<2x4x?x64xf16>) policy #hip.boxes {causal}
    -> tensor<2x4x?x64xf16>
  return %r : tensor<2x4x?x64xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// One list for all heads makes one part of them.
// CHECK-LABEL: func @shared
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK: hip.prune {{.*}} : tensor<1x4x?x64xf16>, tensor<1x2x?x64xf16>
// CHECK: tensor.parallel_insert_slice
func.func @shared(%q: tensor<2x4x?x64xf16>, %k: tensor<2x2x?x64xf16>, %b: tensor<2x1x?x16xi32>,
                  %c: tensor<2x1x?xi32>) -> (tensor<2x1x?x16xi32>, tensor<2x1x?xi32>) {
  %r:2 = hip.prune ins(%q, %k : tensor<2x4x?x64xf16>, tensor<2x2x?x64xf16>)
    outs(%b, %c : tensor<2x1x?x16xi32>, tensor<2x1x?xi32>)
    policy #hip.tree<block_q = 64, block_k = 4, keep = 64>
    {causal, heads = #hip.heads<all>} -> tensor<2x1x?x16xi32>, tensor<2x1x?xi32>
  return %r#0, %r#1 : tensor<2x1x?x16xi32>, tensor<2x1x?xi32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.prune"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %op tile_sizes [1, 0]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @packed(%q: tensor<1x4x?x64xf16>, %offsets: tensor<3xi32>, %most: index, %k: tensor<2x2x?x64xf16>,
                  %o: tensor<1x4x?x64xf16>) -> tensor<1x4x?x64xf16> {
  %p = hip.query.ragged %q[%offsets] most(%most) : tensor<1x4x?x64xf16>, tensor<3xi32>
  // expected-error @below {{S1b: has packed queries, whose entries are parts of one result; tile other queries}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %r = hip.attention ins(%p, %k, %k : !hip.query<2x4x?x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x64xf16>)
    outs(%o : tensor<1x4x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x4x?x64xf16>
  return %r : tensor<1x4x?x64xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [1, 0]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @foreign(%q: tensor<2x4x?x64xf16>, %k: !hip.kv<2x2x?x64xf16>,
                   %o: tensor<2x4x?x64xf16>) -> tensor<2x4x?x64xf16> {
  // expected-error @below {{reads a KV view that is made elsewhere; make it with hip.kv.* in the same function}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %r = hip.attention ins(%q, %k, %k : tensor<2x4x?x64xf16>, !hip.kv<2x2x?x64xf16>,
                         !hip.kv<2x2x?x64xf16>)
    outs(%o : tensor<2x4x?x64xf16>) policy #hip.dense<block_q = 64> {causal}
    -> tensor<2x4x?x64xf16>
  return %r : tensor<2x4x?x64xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [1, 0]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Summaries are sliced as their keys are.
// CHECK-LABEL: func @summaries
// CHECK: %[[X:.*]] = tensor.extract_slice %{{.*}}[%{{.*}}, %{{.*}}, 0, 0, 0] [1, 1, %{{.*}}, 2, 64] {{.*}} : tensor<2x2x?x2x64xf16> to tensor<1x1x?x2x64xf16>
// CHECK: hip.attention {{.*}} summaries(%[[X]] : tensor<1x1x?x2x64xf16>)
func.func @summaries(%q: tensor<2x4x?x64xf16>, %k: tensor<2x2x?x64xf16>, %x: tensor<2x2x?x2x64xf16>,
                     %o: tensor<2x4x?x64xf16>) -> tensor<2x4x?x64xf16> {
  %r = hip.attention ins(%q, %k, %k : tensor<2x4x?x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x64xf16>)
    summaries(%x : tensor<2x2x?x2x64xf16>) outs(%o : tensor<2x4x?x64xf16>) policy #hip.boxes {causal}
    -> tensor<2x4x?x64xf16>
  return %r : tensor<2x4x?x64xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Scales are sliced as the heads of their keys are.
// CHECK-LABEL: func @scales
// CHECK: scf.for %[[P:[a-z0-9]+]] =
// CHECK: %[[S:.*]] = tensor.extract_slice %{{.*}}[%[[P]]] [1] [1] : tensor<2xf32> to tensor<1xf32>
// CHECK: hip.kv.contiguous %{{.*}} as f16 scales(%[[S]]) : tensor<1x1x?x64xf8E4M3FN>, tensor<1xf32>
func.func @scales(%q: tensor<1x4x?x64xf16>, %k: tensor<1x2x?x64xf8E4M3FN>, %s: tensor<2xf32>,
                  %o: tensor<1x4x?x64xf16>) -> tensor<1x4x?x64xf16> {
  %n = hip.kv.contiguous %k as f16 scales(%s) : tensor<1x2x?x64xf8E4M3FN>, tensor<2xf32>
  %r = hip.attention ins(%q, %n, %n : tensor<1x4x?x64xf16>, !hip.kv<1x2x?x64xf16>, !hip.kv<1x2x?x64xf16>)
    outs(%o : tensor<1x4x?x64xf16>) policy #hip.dense {causal} -> tensor<1x4x?x64xf16>
  return %r : tensor<1x4x?x64xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.attention"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loops = transform.structured.tile_using_for %op tile_sizes [0, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A mask names batch entry and head as the whole op counts them.
// CHECK-LABEL: func @mask
// CHECK: scf.for %[[B:[a-z0-9]+]] =
// CHECK: scf.for %[[P:[a-z0-9]+]] =
// CHECK: hip.mask_blocks {{.*}} outs(%{{.*}}, %{{.*}} : tensor<1x2x?x?xi32>, tensor<1x2x?xi32>)
// CHECK: ^bb0(%[[OWN:[a-z0-9]+]]: index, %[[H:[a-z0-9]+]]: index, %{{.*}}: index, %{{.*}}: index):
// CHECK-DAG: %[[ENTRY:.*]] = arith.addi %[[OWN]], %[[B]] : index
// CHECK-DAG: %[[HEAD:.*]] = arith.addi %[[H]], %{{.*}} : index
// CHECK: arith.cmpi eq, %[[ENTRY]], %[[HEAD]]
func.func @mask(%q: tensor<2x4x?x64xf16>, %k: tensor<2x2x?x64xf16>, %b: tensor<2x4x?x?xi32>,
                %c: tensor<2x4x?xi32>) -> tensor<2x4x?x?xi32> {
  %r:2 = hip.mask_blocks ins(%q, %k : tensor<2x4x?x64xf16>, tensor<2x2x?x64xf16>)
    outs(%b, %c : tensor<2x4x?x?xi32>, tensor<2x4x?xi32>) band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%e: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi eq, %e, %h : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32} -> tensor<2x4x?x?xi32>, tensor<2x4x?xi32>
  return %r#0 : tensor<2x4x?x?xi32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hip.mask_blocks"]} in %root
      : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
