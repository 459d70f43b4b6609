//===- CpuBench.h - Dense and sparse attention on the CPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CPUBENCH_H
#define HIP_BENCH_CPUBENCH_H

#include "ListFlags.h"
#include "NumpyBaseline.h"

#include <vector>

namespace hip_bench {

struct CpuOptions {
  std::vector<int64_t> lengths;
  std::string pipeline;
  NumpyOptions numpy;             ///< its threads and repeats are ours too
  std::vector<ListOptions> lists; ///< to attend over as well
};

/// Measures and prints a table for each length.
hipc::Status benchCpu(const CpuOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_CPUBENCH_H
