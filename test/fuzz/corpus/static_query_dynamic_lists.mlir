// hip-opt --hip-reference (right)
func.func @f(%q: tensor<1x4x37x1xf16>, %k0: tensor<?x8x2x1xf16>, %k1: tensor<1x?xi32>, %k2: tensor<1xi32>, %v0: tensor<?x8x2x33xf16>, %v1: tensor<1x?xi32>, %v2: tensor<1xi32>)
    -> (tensor<1x4x37x33xf16>, tensor<1x4x37xf32>, tensor<1x1x?x16xi32>, tensor<1x1x?xi32>) {
  %k = hip.kv.paged %k0[%k1] lengths(%k2) : tensor<?x8x2x1xf16>, tensor<1x?xi32>, tensor<1xi32>
  %v = hip.kv.paged %v0[%v1] lengths(%v2) : tensor<?x8x2x33xf16>, tensor<1x?xi32>, tensor<1xi32>
  %two = arith.constant 2 : index
  %t = tensor.dim %q, %two : tensor<1x4x37x1xf16>
  %unit = arith.constant 8 : index
  %m = arith.ceildivui %t, %unit : index
  %bi = tensor.empty(%m) : tensor<1x1x?x16xi32>
  %ci = tensor.empty(%m) : tensor<1x1x?xi32>
  %list:2 = hip.prune ins(%q, %k : tensor<1x4x37x1xf16>, !hip.kv<1x2x?x1xf16>) outs(%bi, %ci : tensor<1x1x?x16xi32>, tensor<1x1x?xi32>) policy #hip.tree<block_q = 8, block_k = 2, keep = 32, representative = last, q_stride = 1, k_stride = 1, reduce = max> {sink = 32 : i64, window = 0 : i64, heads = #hip.heads<all>, causal} -> tensor<1x1x?x16xi32>, tensor<1x1x?xi32>
  %o = tensor.empty() : tensor<1x4x37x33xf16>
  %l = tensor.empty() : tensor<1x4x37xf32>
  %r:2 = hip.block_sparse_attention ins(%q, %k, %v : tensor<1x4x37x1xf16>, !hip.kv<1x2x?x1xf16>, !hip.kv<1x2x?x33xf16>) list(%list#0, %list#1 : tensor<1x1x?x16xi32>, tensor<1x1x?xi32>) outs(%o, %l : tensor<1x4x37x33xf16>, tensor<1x4x37xf32>) band #hip.band<block_q = 8, chunk = 2, sink = 32, window = 0> {block_q = 8 : i64, block_k = 2 : i64, scale = -0.25 : f32, softcap = 30.0 : f32} -> tensor<1x4x37x33xf16>, tensor<1x4x37xf32>
  return %r#0, %r#1, %list#0, %list#1 : tensor<1x4x37x33xf16>, tensor<1x4x37xf32>, tensor<1x1x?x16xi32>, tensor<1x1x?xi32>
}
