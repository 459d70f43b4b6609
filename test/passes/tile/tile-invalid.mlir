// RUN: hip-opt %s --hip-tile --split-input-file --verify-diagnostics

// A composite op has no tiles of its own.
func.func @attention(%q: memref<1x2x64x64xf16>, %k: memref<1x2x64x64xf16>, %o: memref<1x2x64x64xf16>) {
  // expected-error @below {{has no tiles; run hip-expand-attention and hip-expand-prune first}}
  hip.attention ins(%q, %k, %k : memref<1x2x64x64xf16>, memref<1x2x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%o : memref<1x2x64x64xf16>) policy #hip.dense
  return
}

// -----

func.func @prune(%q: memref<1x8x64x64xf16>, %k: memref<1x2x64x64xf16>,
                 %b: memref<1x2x1x256xi32>, %c: memref<1x2x1xi32>) {
  // expected-error @below {{has no tiles; run hip-expand-attention and hip-expand-prune first}}
  hip.prune ins(%q, %k : memref<1x8x64x64xf16>, memref<1x2x64x64xf16>)
    outs(%b, %c : memref<1x2x1x256xi32>, memref<1x2x1xi32>)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
  return
}

// -----

func.func @tensors(%o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>) -> tensor<1x8x1x64xf32> {
  // expected-error @below {{is on tensors; bufferise first}}
  %0 = hip.merge ins(%o : tensor<1x8x1x64xf32>) lse(%l : tensor<1x8x1xf32>)
    outs(%o : tensor<1x8x1x64xf32>) -> tensor<1x8x1x64xf32>
  return %0 : tensor<1x8x1x64xf32>
}
