//===- Tuning.h - Tables of measured schedules
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_TUNING_H
#define HIPC_COMPILER_TUNING_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace hipc {

struct TunedKernel {
  std::string name;     ///< as `--explain` has it where there is a table
  std::string schedule; ///< "threads = 128, rows = 64, columns = 64"
};

/// What `hip-bench tune` has measured on a chip. hip-schedule takes schedules
/// of it before its own.
struct Tuning {
  std::string file; ///< as messages have it; empty: there is none
  std::string chip;
  std::vector<TunedKernel> kernels;
};

/// Of JSON: {"chip": "sm_90a", "kernels": [{"kernel": NAME, "schedule":
/// TEXT}]}; other fields are notes.
Expected<Tuning> readTuning(const std::string &path);

} // namespace hipc

#endif // HIPC_COMPILER_TUNING_H
