//===- tile/Lowering.h - Ops on memrefs to tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_LOWERING_H
#define HIP_PASSES_TILE_LOWERING_H

#include "passes/tile/TileBuilder.h"

namespace mlir::hip::tile {

/// The schedule that `op` carries, else that of a CPU.
ScheduleAttr scheduleOf(Operation *op);

/// A kernel with a thread block for each {i, j, k} of the first three
/// dimensions of `array`: lists by {batch, selection head, query block}, or
/// boxes.
void onEachList(TileBuilder &b, Operation *op, Value array,
                function_ref<void(ValueRange)> body);

/// What a kernel of block_sparse_attention does.
struct AttentionPart {
  /// Heads that read the same keys, whose rows are interleaved in a tile.
  int64_t heads;
  /// The most query rows of each in a tile.
  int64_t rows;
  /// If set, each thread block does one of `splits` parts of the keys, of
  /// `tiles` tiles each, and writes to out [splits, B, Hq, Tq, Dv] and lse
  /// [splits, B, Hq, Tq]. A row of more keys than `mostSplits` parts hold has
  /// longer ones.
  Value splits = {}, out = {}, lse = {};
  int64_t tiles = 0, mostSplits = 0;
  /// Keys of a tile, if not those of the schedule.
  int64_t columns = 0;
};
void attend(TileBuilder &b, BlockSparseAttentionOp op,
            const AttentionPart &part);

/// S21: a kernel for partial results (split keys), and one that merges them in
/// order.
void attendByParts(TileBuilder &b, BlockSparseAttentionOp op);

/// Partial results of attention to merge: each in arrays of its own, or
/// `count`, at most `most`, along the first dimension of two.
struct Partials {
  SmallVector<Value> outs, lses;
  Value count = {};
  int64_t most;
};

/// A kernel that merges partial results into `out` and, where given, `lse`, in
/// the rows that `query` has.
void merge(TileBuilder &b, int64_t threads, const Partials &partials, Value out,
           Value lse, Value query);

/// Builds the kernel of `op` before it; the op itself stays.
void lower(TileBuilder &b, SummarizeOp op);
void lower(TileBuilder &b, UpdateSummariesOp op);
void lower(TileBuilder &b, PartitionOp op);
void lower(TileBuilder &b, SplitOp op);
void lower(TileBuilder &b, ScoreOp op);
void lower(TileBuilder &b, DescendOp op);
void lower(TileBuilder &b, SelectOp op);
void lower(TileBuilder &b, BlocksOp op);
void lower(TileBuilder &b, CheckKeysOp op);
void lower(TileBuilder &b, CheckListOp op);
void lower(TileBuilder &b, UnionOp op);
void lower(TileBuilder &b, MaskBlocksOp op);
void lower(TileBuilder &b, BlockSparseAttentionOp op);
void lower(TileBuilder &b, MergeOp op);

} // namespace mlir::hip::tile

#endif // HIP_PASSES_TILE_LOWERING_H
