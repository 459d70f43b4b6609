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

/// A kernel with one cell for each {i, j, k} of the first three dimensions of
/// `array`: lists by {batch, selection head, query block}, or boxes.
void onEachList(TileBuilder &b, Operation *op, Value array,
                function_ref<void(ValueRange)> body);

/// Builds the kernel of `op` before it; the op itself stays.
void lower(TileBuilder &b, SummarizeOp op);
void lower(TileBuilder &b, PartitionOp op);
void lower(TileBuilder &b, SplitOp op);
void lower(TileBuilder &b, ScoreOp op);
void lower(TileBuilder &b, DescendOp op);
void lower(TileBuilder &b, SelectOp op);
void lower(TileBuilder &b, BlocksOp op);
void lower(TileBuilder &b, BlockSparseAttentionOp op);

} // namespace mlir::hip::tile

#endif // HIP_PASSES_TILE_LOWERING_H
