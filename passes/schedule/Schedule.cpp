//===- schedule/Schedule.cpp - Tile sizes and threads of each kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Passes.h"
#include "passes/schedule/ChipOf.h"
#include "passes/schedule/Searches.h"
#include "passes/schedule/Sizes.h"
#include "passes/schedule/Tuned.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSCHEDULE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Writes a schedule on an op that has none, and says why.
static ScheduleAttr decide(Operation *op, const Chip *chip) {
  if (auto given = op->getAttrOfType<ScheduleAttr>(kSchedule))
    return given;
  ScheduleAttr model = scheduleFor(op, chip), schedule = model;
  auto attention = dyn_cast<BlockSparseAttentionOp>(op);
  if (attention)
    schedule = tunedOr(model, attention, chip);
  if (!schedule)
    return {};
  op->setAttr(kSchedule, schedule);
  if (attention)
    settleBlocks(attention, schedule.getRows());
  if (schedule == model)
    tellSchedule(op, schedule, chip);
  return schedule;
}

namespace {

struct Schedule : mlir::hip::impl::HipScheduleBase<Schedule> {
  using HipScheduleBase::HipScheduleBase;

  void runOnOperation() override {
    const Chip *target = nullptr; // for a CPU
    if (!chip.empty()) {
      target = chipOf(getOperation(), chip);
      if (!target)
        return signalPassFailure();
      scheduleTallSearches(getOperation(), *target);
    }
    WalkResult walked = getOperation()->walk([&](Operation *op) {
      if (!isa<SummarizeOp, UpdateSummariesOp, PartitionOp, SplitOp, ScoreOp,
               DescendOp, SelectOp, BlocksOp, CheckKeysOp, CheckListOp, UnionOp,
               MaskBlocksOp, BlockSparseAttentionOp, MergeOp>(op))
        return WalkResult::advance();
      ScheduleAttr schedule = decide(op, target);
      if (!schedule)
        return WalkResult::interrupt();
      if (auto attention = dyn_cast<BlockSparseAttentionOp>(op))
        settleBlocks(attention, schedule.getRows());
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
    getOperation()->removeAttr(kTuning); // is read
  }
};

} // namespace
