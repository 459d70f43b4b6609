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
                %b: tensor<1x2x64x256xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x256xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {causal}
    -> tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
}

// -----

// S14: descents, selections, splits; a finer query block inherits its list, and
// a stage that keeps all selects nothing.
// CHECK-LABEL: func @stages
// CHECK: hip.partition {{.*}}{granule = 1 : i64, size = 256 : i64}
// CHECK-NOT: hip.descend
// CHECK: hip.split {{.*}}tensor<1x2x32x16x2xi32>{{.*}}{query_ways = 2 : i64, ways = 8 : i64} -> tensor<1x2x64x128x2xi32>
// CHECK: hip.descend {{.*}}{block_q = 64 : i64, granule = 1 : i64, levels = 5 : i64, q_stride = 4 : i64}
// CHECK: hip.select {{.*}}{keep = 64 : i64}
// CHECK: hip.blocks {{.*}}{block_k = 32 : i64, granule = 1 : i64}
func.func @stages(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                  %b: tensor<1x2x64x64xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x64xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x64xi32>, tensor<1x2x64xi32>)
    policy #hip.stages<[(128, 256, all, 4), (64, 32, 2048, 4)]> {causal}
    -> tensor<1x2x64x64xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x64xi32>, tensor<1x2x64xi32>
}

// -----

// S14b: bounds, then exact scores of every key of the blocks that are left.
// CHECK-LABEL: func @boxes
// CHECK: %[[B:.*]] = hip.summarize {{.*}}{granule = 64 : i64}
// CHECK: hip.partition {{.*}}{granule = 8 : i64, size = 64 : i64}
// CHECK: hip.score ins(%{{.*}}, %[[B]], {{.*}}kind = #hip.box<64>
// CHECK: hip.select {{.*}}{keep = 32 : i64}
// CHECK: hip.split {{.*}}{ways = 8 : i64}
// CHECK: hip.score {{.*}}{block_q = 64 : i64, granule = 8 : i64}
// CHECK: hip.select {{.*}}{keep = 64 : i64}
// CHECK: hip.blocks {{.*}}{block_k = 8 : i64, granule = 8 : i64}
func.func @boxes(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %b: tensor<1x2x64x64xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x64xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x64xi32>, tensor<1x2x64xi32>)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512> {causal}
    -> tensor<1x2x64x64xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x64xi32>, tensor<1x2x64xi32>
}

// -----

// S16: where more may be kept than 4,096 blocks, arrays are as long as there
// are keys.
// CHECK-LABEL: func @generous
// CHECK-DAG: %[[TK:.*]] = tensor.dim %arg1
// CHECK-DAG: %[[MOST:.*]] = arith.constant 1073741823 : index
// CHECK: %[[ALL:.*]] = arith.divui %[[TK]], %{{.*}} : index
// CHECK: %[[N:.*]] = arith.minsi %[[ALL]], %[[MOST]] : index
// CHECK: %[[R:.*]] = tensor.empty(%[[N]]) : tensor<1x2x64x?x2xi32>
// CHECK: hip.partition {{.*}} outs(%[[R]], {{.*}}{chunks = 1073741823 : i64
// CHECK: scf.for
// CHECK:   hip.select {{.*}}{keep = 1073741823 : i64}
func.func @generous(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x?x64xf16>,
                    %b: tensor<1x2x64x?xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x?xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x?x64xf16>)
    outs(%b, %c : tensor<1x2x64x?xi32>, tensor<1x2x64xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 2147483646> {causal}
    -> tensor<1x2x64x?xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x?xi32>, tensor<1x2x64xi32>
}

// -----

// CHECK-LABEL: func @generous_static
// CHECK: hip.partition {{.*}}{chunks = 5000 : i64, granule = 2 : i64} -> tensor<1x2x1x5000x2xi32>
// CHECK-NEXT: hip.blocks {{.*}} -> tensor<1x2x1x5000xi32>
func.func @generous_static(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x10000x64xf16>,
                           %b: tensor<1x2x1x5000xi32>, %c: tensor<1x2x1xi32>)
    -> (tensor<1x2x1x5000xi32>, tensor<1x2x1xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x10000x64xf16>)
    outs(%b, %c : tensor<1x2x1x5000xi32>, tensor<1x2x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 2147483646> {causal}
    -> tensor<1x2x1x5000xi32>, tensor<1x2x1xi32>
  return %0#0, %0#1 : tensor<1x2x1x5000xi32>, tensor<1x2x1xi32>
}

// -----

// CHECK-LABEL: func @generous_boxes
// CHECK: hip.select {{.*}}{keep = 5000 : i64} -> tensor<1x2x1x5000x2xi32>
// CHECK: hip.split {{.*}} -> tensor<1x2x1x10000x2xi32>
// CHECK: hip.select {{.*}}{keep = 4 : i64} -> tensor<1x2x1x4x2xi32>
func.func @generous_boxes(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x10001x64xf16>,
                          %b: tensor<1x2x1x4xi32>, %c: tensor<1x2x1xi32>)
    -> (tensor<1x2x1x4xi32>, tensor<1x2x1xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x10001x64xf16>)
    outs(%b, %c : tensor<1x2x1x4xi32>, tensor<1x2x1xi32>)
    policy #hip.boxes<block_q = 64, block_k = 1, levels = [(2, 2147483646)], keep = 4> {causal}
    -> tensor<1x2x1x4xi32>, tensor<1x2x1xi32>
  return %0#0, %0#1 : tensor<1x2x1x4xi32>, tensor<1x2x1xi32>
}

