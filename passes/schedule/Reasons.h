//===- schedule/Reasons.h - Why attention is cut as it is
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_REASONS_H
#define HIP_PASSES_SCHEDULE_REASONS_H

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"

namespace mlir::hip {

/// Rows of a warpgroup by wgmma, and the most of a tile.
constexpr int64_t kGroupRows = 64, kMostTileRows = 128;
/// Results of longer rows than this leave registers for one warpgroup that
/// copies.
constexpr int64_t kShortOut = 128;

/// Why attention in blocks of `blockQ` rows does not use wgmma; empty if it
/// does.
std::string againstWgmma(BlockSparseAttentionOp op, int64_t blockQ,
                         const Chip &chip);

/// The number of consecutive keys in the boxes by which TMA copies a tile of
/// `columns` keys, if there are enough of them for that to pay; else 0.
int64_t runsForBoxes(BlockSparseAttentionOp op, int64_t columns);

/// Bytes of shared memory of the rows that `schedule` keeps there.
int64_t sharedRows(BlockSparseAttentionOp op, ScheduleAttr schedule);

/// Registers of a thread for its part of 64 rows of the result and of scores by
/// a warpgroup, and for as many weights of two bytes.
constexpr int64_t wgmmaRegisters(int64_t out, int64_t columns) {
  return (out + columns) / 2 + columns / 4;
}

/// Emits a remark for each choice of a GPU schedule, with its numbers.
void tellChoices(BlockSparseAttentionOp op, ScheduleAttr schedule,
                 const Chip &chip);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_REASONS_H
