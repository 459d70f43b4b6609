//===- Decisions.h - What passes chose
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_DECISIONS_H
#define HIPC_RUNTIME_JIT_DECISIONS_H

#include "runtime/jit/Engine.h"

#include "mlir/IR/MLIRContext.h"

namespace hipc {

/// Has every remark of the context, from now on, added to `decisions`.
void collectDecisions(mlir::MLIRContext &context,
                      std::vector<Decision> &decisions);

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_DECISIONS_H
