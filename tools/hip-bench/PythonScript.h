//===- PythonScript.h - Scripts of benchmarks/ in a process of their own
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_PYTHONSCRIPT_H
#define HIP_BENCH_PYTHONSCRIPT_H

#include "runtime/base/Status.h"

#include <optional>
#include <string>
#include <vector>

namespace hip_bench {

struct PythonScript {
  std::string python; ///< a program, or its name on the PATH
  std::string script;
  std::string needs; ///< what that Python has to have, for messages
};

/// Runs it to its end; an exit code other than 0 is an error. What it prints
/// goes to `output`, or to where ours goes.
hipc::Status runScript(const PythonScript &script,
                       const std::vector<std::string> &words,
                       const std::optional<std::string> &output = {});

/// The text that it prints.
hipc::Expected<std::string> readScript(const PythonScript &script,
                                       const std::vector<std::string> &words);

} // namespace hip_bench

#endif // HIP_BENCH_PYTHONSCRIPT_H
