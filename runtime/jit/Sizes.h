//===- Sizes.h - Sizes of inputs that have to be equal
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_SIZES_H
#define HIPC_RUNTIME_JIT_SIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/package/Package.h"

namespace hipc {

/// Dynamic sizes that an attention or prune op of `entry` reads from two
/// inputs and that have to agree.
std::vector<EqualSizes> findEqualSizes(mlir::func::FuncOp entry);

/// The same and, for lists, numbers of query blocks that have to fit Tq, as
/// conditions of a plan.
std::vector<Check> findSizeChecks(mlir::func::FuncOp entry);

/// Refuses inputs, whose ranks are right, with two sizes that do not agree.
Status checkEqualSizes(std::span<const EqualSizes> sizes,
                       std::span<const Tensor> inputs);

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_SIZES_H
