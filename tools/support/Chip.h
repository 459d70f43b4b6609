//===- Chip.h - The GPU that a flag names
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_CHIP_H
#define HIP_TOOLS_SUPPORT_CHIP_H

#include "runtime/base/Status.h"

namespace hip_tool {

/// "native, sm_80, ...": what readChip() takes.
std::string chipChoices();

/// The chip to compile for: one of dialect/gpu/Chips.h by the name of a GPU, or
/// by the driver for "native". Errors name the flag, such as "--chip", and what
/// it takes beside GPUs, such as "cpu, ".
hipc::Expected<std::string> readChip(std::string_view flag,
                                     const std::string &name,
                                     std::string_view others = "");

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_CHIP_H
