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
#include "passes/support/Names.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSCHEDULE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Numbers of a row; 1 where there is none, or where they are not known.
static int64_t lastSize(Value array) {
  return std::max<int64_t>(cast<ShapedType>(array.getType()).getShape().back(),
                           1);
}

/// `most`, or half of it and so on down to `least`, while that many rows of
/// `array`, `times` of them, are more than 96 KiB of shared memory.
static int64_t fitting(int64_t most, Value array, int64_t times,
                       int64_t least) {
  auto type = cast<ShapedType>(array.getType());
  int64_t bytes =
      layout::sharedPitch(lastSize(array) * type.getElementTypeBitWidth() / 8);
  while (most > least && most * bytes * times > 96 * 1024)
    most /= 2;
  return most;
}

namespace {

struct Sizes {
  static constexpr int64_t kColumns = 64;
  int64_t threads, rows, columns = kColumns;
};

} // namespace

/// Thread blocks of one thread; tiles that fit a core's second-level cache and,
/// with long heads, the stack of a thread.
static Sizes onCpu(Operation *op) {
  constexpr int64_t kMostRows = 512, kTileNumbers = 256 * 1024;
  int64_t numbers = 1;
  if (auto attention = dyn_cast<BlockSparseAttentionOp>(op))
    numbers = lastSize(attention.getQuery()) + lastSize(attention.getOut());
  else if (isa<ScoreOp, DescendOp>(op))
    numbers = 2 * lastSize(op->getOperand(0));
  auto most = [&](int64_t wanted) {
    return std::clamp<int64_t>(kTileNumbers / numbers, 1, wanted);
  };
  return {1, most(kMostRows), most(Sizes::kColumns)};
}

/// Shared memory of a multiprocessor, and the warps that are to share it.
constexpr int64_t kSharedBytes = 224 * 1024, kWarps = 8;

/// 32 rows a warp where a thread's registers hold their results: a key that is
/// read is used twice. Then as many keys as two rounds have room for.
static Sizes onGpu(BlockSparseAttentionOp op, int64_t sharedBytes) {
  auto query = cast<ShapedType>(op.getQuery().getType());
  auto out = cast<ShapedType>(op.getOut().getType());
  int64_t bytes = query.getElementTypeBitWidth() / 8, rows = op.getBlockQ();
  auto pitch = [&](ShapedType array) {
    return layout::sharedPitch(array.getDimSize(3) * bytes);
  };
  constexpr int64_t kTall = 2 * layout::kMmaRows, kMostColumns = 128;
  bool tall = bytes == 2 && rows >= kTall && out.getDimSize(3) <= kMostColumns;
  int64_t warps = std::clamp<int64_t>(
      llvm::divideCeil(rows, tall ? kTall : layout::kMmaRows), 1, kWarps);
  int64_t room = kSharedBytes * std::max<int64_t>(warps, 2) / kWarps;
  int64_t keys = 64;
  while (keys > 16 &&
         rows * pitch(query) + 2 * keys * (pitch(query) + pitch(out)) > room)
    keys /= 2;
  int64_t aWarp = tall ? kTall : layout::kMmaRows;
  rows = std::min(rows, warps * aWarp);
  // Long heads: a tile of the query, one of keys and values, and the weights.
  constexpr int64_t kSlack = 8 * 1024;
  auto isTooMuch = [&] {
    return rows * (pitch(query) + keys * int64_t(sizeof(float))) +
               keys * (pitch(query) + pitch(out)) + kSlack >
           sharedBytes;
  };
  while (isTooMuch() && (keys > 16 || rows > layout::kMmaRows))
    (keys > 16 ? keys : rows) /= 2;
  warps = std::min<int64_t>(warps, llvm::divideCeil(rows, aWarp));
  return {warps * layout::kWarp, rows, keys};
}

/// Four warps for scores, whose rows are few, and for lists, so that steps on
/// one can be a kernel. Of a merged row, and of a box, each thread has a
/// number.
static Sizes onGpu(Operation *op, int64_t sharedBytes) {
  return TypeSwitch<Operation *, Sizes>(op)
      .Case([&](BlockSparseAttentionOp attention) {
        return onGpu(attention, sharedBytes);
      })
      .Case<ScoreOp, DescendOp>([&](auto score) {
        auto token = dyn_cast<ScoreOp>(op);
        bool box = token && token.getKind() == ScoreKind::Box;
        // Of a box's query there are the parts beside it; two tiles of keys.
        Value query = score.getQuery();
        // Four warps side by side have 8 columns each.
        return Sizes{4 * layout::kWarp,
                     fitting(64, query, box ? 3 : 1, layout::kMmaRows),
                     fitting(64, query, 2, 4 * layout::kMmaColumns)};
      })
      .Case([](MergeOp merge) {
        return Sizes{layout::threadsOf(lastSize(merge.getOuts()[0])), 1};
      })
      .Case([](SummarizeOp boxes) {
        return Sizes{layout::threadsOf(lastSize(boxes.getOuts()[0])), 1};
      })
      .Default([](Operation *) { return Sizes{4 * layout::kWarp, 1}; });
}

/// Keys a thread block where rows are few and each has several thread blocks:
/// as many as hide the merge (GPU).
constexpr int64_t kSplitKeys = 128;

/// Why a schedule of ours is as it is.
static StringRef reasonOf(Operation *op, StringRef target) {
  if (target == "cpu")
    return "a thread block has one thread, its tiles fit a core's second-level "
           "cache";
  if (isa<BlockSparseAttentionOp>(op))
    return "a warp has the rows that its registers hold, 8 warps share a "
           "multiprocessor's memory";
  if (isa<ScoreOp, DescendOp>(op))
    return "four warps side by side over keys; rows and two tiles of keys in "
           "96 KiB of shared memory each";
  if (isa<MergeOp>(op))
    return "a thread has a number of the row";
  if (isa<SummarizeOp>(op))
    return "a thread has a number of the box";
  return "four warps a list, as for its scores, so that steps can be one "
         "kernel";
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
               BlocksOp, CheckKeysOp, CheckListOp, UnionOp,
               BlockSparseAttentionOp, MergeOp>(op))
        return;
      bool given = op->hasAttr("hip.schedule");
      ScheduleAttr made = given ? ScheduleAttr() : scheduleOf(op);
      if (!given && !made)
        return signalPassFailure();
      if (made)
        op->setAttr("hip.schedule", made);
      debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
        out << op->getAttr("hip.schedule") << ": "
            << (op->hasAttr(kFewRows) ? "a list of few rows has many threads"
                : given               ? "as the program says"
                                      : reasonOf(op, target));
      });
    });
  }

  ScheduleAttr scheduleOf(Operation *op) {
    bool onThread = target == "cpu";
    Sizes sizes = onThread ? onCpu(op) : onGpu(op, sharedBytes);
    int64_t keys = 0;
    if (isa<BlockSparseAttentionOp>(op))
      keys = splitKeys >= 0 ? splitKeys : onThread ? 0 : kSplitKeys;
    int64_t few =
        onThread ? std::min<int64_t>(splitRows, sizes.rows) : splitRows;
    return ScheduleAttr::getChecked([op] { return op->emitOpError(); },
                                    op->getContext(), sizes.threads, sizes.rows,
                                    sizes.columns, keys, few);
  }
};

} // namespace
