// RUN: hip-opt %s --hip-to-buffers | FileCheck %s

// Steps land on memrefs, in place: no copy, and a tree step allocates only its
// halves and their scores.
// CHECK-LABEL: func @tree
// CHECK: scf.for
// CHECK-COUNT-2: memref.alloc
// CHECK: hip.select {{.*}} outs(%[[R:[a-z_0-9]+]], %[[C:[a-z_0-9]+]] :
// CHECK: hip.blocks ins(%[[R]], %[[C]] :
// CHECK: hip.block_sparse_attention
// CHECK-NOT: memref.copy
// CHECK-NOT: tensor
func.func @tree(%q: tensor<1x8x?x64xf16>, %k: tensor<1x2x?x64xf16>, %o: tensor<1x8x?x64xf16>)
    -> tensor<1x8x?x64xf16> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x8x?x64xf16>
  %e = tensor.empty(%t) : tensor<1x8x?x64xf16>
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x?x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%e : tensor<1x8x?x64xf16>) policy #hip.tree<block_q = 64, block_k = 2, keep = 64> {causal}
    -> tensor<1x8x?x64xf16>
  return %0 : tensor<1x8x?x64xf16>
}

// CHECK-LABEL: func @view
// CHECK: %[[K:.*]] = hip.kv.ragged %{{.*}}[%{{.*}}] : memref<?x2x64xf16, {{.*}}>, memref<5xi32, {{.*}}>
// CHECK: hip.block_sparse_attention ins(%{{.*}}, %[[K]], %[[K]] :
func.func @view(%q: tensor<4x8x?x64xf16>, %k: tensor<?x2x64xf16>, %offsets: tensor<5xi32>)
    -> tensor<4x8x?x64xf16> {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<4x8x?x64xf16>
  %e = tensor.empty(%t) : tensor<4x8x?x64xf16>
  %v = hip.kv.ragged %k[%offsets] : tensor<?x2x64xf16>, tensor<5xi32>
  %0 = hip.attention ins(%q, %v, %v : tensor<4x8x?x64xf16>, !hip.kv<4x2x?x64xf16>, !hip.kv<4x2x?x64xf16>)
    outs(%e : tensor<4x8x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<4x8x?x64xf16>
  return %0 : tensor<4x8x?x64xf16>
}
