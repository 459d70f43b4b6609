//===- Outputs.h - Result files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_OUTPUTS_H
#define HIP_TOOLS_SUPPORT_OUTPUTS_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace hip_tool {

/// Refuses, before any work, result files that could not be written: without a
/// folder, a folder themselves, the same one twice, or one of `inputs`. Empty
/// paths are skipped.
hipc::Status checkOutputs(const std::vector<std::string> &paths,
                          const std::vector<std::string> &inputs);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_OUTPUTS_H
