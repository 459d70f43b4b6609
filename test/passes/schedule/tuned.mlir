// RUN: hip-opt %s --hip-schedule=chip=sm_90a | FileCheck %s
// RUN: hip-opt %s --hip-multiversion=chip=sm_90a --hip-schedule=chip=sm_90a | FileCheck %s --check-prefix=BOTH
// RUN: hip-opt %s --hip-schedule | FileCheck %s --check-prefix=CPU


// A table's schedules come before the model's, for few rows and for many; its attribute is gone then.
// CHECK-NOT: hip.tuning
// CPU: threads = 1,
// CHECK-LABEL: func @found
// CHECK: #hip.schedule<threads = 128, rows = 64, columns = 128, stages = 3, producers = 128, unit = wgmma>
// BOTH-LABEL: func @found
// BOTH: split_keys = 128, split_rows = 16
// BOTH: #hip.schedule<threads = 128, rows = 64, columns = 128, stages = 3, producers = 128, unit = wgmma>
// CHECK-LABEL: func @missing
// CHECK: #hip.schedule<threads = 32, rows = 32, columns = 32>
module attributes {hip.tuning = {from = "t.json", kernels = {
    "attention of many rows, bf16, D = 128, Dv = 128, block_q = 64, runs = 128, heads = 4" =
      #hip.schedule<threads = 128, rows = 64, columns = 128, stages = 3, producers = 128, unit = wgmma>,
    "attention of few rows, bf16, D = 128, Dv = 128, block_q = 64, runs = 128, heads = 4" =
      #hip.schedule<threads = 32, rows = 64, columns = 32, split_keys = 128, split_rows = 16>}}} {
  func.func @found(%q: memref<1x4x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x4x?x128xbf16>) {
    hip.block_sparse_attention ins(%q, %k, %k : memref<1x4x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) outs(%o : memref<1x4x?x128xbf16>)
      band #hip.band<block_q = 64, chunk = 1, causal = true> {block_q = 64 : i64, block_k = 1 : i64}
    return
  }
  func.func @missing(%q: memref<1x4x?x128xbf16>, %k: memref<1x1x?x128xbf16>, %o: memref<1x4x?x128xbf16>) {
    hip.block_sparse_attention ins(%q, %k, %k : memref<1x4x?x128xbf16>, memref<1x1x?x128xbf16>, memref<1x1x?x128xbf16>) outs(%o : memref<1x4x?x128xbf16>)
      band #hip.band<block_q = 32, chunk = 1, causal = true> {block_q = 32 : i64, block_k = 1 : i64}
    return
  }
}
