//===- CudaBench.h - Attention on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CUDABENCH_H
#define HIP_BENCH_CUDABENCH_H

#include "SparseLists.h"

#include <string>
#include <vector>

namespace hip_bench {

struct CudaOptions {
  std::vector<std::string> what; ///< variants, "decode", "decode:VARIANT"
  std::vector<int64_t> lengths;
  std::vector<int64_t> batches;
  std::string chip;     ///< to compile for; empty: the device's own
  std::string heads;    ///< query, kv or all: what shares a policy's list
  std::string schedule; ///< of the attention kernel; empty: the compiler's
  std::vector<ListOptions> lists; ///< of "sparse"
  int64_t repeat = 20;
  bool kept = false;  ///< summaries are made before, and not in each run
  bool flush = false; ///< empty the L2 cache before each run
};

/// Times each variant at each length on the first GPU, and prints one JSON
/// object per line.
hipc::Status benchCuda(const CudaOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_CUDABENCH_H