// -----

// S14c: the summaries of all parts, then each part's steps between the same
// ends, and the union of their lists.
// CHECK-LABEL: func @union
// CHECK-SAME: %[[B:[^:]*]]: tensor<1x2x64x256xi32>, %[[C:[^:]*]]: tensor<1x2x64xi32>)
// CHECK: %[[BOXES:.*]] = hip.summarize {{.*}}{granule = 64 : i64}
// CHECK-NOT: tensor.empty
// CHECK: bufferization.alloc_tensor() : tensor<1x2x64xi32>
// CHECK: hip.partition {{.*}} band <block_q = 64, chunk = 64> {chunks = 192 : i64, granule = 2 : i64}
// CHECK: hip.select {{.*}}{keep = 192 : i64}
// CHECK: %[[TREE:.*]]:2 = hip.blocks {{.*}}{block_k = 2 : i64, granule = 2 : i64} -> tensor<1x2x64x192xi32>
// CHECK: hip.partition {{.*}} band <block_q = 64, chunk = 64> {granule = 8 : i64, size = 64 : i64}
// CHECK: hip.score ins(%{{.*}}, %[[BOXES]], {{.*}}kind = #hip.box<64>
// CHECK: %[[LIST:.*]]:2 = hip.blocks {{.*}}{block_k = 8 : i64, granule = 8 : i64} -> tensor<1x2x64x8xi32>
// CHECK-NOT: hip.partition
// CHECK: hip.union {{.*}} lists(%[[TREE]]#0, %[[LIST]]#0 : {{.*}} counts(%[[TREE]]#1, %[[LIST]]#1 :
// CHECK-SAME: outs(%[[B]], %[[C]] :
// CHECK-SAME: band <block_q = 64, chunk = 64> {block_k = 2 : i64, block_q = 64 : i64, list_block_k = array<i64: 2, 8>}
func.func @union(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %b: tensor<1x2x64x256xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x256xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>)
    policy #hip.union<[tree<keep = 384>, union<[boxes<keep = 64>]>, boxes<keep = 64>]> {causal}
    -> tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
}

// -----

// Summaries of the caller, one a level in the order of the parts; chunks of
// which the band has a common multiple.
// CHECK-LABEL: func @union_operands
// CHECK-SAME: %[[S:[^:]*]]: tensor<1x2x170x2x64xf16>, %[[P:[^:]*]]: tensor<1xi32>
// CHECK-NOT: hip.summarize
// CHECK: hip.partition {{.*}} positions(%[[P]] : {{.*}} band <block_q = 64, chunk = 96> {granule = 1 : i64, size = 32 : i64}
// CHECK: hip.partition {{.*}} positions(%[[P]] : {{.*}} band <block_q = 64, chunk = 96> {granule = 12 : i64, size = 24 : i64}
// CHECK: hip.score ins(%{{.*}}, %[[S]], {{.*}}kind = #hip.box<24>
// CHECK: hip.union {{.*}} positions(%[[P]] : {{.*}}{block_k = 4 : i64, block_q = 64 : i64, list_block_k = array<i64: 8, 12>}
func.func @union_operands(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>, %s: tensor<1x2x170x2x64xf16>,
                          %p: tensor<1xi32>, %b: tensor<1x2x64x40xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x40xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    summaries(%s : tensor<1x2x170x2x64xf16>) positions(%p : tensor<1xi32>)
    outs(%b, %c : tensor<1x2x64x40xi32>, tensor<1x2x64xi32>)
    policy #hip.union<[stages<[(64, 32, 64, 1), (64, 8, 64, 1)]>, boxes<block_k = 12, levels = [(24, 96)], keep = 96>]>
    {causal} -> tensor<1x2x64x40xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x40xi32>, tensor<1x2x64xi32>
}

// -----

// One part is itself.
// CHECK-LABEL: func @union_of_one
// CHECK: hip.blocks {{.*}} outs(%arg2, %arg3 :
// CHECK-NOT: hip.union
func.func @union_of_one(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                        %b: tensor<1x2x64x512xi32>, %c: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x512xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%b, %c : tensor<1x2x64x512xi32>, tensor<1x2x64xi32>)
    policy #hip.union<[tree, union<[tree]>]> {causal} -> tensor<1x2x64x512xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x512xi32>, tensor<1x2x64xi32>
}

// -----

// A part that is searched apart from its union has the candidates of that.
// CHECK-LABEL: func @part_of_a_union
// CHECK: hip.partition {{.*}} band <block_q = 64, chunk = 64, sink = 128, window = 1024> {chunks = {{[0-9]*}} : i64, granule = 2 : i64}
func.func @part_of_a_union(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                           %blocks: tensor<1x2x64x256xi32>, %counts: tensor<1x2x64xi32>)
    -> (tensor<1x2x64x256xi32>, tensor<1x2x64xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
    outs(%blocks, %counts : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>)
    policy #hip.tree {sink = 128 : i64, window = 1024 : i64, causal, chunk = 64 : i64}
    -> tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
  return %0#0, %0#1 : tensor<1x2x64x256xi32>, tensor<1x2x64xi32>
}
