//===- Explain.h - What was chosen and why
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_EXPLAIN_H
#define HIP_COMPILE_EXPLAIN_H

#include "Build.h"

namespace hip_compile {

/// The plan, the resources that each kernel takes, and what passes chose.
std::string explain(const Compiled &compiled);

} // namespace hip_compile

#endif // HIP_COMPILE_EXPLAIN_H
