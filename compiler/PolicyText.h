//===- PolicyText.h - Policies as hosts name them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_POLICYTEXT_H
#define HIPC_COMPILER_POLICYTEXT_H

#include "dialect/HipOps.h"
#include "runtime/base/Status.h"

namespace hipc {

/// The policy of such a text as "tree<keep = 512>", also with "#hip." in front,
/// "hip" or "auto".
Expected<mlir::hip::PolicyAttrInterface>
parsePolicy(const std::string &given, mlir::MLIRContext *context);

} // namespace hipc

#endif // HIPC_COMPILER_POLICYTEXT_H
