// RUN: hip-opt %s --hip-schedule=target=gpu | FileCheck %s --check-prefix=GPU
// RUN: hip-opt %s --hip-schedule | FileCheck %s --check-prefix=CPU
// RUN: hip-opt %s --hip-schedule="split-keys=64 split-rows=32" | FileCheck %s --check-prefix=SPLIT
// RUN: not hip-opt %s --hip-schedule=target=tpu 2>&1 | FileCheck %s --check-prefix=TPU

// TPU: error: schedules are for cpu or gpu, got tpu

// A warp for each 16 query rows; a CPU's thread blocks have one thread. What is there stays.
// GPU-LABEL: func @attention
// GPU: #hip.schedule<threads = 128, rows = 64, columns = 64, split_keys = 128>
// GPU: #hip.schedule<threads = 64, rows = 32, columns = 32>
// SPLIT-LABEL: func @attention
// SPLIT: #hip.schedule<threads = 1, rows = 512, columns = 64, split_keys = 64, split_rows = 32>
// CPU-LABEL: func @attention
// CPU: #hip.schedule<threads = 1, rows = 512, columns = 64>
// CPU: #hip.schedule<threads = 64, rows = 32, columns = 32>
func.func @attention(%q: memref<1x2x?x64xf32>, %k: memref<1x1x?x64xf32>,
                     %o: memref<1x2x?x64xf32>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%o : memref<1x2x?x64xf32>)
    band #hip.band<block_q = 64, chunk = 1, window = 8>
    {block_q = 64 : i64, block_k = 1 : i64}
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x?x64xf32>, memref<1x1x?x64xf32>, memref<1x1x?x64xf32>)
    outs(%o : memref<1x2x?x64xf32>)
    band #hip.band<block_q = 64, chunk = 1, window = 8>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 64, rows = 32, columns = 32>}
  return
}
