//===- layout/Placement.h - Tiles at the places where ops read them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_LAYOUT_PLACEMENT_H
#define HIP_PASSES_LAYOUT_PLACEMENT_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Gives tiles layouts and converts them for ops that read other ones.
class Placement {
public:
  explicit Placement(MLIRContext *context) : builder(context) {}

  /// Fails, with the reason at `op`, where the tile cannot have the layout.
  LogicalResult setLayout(Operation *op, Value tile, Attribute layout);

  /// Puts a conversion before the user of an operand of another layout. From
  /// registers to other ones it goes by shared memory.
  LogicalResult convert(OpOperand &use, Attribute layout);

  /// Computes the operand again where it is read, in that layout, if that
  /// takes numbers alone; what is read from memory is read once.
  bool recompute(OpOperand &use, Attribute layout);

  /// Lets the operand be the tile in shared memory.
  void takeShared(OpOperand &use);

  /// The tile in shared memory, converted where it is defined.
  Value sharedAfter(Value tile);

private:
  Value convertTo(Value tile, TileType type);

  OpBuilder builder;
  DenseMap<Value, Value> shared;
};

} // namespace mlir::hip

#endif // HIP_PASSES_LAYOUT_PLACEMENT_H
