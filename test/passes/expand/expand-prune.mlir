// RUN: hip-opt %s --hip-expand-prune --canonicalize --split-input-file | FileCheck %s

// S13: ceil(log2(ceil(2048 / 256))) = 3 rounds for 4096 keys.
// CHECK-LABEL: func @tree
// CHECK: %[[N:.*]] = arith.constant 3 : index
// CHECK: %[[P:.*]]:2 = hip.partition {{.*}}{chunks = 256 : i64, granule = 2 : i64}
// CHECK: %[[L:.*]]:2 = scf.for %{{.*}} to %[[N]] {{.*}}iter_args(%[[R:.*]] = %[[P]]#0, %[[C:.*]] = %[[P]]#1)
// CHECK:   %[[H:.*]]:2 = hip.split ins(%[[R]], %[[C]] : {{.*}}{ways = 2 : i64}
// CHECK:   %[[S:.*]] = hip.score {{.*}}%[[H]]#0, %[[H]]#1 {{.*}}representative = #hip.representative<center>
// CHECK:   hip.select ins(%[[H]]#0, %[[H]]#1, %[[S]] : {{.*}} outs(%[[R]], %[[C]] : {{.*}}{keep = 256 : i64}
// CHECK: hip.blocks ins(%[[L]]#0, %[[L]]#1 : {{.*}}{block_k = 2 : i64, granule = 2 : i64}
// CHECK-NOT: hip.prune
func.func @tree(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                %b: tensor<1x8x64x256xi32>, %c: tensor<1x8x64xi32>)
    -> (tensor<1x8x64x256xi32>, tensor<1x8x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {causal}
    -> tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
  return %0#0, %0#1 : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
}

// -----

// S14: descents, selections, splits; a finer query block inherits its list, and
// a stage that keeps all selects nothing.
// CHECK-LABEL: func @stages
// CHECK: hip.partition {{.*}}{granule = 1 : i64, size = 256 : i64}
// CHECK-NOT: hip.descend
// CHECK: hip.split {{.*}}tensor<1x8x32x16x2xi32>{{.*}}{query_ways = 2 : i64, ways = 8 : i64} -> tensor<1x8x64x128x2xi32>
// CHECK: hip.descend {{.*}}{block_q = 64 : i64, granule = 1 : i64, levels = 5 : i64, q_stride = 4 : i64}
// CHECK: hip.select {{.*}}{keep = 64 : i64}
// CHECK: hip.blocks {{.*}}{block_k = 32 : i64, granule = 1 : i64}
func.func @stages(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                  %b: tensor<1x8x64x64xi32>, %c: tensor<1x8x64xi32>)
    -> (tensor<1x8x64x64xi32>, tensor<1x8x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x8x64x64xi32>, tensor<1x8x64xi32>)
    policy #hip.stages<[(128, 256, all, 4), (64, 32, 2048, 4)]> {causal}
    -> tensor<1x8x64x64xi32>, tensor<1x8x64xi32>
  return %0#0, %0#1 : tensor<1x8x64x64xi32>, tensor<1x8x64xi32>
}

// -----

// S14b: bounds, then exact scores of every key of the blocks that are left.
// CHECK-LABEL: func @boxes
// CHECK: %[[B:.*]] = hip.summarize {{.*}}{granule = 64 : i64}
// CHECK: hip.partition {{.*}}{granule = 8 : i64, size = 64 : i64}
// CHECK: hip.score ins(%{{.*}}, %[[B]], {{.*}}box = 64 : i64{{.*}}kind = #hip.score_kind<box>
// CHECK: hip.select {{.*}}{keep = 32 : i64}
// CHECK: hip.split {{.*}}{ways = 8 : i64}
// CHECK: hip.score {{.*}}{block_q = 64 : i64, granule = 8 : i64}
// CHECK: hip.select {{.*}}{keep = 64 : i64}
// CHECK: hip.blocks {{.*}}{block_k = 8 : i64, granule = 8 : i64}
func.func @boxes(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %b: tensor<1x8x64x64xi32>, %c: tensor<1x8x64xi32>)
    -> (tensor<1x8x64x64xi32>, tensor<1x8x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x8x64x64xi32>, tensor<1x8x64xi32>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512> {causal}
    -> tensor<1x8x64x64xi32>, tensor<1x8x64xi32>
  return %0#0, %0#1 : tensor<1x8x64x64xi32>, tensor<1x8x64xi32>
}
