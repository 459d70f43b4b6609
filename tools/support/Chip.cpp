//===- Chip.cpp - The GPU that a flag names
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Chip.h"

#include "dialect/gpu/Chips.h"
#include "runtime/device/Backend.h"

using namespace hipc;

namespace hip_tool {

/// The GPU of this machine.
constexpr std::string_view kNative = "native";

std::string chipChoices() { return join(kNative, ", ", mlir::hip::gpuNames()); }

Expected<std::string> readChip(std::string_view flag, const std::string &name,
                               std::string_view others) {
  if (mlir::hip::isGpuName(name))
    return std::string(mlir::hip::chipFor(name));
  if (name != kNative)
    return error(Code::NotFound, flag, " ", name, ", but there are only ",
                 others, chipChoices(), "; ", mlir::hip::chipHint(name));
  auto gpu = device::createCuda();
  if (!gpu)
    return error(gpu.status().code(), flag, " ", kNative, ": ",
                 gpu.status().message(), "; name one of ", others,
                 mlir::hip::gpuNames());
  std::string capability = (*gpu)->capability();
  std::string chip(mlir::hip::chipFor(capability));
  if (mlir::hip::findChip(chip))
    return chip;
  return error(Code::Unsupported, flag, " ", kNative, ": ", (*gpu)->name(),
               " is ", capability, "; ", mlir::hip::chipHint(capability));
}

} // namespace hip_tool
