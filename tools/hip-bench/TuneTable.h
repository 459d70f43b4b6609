//===- TuneTable.h - Tables of measured schedules in a repository
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_TUNETABLE_H
#define HIP_BENCH_TUNETABLE_H

#include "runtime/base/Status.h"

#include "llvm/Support/JSON.h"

namespace hip_bench {

/// Puts `kernel` into the table at `path`, which is made if there is none, in
/// place of what it has of that name; without a "schedule" takes that out.
hipc::Status mergeKernel(const std::string &path, const std::string &chip,
                         llvm::json::Object kernel);

} // namespace hip_bench

#endif // HIP_BENCH_TUNETABLE_H
