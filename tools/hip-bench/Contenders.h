//===- Contenders.h - Policies to compare
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CONTENDERS_H
#define HIP_BENCH_CONTENDERS_H

#include "runtime/base/Status.h"

#include <vector>

namespace hip_bench {

struct Contender {
  std::string policy;
  int64_t moreWindow = 0; ///< keys beside --window: all that a window can keep
};

/// Dense attention, and of each number of keys kept a window, tree, stages,
/// boxes and the union of a tree and boxes.
std::vector<Contender> contenders(const std::vector<int64_t> &keeps);

/// Policies between ';'.
hipc::Expected<std::vector<Contender>> readContenders(std::string_view text);

/// What --keep has to be a multiple of.
constexpr int64_t kKeepMultiple = 64;

} // namespace hip_bench

#endif // HIP_BENCH_CONTENDERS_H
