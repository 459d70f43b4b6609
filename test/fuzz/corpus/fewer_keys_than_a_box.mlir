// hip-opt --hip-to-cpu (right)
func.func @f(%q: tensor<1x4x?x128xf16>, %k0: tensor<1x1x?x128xf16>, %v0: tensor<1x1x?x128xf16>, %p: tensor<1xi32>, %s0: tensor<1x1x0x2x128xf16>)
    -> (tensor<1x4x?x128xf16>, tensor<1x4x?xf32>, tensor<1x1x?x4xi32>, tensor<1x1x?xi32>) {
  %two = arith.constant 2 : index
  %t = tensor.dim %q, %two : tensor<1x4x?x128xf16>
  %unit = arith.constant 16 : index
  %m = arith.ceildivui %t, %unit : index
  %bi = tensor.empty(%m) : tensor<1x1x?x4xi32>
  %ci = tensor.empty(%m) : tensor<1x1x?xi32>
  %list:2 = hip.prune ins(%q, %k0 : tensor<1x4x?x128xf16>, tensor<1x1x?x128xf16>) summaries(%s0 : tensor<1x1x0x2x128xf16>) positions(%p : tensor<1xi32>) outs(%bi, %ci : tensor<1x1x?x4xi32>, tensor<1x1x?xi32>) policy #hip.boxes<block_q = 16, block_k = 3, levels = [(12, 36)], keep = 12, q_stride = 1> {sink = 0 : i64, window = 0 : i64, heads = #hip.heads<kv>} -> tensor<1x1x?x4xi32>, tensor<1x1x?xi32>
  %o = tensor.empty(%t) : tensor<1x4x?x128xf16>
  %l = tensor.empty(%t) : tensor<1x4x?xf32>
  %r:2 = hip.block_sparse_attention ins(%q, %k0, %v0 : tensor<1x4x?x128xf16>, tensor<1x1x?x128xf16>, tensor<1x1x?x128xf16>) list(%list#0, %list#1 : tensor<1x1x?x4xi32>, tensor<1x1x?xi32>) positions(%p : tensor<1xi32>) outs(%o, %l : tensor<1x4x?x128xf16>, tensor<1x4x?xf32>) band #hip.band<block_q = 16, chunk = 12, sink = 0, window = 0, causal = false> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %x1 = arith.constant 4 : index
    %x2 = arith.maxsi %j, %x1 : index
    %x3 = arith.index_cast %j : index to i32
    %x4 = arith.sitofp %x3 : i32 to f32
    %x5 = arith.constant 4.0 : f32
    %x6 = arith.mulf %x4, %x5 : f32
    %x7 = arith.minimumf %s, %x6 : f32
    %x8 = arith.minimumf %x6, %x7 : f32
    %x9 = arith.cmpi ne, %b, %j : index
    %x10 = arith.constant 0xFF800000 : f32
    %x11 = arith.select %x9, %x8, %x10 : f32
    hip.yield %x11 : f32
  } {block_q = 16 : i64, block_k = 3 : i64, scale = -0.25 : f32} -> tensor<1x4x?x128xf16>, tensor<1x4x?xf32>
  return %r#0, %r#1, %list#0, %list#1 : tensor<1x4x?x128xf16>, tensor<1x4x?xf32>, tensor<1x1x?x4xi32>, tensor<1x1x?xi32>
}
