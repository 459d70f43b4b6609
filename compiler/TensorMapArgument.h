//===- TensorMapArgument.h - An array that a kernel copies by TMA
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_TENSORMAPARGUMENT_H
#define HIPC_COMPILER_TENSORMAPARGUMENT_H

#include "mlir/IR/BuiltinTypes.h"
#include "runtime/package/Plan.h"

namespace hipc {

/// The tensor map of an array of type `type` in `buffer`. Its offset, sizes,
/// strides and `box` are in elements, the outermost axis first, as in a memref;
/// a box of fewer axes is of the innermost ones. `swizzle` is in bytes.
Expected<Argument>
tensorMapArgument(BufferRef buffer, mlir::MemRefType type, const Expr &offset,
                  llvm::ArrayRef<Expr> sizes, llvm::ArrayRef<Expr> strides,
                  llvm::ArrayRef<int64_t> box, uint32_t swizzle);

} // namespace hipc

#endif // HIPC_COMPILER_TENSORMAPARGUMENT_H
