//===- Measure.h - Medians and peaks
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_MEASURE_H
#define HIP_BENCH_MEASURE_H

#include "runtime/base/Status.h"

#include <functional>
#include <vector>

namespace hip_bench {

struct Measurement {
  double medianMs = 0;
  double beyondMib = 0; ///< peak memory beyond inputs and outputs
  double scale = 1;     ///< above 1: a part was measured, the time is scaled
};

double median(std::vector<double> values);

/// Runs `work` `repeat` times. It keeps `outputBytes` at its end, which do not
/// count as memory.
hipc::Expected<Measurement> measure(int64_t repeat, int64_t outputBytes,
                                    const std::function<hipc::Status()> &work);

} // namespace hip_bench

#endif // HIP_BENCH_MEASURE_H
