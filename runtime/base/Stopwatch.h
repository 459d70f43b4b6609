//===- Stopwatch.h - Milliseconds since a point in time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_BASE_STOPWATCH_H
#define HIPC_RUNTIME_BASE_STOPWATCH_H

#include <chrono>

namespace hipc {

/// Starts when it is made.
class Stopwatch {
public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start)
        .count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_STOPWATCH_H
