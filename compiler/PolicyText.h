//===- PolicyText.h - Policies as hosts name them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_POLICYTEXT_H
#define HIPC_COMPILER_POLICYTEXT_H

#include "compiler/LlvmScope.h"
#include "dialect/HipOps.h"
#include "runtime/base/Status.h"

#include "mlir/IR/MLIRContext.h"

namespace hipc {

/// The policy of a text such as "tree<keep = 512>", "#hip.tree<keep = 512>",
/// "hip" or "auto".
Expected<mlir::hip::PolicyAttrInterface>
parsePolicy(const std::string &given, mlir::MLIRContext *context);

/// A policy with a context of its own.
class OwnPolicy {
public:
  explicit OwnPolicy(const std::string &text)
      : context(mlir::MLIRContext::Threading::DISABLED),
        policy(parse(text, &context)) {}

  const Expected<mlir::hip::PolicyAttrInterface> &get() const { return policy; }

private:
  static Expected<mlir::hip::PolicyAttrInterface>
  parse(const std::string &text, mlir::MLIRContext *context) {
    context->loadDialect<mlir::hip::HipDialect>();
    return parsePolicy(text, context);
  }

  LlvmScope scope;
  mlir::MLIRContext context;
  Expected<mlir::hip::PolicyAttrInterface> policy;
};

} // namespace hipc

#endif // HIPC_COMPILER_POLICYTEXT_H
