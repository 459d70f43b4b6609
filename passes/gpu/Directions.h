//===- gpu/Directions.h - Which vectors are per row, which per column
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_DIRECTIONS_H
#define HIP_PASSES_GPU_DIRECTIONS_H

#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::hip::gpupasses {

/// Whether a vector of a kernel has a number per row of fragments or one per
/// column: what folds and maps say of it, carried along maps of vectors and
/// loops. A thread then has the numbers of its own rows, or a share of all
/// columns. What is no more than a splat or a region of its index is made once
/// for each.
class Directions {
public:
  /// Fails where a vector is per row for one op and per column for another.
  LogicalResult find(gpu::LaunchOp kernel);

  /// LayoutKind::Rows or ::Line; the latter where nothing asks.
  LayoutKind of(Value vector) const {
    auto known = kinds.find(vector);
    return known == kinds.end() ? LayoutKind::Line : known->second;
  }

private:
  LogicalResult visitAll(gpu::LaunchOp kernel);
  LogicalResult visit(Operation *op);
  void join(ArrayRef<Operation *> copies);
  LogicalResult set(Value vector, LayoutKind kind);
  void tie(Value a, Value b);

  llvm::MapVector<Value, LayoutKind> kinds;
  /// Vectors that lie alike.
  DenseMap<Value, SmallVector<Value, 2>> alike;
};

} // namespace mlir::hip::gpupasses

#endif // HIP_PASSES_GPU_DIRECTIONS_H
