//===- cpu/TileLowering.h - One tile op to vectors over scratch
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_CPU_TILELOWERING_H
#define HIP_PASSES_CPU_TILELOWERING_H

#include "mlir/IR/IRMapping.h"
#include "passes/cpu/LiveRows.h"

namespace mlir::hip::cpu {

/// Scratch of a tile, with floats of 16 bits widened to f32: a dot reads each
/// of them many times; an i1 is a byte. Column-major, so that the lanes of a
/// vector are rows, with rows padded to whole vectors: `[columns, rows]`. A
/// vector: `[1, size]`. Gathered tiles, and what is computed of them, are
/// row-major,
/// `[rows, columns]`: a dot reads their numbers one at a time.
MemRefType bufferType(TileType type, int64_t lanes);
MemRefType gatheredType(TileType type, int64_t lanes);

/// Lowers single ops; `buffers` has the scratch of every operand, of which the
/// live rows are computed.
class TileLowering {
public:
  TileLowering(ScalarBuilder &b, DenseMap<Value, Value> &buffers,
               const LiveRows &live, int64_t lanes)
      : b(b), buffers(buffers), live(live), lanes(lanes) {}

  /// Moves `tile` from one scratch to another.
  void copy(Value tile, Value from, Value to);
  /// Computes the tile of an op that no operand's scratch is used up for.
  LogicalResult fill(Operation *op, Value to);
  void map(TileMapOp op, Value to);
  /// The same of gathered tiles.
  void mapRows(TileMapOp op, Value to);
  Value any(TileAnyOp op);
  /// Whether any live number of a vector of i1 is true.
  Value anyFlag(Value flags);
  void dot(TileDotOp op, Value to);
  void gather(TileGatherOp op, Value to);
  void store(TileStoreOp op);

private:
  /// One for each op that `fill` knows.
  template <typename OpTy> void fillBy(OpTy op, Value to);
  VectorType vectorOf(Type element);
  /// Numbers, or vectors of them, as scratch holds them, and as tiles of
  /// `element` do.
  Value widened(Value number);
  Value rounded(Value number, Type element);
  Value loadVector(Value buffer, ValueRange at);
  void storeVector(Value value, Value buffer, ValueRange at);
  Value spread(Value scalar, Type element);
  /// How many rows of `tile` to compute.
  Value rowsOf(Value tile);
  /// Runs `body` for every vector of live rows, column by column, after
  /// `addRow` for all of its columns.
  void forEachVector(Value tile, function_ref<void(ValueRange)> body,
                     function_ref<void(Value)> addRow = nullptr);
  /// Runs `body` for `most` vectors of live rows at a time, from a row on, and
  /// for those that are left.
  void forEachStrip(Value tile, int64_t most,
                    function_ref<void(Value row, int64_t vectors)> body);
  /// A body on vectors, of which some ops are added. A value that is the same
  /// in all lanes stays a number until an op needs it in each.
  struct VectorBody {
    Block &block;
    IRMapping values = {}, spread = {};
    DenseSet<Operation *> added = {};
  };
  Value asVector(VectorBody &body, Value value);
  void add(VectorBody &body, Operation &op);
  /// Adds the ops that read nothing but known values.
  void addKnown(VectorBody &body);
  /// Clones `body` on vectors, or, where an op has no vector form, on each
  /// lane by itself: whichever of the two there is by onEach.
  Value onLanes(Block &body, ValueRange arguments);
  Value perLane(ValueRange arguments, Type element,
                function_ref<Value(ValueRange)> body);
  Value onScalars(Block &body, ValueRange arguments);
  Value onEach(Block &body, ValueRange arguments);
  /// The operand of a map at a vector of places of its result.
  Value operandAt(Value operand, int64_t axis, ValueRange at);
  /// Whether `holds` for any live number of a vector.
  Value anyOf(Value vector, function_ref<Value(Value)> holds);
  void clearPadding(TileType type, Value to);
  void reduceRows(TileReduceOp op, Value to);
  void reduceColumns(TileReduceOp op, Value to);
  /// The first `count` lanes of a vector.
  Value firstLanes(int64_t count);
  /// A dot that adds to what `to` has. `skips`: zeros on the left add nothing.
  struct Product {
    TileDotOp op;
    Value to;
    bool skips;
  };
  SmallVector<Value> leftColumn(TileDotOp op, ValueRange rows, Value k);
  void dotColumns(const Product &product, Value row, Value column,
                  int64_t vectors, int64_t columns);
  void multiply(const Product &product, int64_t registers);
  /// Whether a number of a gathered tile is NaN or infinite.
  Value hasNonFinite(Value tile);

  ScalarBuilder &b;
  DenseMap<Value, Value> &buffers;
  const LiveRows &live;
  int64_t lanes;
};

/// 2^x, within 2 units in the last place, exact where x is an integer; 0 below
/// the least normal number. Scalar or vector of f32.
Value exp2(ScalarBuilder &b, Value x);

} // namespace mlir::hip::cpu

#endif // HIP_PASSES_CPU_TILELOWERING_H
