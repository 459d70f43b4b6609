//===- cpu/LiveRows.h - Rows of a tile that are stored in the end
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_CPU_LIVEROWS_H
#define HIP_PASSES_CPU_LIVEROWS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip::cpu {

/// Rows past the end of what is stored to are computed for nothing: one query
/// row in a tile of 64 would take as long as all of them. This follows tiles
/// from the stores of a kernel back to what computes them, as far as row r
/// depends on nothing but row r.
class LiveRows {
public:
  /// Of the kernel whose body is `entry`, before its tile ops are lowered; the
  /// number of rows is computed there, as soon as it can be.
  LiveRows(ScalarBuilder &b, Block &entry, int64_t lanes);

  /// How many rows of `tile` are read, from the first one on, up to a whole
  /// vector; null for all.
  Value of(Value tile) const { return rows.lookup(tile); }

private:
  enum class Need { None, Stored, All };

  void follow(Block &entry);
  bool visit(Operation *op);
  bool visitLoop(scf::ForOp loop);
  bool require(Value tile, Need need);
  Need needOf(Value tile) const { return needs.lookup(tile); }
  Need needOf(TileStoreOp op);
  Operation *lastOperand(Block &entry);
  Value limited(ScalarBuilder &b, int64_t size, int64_t lanes);

  TileViewOp view; ///< of the first store, whose rows are counted
  Value stored;
  DenseMap<Value, Need> needs;
  DenseMap<int64_t, Value> bySize;
  DenseMap<Value, Value> rows;
};

} // namespace mlir::hip::cpu

#endif // HIP_PASSES_CPU_LIVEROWS_H
