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

// -----

// Thread blocks of parts of the keys have one tile of rows.
func.func @many_rows(%q: memref<1x2x100x32xf16>, %k: memref<1x1x1000x32xf16>, %o: memref<1x2x100x32xf16>) {
  // expected-error @below {{has 100 query rows, but split_keys = 64 is for up to 8 (2 heads in split_rows = 16); leave the schedule to hip-multiversion}}
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x100x32xf16>, memref<1x1x1000x32xf16>, memref<1x1x1000x32xf16>)
    outs(%o : memref<1x2x100x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 64, split_rows = 16>}
  return
}
