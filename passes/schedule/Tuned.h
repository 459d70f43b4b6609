//===- schedule/Tuned.h - Schedules that were measured
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_TUNED_H
#define HIP_PASSES_SCHEDULE_TUNED_H

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"

namespace mlir::hip {

/// What `op` is scheduled by: the schedule that the module's `hip.tuning` has
/// for its kernel, else `model`, and tells which. Without a table, or for a
/// CPU, `model`. Null after an error.
ScheduleAttr tunedOr(ScheduleAttr model, BlockSparseAttentionOp op,
                     const Chip *chip);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_TUNED_H
