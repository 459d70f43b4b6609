//===- Sizes.h - Sizes of inputs that have to be equal
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_SIZES_H
#define HIPC_COMPILER_SIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/package/Package.h"

namespace hipc {

/// Conditions on calls beyond the signature: dynamic sizes that a hip op of
/// `entry` reads from two arrays are equal, or fit as its rules say, if they
/// follow from the sizes of inputs.
std::vector<Check> findSizeChecks(mlir::func::FuncOp entry);

} // namespace hipc

#endif // HIPC_COMPILER_SIZES_H
