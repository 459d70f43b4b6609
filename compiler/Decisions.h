//===- Decisions.h - What passes chose
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_DECISIONS_H
#define HIPC_COMPILER_DECISIONS_H

#include "compiler/Compiler.h"

#include "mlir/IR/MLIRContext.h"

namespace hipc {

/// Has every remark of the context, from now on, added to `decisions`.
void collectDecisions(mlir::MLIRContext &context,
                      std::vector<Decision> &decisions);

} // namespace hipc

#endif // HIPC_COMPILER_DECISIONS_H
