//===- PlanNumbers.h - Index arithmetic as expressions of a plan
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_PLANNUMBERS_H
#define HIPC_COMPILER_PLANNUMBERS_H

#include "mlir/IR/Operation.h"
#include "runtime/package/Expr.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace hipc {

/// The one result of an op of arith or math over integers; nothing for an op
/// that has no expression. `operand` gives the operands' expressions.
std::optional<Expr>
numberOf(mlir::Operation *op,
         llvm::function_ref<Expected<Expr>(mlir::Value)> operand);

} // namespace hipc

#endif // HIPC_COMPILER_PLANNUMBERS_H
