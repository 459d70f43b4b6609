//===- schedule/Sizes.h - Tile sizes and threads of each op
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_SIZES_H
#define HIP_PASSES_SCHEDULE_SIZES_H

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"

namespace mlir::hip {

/// The schedule of `op` for many query rows on `chip`, or on a CPU if that is
/// null; null after an error.
ScheduleAttr scheduleFor(Operation *op, const Chip *chip);

/// Emits a remark with the schedule of `op` and the reason. The block size of
/// attention is settled before.
void tellSchedule(Operation *op, ScheduleAttr schedule, const Chip *chip);

/// If the block size of attention is open, a block becomes a tile of `rows`.
void settleBlocks(BlockSparseAttentionOp op, int64_t rows);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_SIZES_H
