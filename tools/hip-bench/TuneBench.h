//===- TuneBench.h - The fastest schedules of attention on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_TUNEBENCH_H
#define HIP_BENCH_TUNEBENCH_H

#include "CudaBench.h"

namespace hip_bench {

struct TuneOptions {
  CudaOptions cuda;
  std::string table;  ///< to write; empty: none
  std::string commit; ///< a note in it
  std::vector<int64_t> persistent;
  int64_t rounds = 2;
  bool reorders = false;
};

/// Searches around the schedule that the compiler gives attention of each
/// request, over all lengths together. Prints a JSON object for each schedule
/// that is tried, and one for the best.
hipc::Status benchTune(const TuneOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_TUNEBENCH_H
