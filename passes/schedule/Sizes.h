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

/// What suits `op` on `chip`, or on a CPU where that is null, if there are many
/// query rows; null after an error.
ScheduleAttr scheduleFor(Operation *op, const Chip *chip);

/// Says that `op` has it, and why; the blocks of attention are settled.
void tellSchedule(Operation *op, ScheduleAttr schedule, const Chip *chip);

/// Of attention that chooses its query rows a block is a tile of `rows`.
void settleBlocks(BlockSparseAttentionOp op, int64_t rows);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_SIZES_H
