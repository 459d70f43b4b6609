//===- NumpyBaseline.h - Dense attention in NumPy
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_NUMPYBASELINE_H
#define HIP_BENCH_NUMPYBASELINE_H

#include "Measure.h"

namespace hip_bench {

struct NumpyOptions {
  std::string python;
  std::string script; ///< benchmarks/numpy_dense.py
  int64_t threads = 1;
  int64_t repeat = 1;
};

/// Runs the script in a process of its own, with the threads in BLAS or, where
/// `splitBlocks`, one a query block.
hipc::Expected<Measurement> measureNumpy(const NumpyOptions &options,
                                         int64_t length, bool splitBlocks);

} // namespace hip_bench

#endif // HIP_BENCH_NUMPYBASELINE_H
