//===- Remarks.h - What passes chose
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_REMARKS_H
#define HIPC_COMPILER_REMARKS_H

#include "compiler/Compiler.h"

#include "mlir/IR/MLIRContext.h"

namespace hipc {

/// Appends every remark of the context to `remarks` from now on.
void collectRemarks(mlir::MLIRContext &context, std::vector<Remark> &remarks);

} // namespace hipc

#endif // HIPC_COMPILER_REMARKS_H
