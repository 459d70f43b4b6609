// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --mlir-print-op-generic | hip-opt | FileCheck %s

// CHECK-LABEL: func @steps
func.func @steps(%q: tensor<2x8x256x64xf16>, %k: tensor<2x2x256x64xf16>, %p: tensor<2xi32>,
                 %r: tensor<2x2x4x32x2xi32>, %c: tensor<2x2x4xi32>, %r2: tensor<2x2x4x64x2xi32>,
                 %s: tensor<2x2x4x64xf32>, %b: tensor<2x2x4x32xi32>, %x: tensor<2x2x4x2x64xf16>) {
  // CHECK: hip.partition ins(%{{.*}}, %{{.*}} : {{.*}}) positions(%{{.*}} : tensor<2xi32>) outs(
  // CHECK-SAME: band <block_q = 64, chunk = 2, sink = 16, window = 32, causal = false> {chunks = 32 : i64, granule = 2 : i64}
  %0:2 = hip.partition ins(%q, %k : tensor<2x8x256x64xf16>, tensor<2x2x256x64xf16>)
    positions(%p : tensor<2xi32>) outs(%r, %c : tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>)
    band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32, causal = false>
    {granule = 2, chunks = 32} -> tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>
  // CHECK: hip.split {{.*}}{ways = 2 : i64}
  %1:2 = hip.split ins(%0#0, %0#1 : tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>)
    outs(%r2, %c : tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>) {ways = 2}
    -> tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>
  // CHECK: hip.score {{.*}}k_stride = 2 : i64, q_stride = 4 : i64, reduce = #hip.reduce<mean>, representative = #hip.representative<last>
  %2 = hip.score ins(%q, %k, %1#0, %1#1 : tensor<2x8x256x64xf16>, tensor<2x2x256x64xf16>,
                     tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>)
    outs(%s : tensor<2x2x4x64xf32>)
    {block_q = 64, granule = 2, representative = #hip.representative<last>, q_stride = 4,
     k_stride = 2, reduce = #hip.reduce<mean>} -> tensor<2x2x4x64xf32>
  // CHECK: hip.descend {{.*}}levels = 3 : i64, path_score = #hip.path_score<path>
  %3 = hip.descend ins(%q, %k, %1#0, %1#1 : tensor<2x8x256x64xf16>, tensor<2x2x256x64xf16>,
                       tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>)
    outs(%s : tensor<2x2x4x64xf32>)
    {block_q = 64, granule = 2, levels = 3, path_score = #hip.path_score<path>}
    -> tensor<2x2x4x64xf32>
  // CHECK: hip.select {{.*}}{keep = 32 : i64}
  %4:2 = hip.select ins(%1#0, %1#1, %3 : tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>, tensor<2x2x4x64xf32>)
    outs(%r, %c : tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>) {keep = 32}
    -> tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>
  // CHECK: hip.blocks {{.*}}{block_k = 2 : i64, granule = 2 : i64}
  %5:2 = hip.blocks ins(%4#0, %4#1 : tensor<2x2x4x32x2xi32>, tensor<2x2x4xi32>)
    outs(%b, %c : tensor<2x2x4x32xi32>, tensor<2x2x4xi32>) {granule = 2, block_k = 2}
    -> tensor<2x2x4x32xi32>, tensor<2x2x4xi32>
  // CHECK: %[[BOX:.*]] = hip.summarize {{.*}}{granule = 64 : i64}
  %6 = hip.summarize ins(%k : tensor<2x2x256x64xf16>) outs(%x : tensor<2x2x4x2x64xf16>)
    {granule = 64} -> tensor<2x2x4x2x64xf16>
  // CHECK: hip.score ins(%{{.*}}, %[[BOX]], {{.*}}{block_q = 64 : i64, granule = 2 : i64, kind = #hip.box<64>}
  %7 = hip.score ins(%q, %6, %1#0, %1#1 : tensor<2x8x256x64xf16>, tensor<2x2x4x2x64xf16>,
                     tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>)
    outs(%s : tensor<2x2x4x64xf32>)
    {block_q = 64, granule = 2, kind = #hip.box<64>} -> tensor<2x2x4x64xf32>
  // CHECK: hip.score {{.*}}{block_q = 64 : i64, granule = 32 : i64, kind = #hip.mean}
  %8 = hip.score ins(%q, %k, %1#0, %1#1 : tensor<2x8x256x64xf16>, tensor<2x2x256x64xf16>,
                     tensor<2x2x4x64x2xi32>, tensor<2x2x4xi32>)
    outs(%s : tensor<2x2x4x64xf32>)
    {block_q = 64, granule = 32, kind = #hip.mean} -> tensor<2x2x4x64xf32>
  return
}

// On memrefs an op has no result.
// CHECK-LABEL: func @buffers
func.func @buffers(%q: memref<1x8x?x64xbf16>, %k: memref<1x2x?x64xbf16, strided<[?, ?, ?, 1], offset: ?>>,
                   %b: memref<1x1x?x16xi32>, %c: memref<1x1x?xi32>) {
  // CHECK: hip.prune ins({{.*}}) outs({{.*}}) policy #hip.stages<[(64, 256, all, 4), (32, 8, 128, 1)], granule = 2, representative = center, k_stride = 2, score = path, reduce = mean> {causal, heads = #hip.heads<all>, sink = 8 : i64}
  // CHECK-NOT: ->
  hip.prune ins(%q, %k : memref<1x8x?x64xbf16>, memref<1x2x?x64xbf16, strided<[?, ?, ?, 1], offset: ?>>)
    outs(%b, %c : memref<1x1x?x16xi32>, memref<1x1x?xi32>)
    policy #hip.stages<[(64, 256, all, 4), (32, 8, 128, 1)], reduce = mean, score = path, granule = 2, k_stride = 2, representative = center>
    {causal, heads = #hip.heads<all>, sink = 8}
  return
}
