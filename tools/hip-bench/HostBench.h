//===- HostBench.h - What the C API costs its host
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_HOSTBENCH_H
#define HIP_BENCH_HOSTBENCH_H

#include "runtime/base/Status.h"

namespace hip_bench {

struct HostOptions {
  std::string library; ///< libhipc.so; opened as a host would
  std::string device = "auto";
  std::string cache; ///< folder of packages
  std::string until; ///< be a new process: to its "driver" or "result"
};

/// Times of the C API as a JSON object a line: a cached look-up, a call with
/// all checks, and processes from start to first result.
hipc::Status benchHost(const HostOptions &options);

} // namespace hip_bench

#endif // HIP_BENCH_HOSTBENCH_H
