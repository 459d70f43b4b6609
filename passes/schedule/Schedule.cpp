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

/// `most`, or half of it where that many rows of `array`, `times` of them, are
/// more than 96 KiB of shared memory.
static int64_t fitting(int64_t most, Value array, int64_t times) {
  auto type = cast<ShapedType>(array.getType());
  int64_t bytes = layout::sharedPitch(type.getShape().back() *
                                      type.getElementTypeBitWidth() / 8);
  return most * bytes * times <= 96 * 1024 ? most : most / 2;
}

/// 64, or fewer where keys and values beside the query are more than 96 KiB.
static int64_t keysATile(BlockSparseAttentionOp op) {
  auto query = cast<ShapedType>(op.getQuery().getType());
  int64_t size = query.getElementTypeBitWidth() / 8;
  auto pitch = [&](Value array) {
    int64_t numbers = cast<ShapedType>(array.getType()).getShape().back();
    return layout::sharedPitch(numbers * size);
  };
  int64_t row = pitch(op.getQuery()), keys = 64;
  int64_t room = 96 * 1024 - op.getBlockQ() * row;
  while (keys > 16 && keys * (row + pitch(op.getOut())) > room)
    keys /= 2;
  return keys;
}

namespace {

struct Sizes {
  int64_t threads, rows, columns = 64;
};

} // namespace

/// One thread a cell; tiles that fit a core's second-level cache.
constexpr Sizes kOnCpu{1, 512};

/// A warp for every 16 query rows, up to 8; four for scores, whose rows are
/// few, and for lists, so that steps on one can be a kernel. Of a merged row
/// each thread has a number.
static Sizes onGpu(Operation *op) {
  return TypeSwitch<Operation *, Sizes>(op)
      .Case([](BlockSparseAttentionOp attention) {
        int64_t rows = attention.getBlockQ();
        int64_t ofWarp = rows >= 8 * layout::kMmaRows ? 2 * layout::kMmaRows
                                                      : layout::kMmaRows;
        int64_t warps = llvm::divideCeil(rows, ofWarp);
        return Sizes{std::clamp<int64_t>(warps, 1, 8) * layout::kWarp, rows,
                     keysATile(attention)};
      })
      .Case<ScoreOp, DescendOp>([&](auto score) {
        auto token = dyn_cast<ScoreOp>(op);
        bool box = token && token.getKind() == ScoreKind::Box;
        // Of a box's query there are the parts beside it; two tiles of keys.
        Value query = score.getQuery();
        return Sizes{4 * layout::kWarp, fitting(64, query, box ? 3 : 1),
                     fitting(64, query, 2)};
      })
      .Case([](MergeOp merge) {
        auto out = cast<ShapedType>(merge.getOuts()[0].getType());
        return Sizes{layout::threadsOf(out.getDimSize(3)), 1};
      })
      .Case([](SummarizeOp) { return Sizes{layout::kWarp, 1}; })
      .Default([](Operation *) { return Sizes{4 * layout::kWarp, 1}; });
}

/// Keys that one of several cells of a query row does, where rows are few: as
/// many as hide the merge (GPU).
constexpr int64_t kSplitKeys = 128;

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
               BlocksOp, BlockSparseAttentionOp, MergeOp>(op))
        return;
      if (!op->hasAttr("hip.schedule"))
        op->setAttr("hip.schedule", scheduleOf(op));
      debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
        out << op->getAttr("hip.schedule");
      });
    });
  }

  ScheduleAttr scheduleOf(Operation *op) {
    Sizes sizes = target == "cpu" ? kOnCpu : onGpu(op);
    int64_t keys = 0;
    if (isa<BlockSparseAttentionOp>(op))
      keys = splitKeys >= 0 ? splitKeys : target == "cpu" ? 0 : kSplitKeys;
    return ScheduleAttr::get(op->getContext(), sizes.threads, sizes.rows,
                             sizes.columns, keys, splitRows);
  }
};

} // namespace
