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

/// What calls obey beyond the signature: dynamic sizes that an attention or
/// prune op of `entry` reads from two inputs are equal and, for lists, numbers
/// of query blocks fit Tq.
std::vector<Check> findSizeChecks(mlir::func::FuncOp entry);

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_SIZES_H
