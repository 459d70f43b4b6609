//===- OutputSizes.h - Sizes of results from those of inputs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_OUTPUTSIZES_H
#define HIPC_COMPILER_OUTPUTSIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/package/Expr.h"

namespace hipc {

/// Size `dim` of a tensor of a function, if it follows from the sizes of the
/// function's arguments.
Expected<Expr> findSize(mlir::Value tensor, int64_t dim);

/// An index of a function, if it follows from them.
Expected<Expr> findNumber(mlir::Value number);

/// Sizes of each result of `entry`, a function on tensors; empty if one of them
/// does not follow from sizes of the arguments alone.
std::vector<std::vector<Expr>> findOutputSizes(mlir::func::FuncOp entry);

} // namespace hipc

#endif // HIPC_COMPILER_OUTPUTSIZES_H
