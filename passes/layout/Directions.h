//===- layout/Directions.h - Which vectors are per row, which per column
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_LAYOUT_DIRECTIONS_H
#define HIP_PASSES_LAYOUT_DIRECTIONS_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Where a thread's numbers of a vector are: in its own rows of matrices, or a
/// share of all.
enum class Direction { Rows, Dealt };

/// Whether a vector of a kernel has a number per row of matrices or one per
/// column: what folds and maps say of it, carried along maps of vectors and
/// loops. What is no more than a splat or a region of its index is made once
/// for each.
class Directions {
public:
  /// Fails where a vector is per row for one op and per column for another.
  LogicalResult find(TileKernelOp kernel);

  /// Direction::Dealt where nothing asks.
  Direction of(Value vector) const {
    const auto *known = directions.find(vector);
    return known == directions.end() ? Direction::Dealt : known->second;
  }

private:
  LogicalResult visitAll(TileKernelOp kernel);
  LogicalResult visit(Operation *op);
  void join(ArrayRef<Operation *> copies);
  LogicalResult set(Value vector, Direction direction);
  void tie(Value a, Value b);

  llvm::MapVector<Value, Direction> directions;
  /// Vectors that lie alike.
  DenseMap<Value, SmallVector<Value, 2>> alike;
};

} // namespace mlir::hip

#endif // HIP_PASSES_LAYOUT_DIRECTIONS_H
