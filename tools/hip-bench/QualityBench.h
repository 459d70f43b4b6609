//===- QualityBench.h - What policies keep of recorded arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_QUALITYBENCH_H
#define HIP_BENCH_QUALITYBENCH_H

#include "Contenders.h"

#include "compiler/AttentionProgram.h"

namespace hip_bench {

struct QualityOptions {
  std::vector<std::string> files; ///< q, k and v of each recording
  std::vector<Contender> contenders;
  hipc::AttentionProgram program; ///< but for policies and types
  double recall = 0.99;           ///< wanted
  int64_t rows = 64;              ///< of a recording
  int64_t top = 64;
  int64_t repeat = 3;
  int64_t threads = 0; ///< 0: one a processor
  std::string device = "auto";
  bool json = false;
};

/// Runs each policy on all recordings, prints what it keeps and what it costs,
/// and names the fastest that has the wanted recall.
hipc::Status benchQuality(const QualityOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_QUALITYBENCH_H
