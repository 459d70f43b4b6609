//===- CSupport.h - What is the same in every program in C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_CSUPPORT_H
#define HIP_COMPILE_CSUPPORT_H

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hip_compile {

/// Texts in which $NAME$ stands for a value.
extern const std::string_view kHeader, kSourceStart, kEncode, kSourceEnd;

using Value = std::pair<std::string_view, std::string>;
using Values = std::vector<Value>;
std::string fill(std::string_view text, const Values &values);

} // namespace hip_compile

#endif // HIP_COMPILE_CSUPPORT_H
