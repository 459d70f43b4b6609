// RUN: hip-opt %s --hip-schedule=chip=sm_90a --split-input-file --verify-diagnostics

module attributes {hip.tuning = {from = "t.json", kernels = {
    "attention of many rows, bf16, D = 128, Dv = 128, block_q = 64, runs = 128, heads = 4" =
      #hip.schedule<threads = 128, rows = 64, columns = 64, split_keys = 64, split_rows = 16>}}} {
  func.func @parts(%q: memref<1x4x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x4x?x128xbf16>) {
    // expected-error @+1 {{of t.json for the kernel 'attention of many rows, bf16, D = 128, Dv = 128, block_q = 64, runs = 128, heads = 4', but it and the model's have to split keys or neither, with the same split_rows; the model has #hip.schedule<threads = 256}}
    hip.block_sparse_attention ins(%q, %k, %k : memref<1x4x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) outs(%o : memref<1x4x?x128xbf16>)
      band #hip.band<block_q = 64, chunk = 1, causal = true> {block_q = 64 : i64, block_k = 1 : i64}
    return
  }
}

// -----

module attributes {hip.tuning = {from = "t.json", kernels = {
    "attention of many rows, bf16, D = 128, Dv = 128, block_q = 32, runs = 128, heads = 4" =
      #hip.schedule<threads = 128, rows = 32, columns = 64, unit = wgmma>}}} {
  func.func @wgmma(%q: memref<1x4x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x4x?x128xbf16>) {
    // expected-error @+1 {{but block_q = 32 is not a multiple of 64 rows; the model has}}
    hip.block_sparse_attention ins(%q, %k, %k : memref<1x4x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) outs(%o : memref<1x4x?x128xbf16>)
      band #hip.band<block_q = 32, chunk = 1, causal = true> {block_q = 32 : i64, block_k = 1 : i64}
    return
  }
}

// -----

// expected-error @+1 {{'hip.tuning' = {kernels = {}}, but it is the 'from' of schedules and, by names of 'kernels', #hip.schedule each}}
module attributes {hip.tuning = {kernels = {}}} {
}
