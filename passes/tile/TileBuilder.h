//===- tile/TileBuilder.h - Short names for tile ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_TILEBUILDER_H
#define HIP_PASSES_TILE_TILEBUILDER_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// An operand of a map: a tile of its shape, or a vector along an axis of it.
struct MapOperand {
  MapOperand(Value tile, int64_t axis = -1) : tile(tile), axis(axis) {}

  Value tile;
  int64_t axis;
};
inline MapOperand perRow(Value vector) { return {vector, 0}; }
inline MapOperand perColumn(Value vector) { return {vector, 1}; }

/// Builds tile programs.
class TileBuilder : public ScalarBuilder {
public:
  using ScalarBuilder::load;
  using ScalarBuilder::ScalarBuilder;
  using ScalarBuilder::store;

  /// Whether programs are for a CPU rather than for a GPU's threads.
  bool onCpu = false;

  TileType tile(ArrayRef<int64_t> shape, Type element);

  /// A kernel over `grid` whose thread blocks have `threads` threads; `body`
  /// gets the ids of its thread block.
  TileKernelOp kernel(int64_t threads, ArrayRef<Value> grid,
                      function_ref<void(ValueRange)> body);

  Value splat(Value value, ArrayRef<int64_t> shape);
  Value generate(TileType type, function_ref<Value(ValueRange)> body);
  /// The result has the shape of the first operand, which has no axis; where
  /// `changes` are given and false, `body` gives this operand's number.
  Value map(ArrayRef<MapOperand> operands, function_ref<Value(ValueRange)> body,
            Value changes = {});
  /// Whether `body` holds for any number of a vector.
  Value any(Value source, function_ref<Value(Value)> body);
  /// `skipZero`: zeros of `a` meet NaN and Inf of `b` without effect. If there
  /// is a sign, only the numbers of `a` that have it are multiplied.
  Value dot(Value acc, Value a, Value b, bool transposeB, Value skipZero = {},
            SignAttr sign = {});
  /// Over the columns of each row (axis 1) or the rows of each column (0).
  Value reduce(TileReduceKind kind, Value source, int64_t axis);
  /// Consecutive rows of an array, from those at `indices` up to `end`; rows of
  /// `heads` heads, the index before, are interleaved.
  Value rows(Value source, ValueRange indices, Value end, int64_t heads = 1);
  /// The same of an array with a number for each row.
  Value numbers(Value source, ValueRange indices, Value end, int64_t heads = 1);
  /// `count` rows, with the columns and the type of the view.
  Value load(Value view, int64_t count, Boundary boundary = Boundary::Zero);
  /// Of each `runs` row numbers one follows the other.
  Value gather(Value view, Value rows, int64_t runs = 1);
  void store(Value tile, Value view);

private:
  Value viewRows(Value source, ValueRange indices, Value end, int64_t heads,
                 ArrayRef<int64_t> row);
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_TILEBUILDER_H
