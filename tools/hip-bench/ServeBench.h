//===- ServeBench.h - A server's traffic, beside SDPA
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_SERVEBENCH_H
#define HIP_BENCH_SERVEBENCH_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace hip_bench {

struct ServeOptions {
  std::string python;
  std::string script;             ///< empty: benchmarks/speed/serve.py
  std::string checkout;           ///< where that is, if not in the working
                                  ///< directory
  std::vector<std::string> words; ///< of the script
};

/// Runs benchmarks/speed/serve.py, which prints a table.
hipc::Status benchServe(const ServeOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_SERVEBENCH_H
