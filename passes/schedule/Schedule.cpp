//===- schedule/Schedule.cpp - Tile sizes and threads of each kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSCHEDULE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// One thread a cell; tiles that fit a core's second-level cache.
static ScheduleAttr onCpu(Operation *op) {
  return ScheduleAttr::get(op->getContext(), /*threads=*/1, /*rows=*/512,
                           /*columns=*/64);
}

/// `most`, or half of it where that many rows of `array`, `times` of them, are
/// more than 96 KiB of shared memory.
static int64_t fitting(int64_t most, Value array, int64_t times) {
  auto type = cast<ShapedType>(array.getType());
  int64_t bytes = layout::sharedPitch(type.getShape().back() *
                                      type.getElementTypeBitWidth() / 8);
  return most * bytes * times <= 96 * 1024 ? most : most / 2;
}

/// A warp for every 16 query rows, up to 8; four for scores, whose rows are
/// few. A list is a warp's.
static ScheduleAttr onGpu(Operation *op) {
  auto get = [&](int64_t threads, int64_t rows, int64_t columns = 64) {
    return ScheduleAttr::get(op->getContext(), threads, rows, columns);
  };
  return TypeSwitch<Operation *, ScheduleAttr>(op)
      .Case([&](BlockSparseAttentionOp attention) {
        int64_t rows = attention.getBlockQ();
        int64_t ofWarp = rows >= 8 * layout::kMmaRows ? 2 * layout::kMmaRows
                                                      : layout::kMmaRows;
        int64_t warps = llvm::divideCeil(rows, ofWarp);
        return get(std::clamp<int64_t>(warps, 1, 8) * layout::kWarp, rows);
      })
      .Case<ScoreOp, DescendOp>([&](auto score) {
        auto token = dyn_cast<ScoreOp>(op);
        bool box = token && token.getKind() == ScoreKind::Box;
        // Of a box's query there are the parts beside it; two tiles of keys.
        Value query = score.getQuery();
        return get(4 * layout::kWarp, fitting(64, query, box ? 3 : 1),
                   fitting(64, query, 2));
      })
      .Default([&](Operation *) { return get(layout::kWarp, 1); });
}

/// Why a schedule of ours is as it is.
static StringRef reasonOf(Operation *op, StringRef target) {
  if (target == "cpu")
    return "a thread does a cell, its tiles fit a core's second-level cache";
  if (isa<BlockSparseAttentionOp>(op))
    return "a warp for 16 rows of the query block, 8 at most";
  if (isa<ScoreOp, DescendOp>(op))
    return "four warps side by side over keys; rows and two tiles of keys in "
           "96 KiB of shared memory each";
  return "a list is a warp's";
}

namespace {

struct Schedule : mlir::hip::impl::HipScheduleBase<Schedule> {
  using HipScheduleBase::HipScheduleBase;

  void runOnOperation() override {
    if (target != "cpu" && target != "gpu") {
      getOperation()->emitError()
          << "schedules are for cpu or gpu, got " << target.getValue();
      return signalPassFailure();
    }
    getOperation()->walk([&](Operation *op) {
      if (!isa<SummarizeOp, PartitionOp, SplitOp, ScoreOp, DescendOp, SelectOp,
               BlocksOp, BlockSparseAttentionOp>(op))
        return;
      bool given = op->hasAttr("hip.schedule");
      if (!given)
        op->setAttr("hip.schedule", target == "cpu" ? onCpu(op) : onGpu(op));
      debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
        out << op->getAttr("hip.schedule") << ": "
            << (given ? "as the program says" : reasonOf(op, target));
      });
    });
  }
};

} // namespace
