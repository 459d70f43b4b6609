//===- schedule/Sizes.cpp - Tile sizes and threads of each op
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedule/Sizes.h"
#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "passes/schedule/Reasons.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

/// Numbers of a row; 1 where there is none, or where they are not known.
static int64_t lastSize(Value array) {
  return std::max<int64_t>(shapeOf(array.getType()).back(), 1);
}

/// Bytes of a row of `array` as it is stored.
static int64_t rowBytes(Value array) {
  Type element = elementOf(array.getType());
  return lastSize(array) * element.getIntOrFloatBitWidth() / 8;
}

/// `most`, or half of it and so on down to `least`, while that many rows of
/// `array`, `times` of them, are more than `bytes` of shared memory.
static int64_t fitting(int64_t most, Value array, int64_t times, int64_t least,
                       int64_t bytes) {
  int64_t pitch = layout::paddedPitch(rowBytes(array));
  while (most > least && most * pitch * times > bytes)
    most /= 2;
  return most;
}

namespace {

struct Sizes {
  static constexpr int64_t kColumns = 64;
  int64_t threads, rows, columns = kColumns;
  /// Threads that copy for the others, and what these multiply with.
  int64_t producers = 0;
  MatrixUnit unit = MatrixUnit::MmaSync;
  int64_t stages = 2, minBlocks = 0;
  CopyEngine engine = CopyEngine::CpAsync;
};

} // namespace

/// Query rows of a tile of attention that chooses them.
constexpr int64_t kDenseRows = 64;

/// Whether nothing depends on the query block of `op`: its policy is dense and
/// names none.
static bool isOpen(BlockSparseAttentionOp op) {
  return op.getBlockQ() == kAllRows && !op.getBlocks() && !op.getBandStart() &&
         op.getBand().getWindow() == kMostKeys;
}

/// Thread blocks of one thread; tiles that fit a core's second-level cache and,
/// with long heads, the stack of a thread. Keys are read again for each tile of
/// scores, which costs less than query rows that are not there.
static Sizes onCpu(Operation *op) {
  constexpr int64_t kMostRows = 512, kScoreRows = 32, kTileNumbers = 256 * 1024;
  int64_t numbers = 1, rows = kMostRows;
  if (auto attention = dyn_cast<BlockSparseAttentionOp>(op)) {
    numbers = lastSize(attention.getQuery()) + lastSize(attention.getOut());
    if (isOpen(attention))
      rows = kDenseRows;
  } else if (isa<ScoreOp, DescendOp>(op)) {
    numbers = 2 * lastSize(op->getOperand(0));
    rows = kScoreRows;
  }
  auto most = [&](int64_t wanted) {
    return std::clamp<int64_t>(kTileNumbers / numbers, 1, wanted);
  };
  return {1, most(rows), most(Sizes::kColumns)};
}

/// The warps that are to share a multiprocessor's memory.
constexpr int64_t kWarps = 8;

/// Query rows of a dense tile of the chip.
static int64_t denseRows(BlockSparseAttentionOp op, const Tuning &tuning) {
  int64_t size = std::max(lastSize(op.getQuery()), lastSize(op.getOut()));
  bool isWide = rowBytes(op.getQuery()) == 2 * lastSize(op.getQuery()) &&
                size <= Tuning::kWideHead;
  return isWide ? tuning.denseRows : kDenseRows;
}

/// Query rows that share a tile: those of a block, and the chip's where nothing
/// depends on blocks.
static int64_t queryRows(BlockSparseAttentionOp op, const Tuning &tuning) {
  return isOpen(op) ? denseRows(op, tuning) : int64_t(op.getBlockQ());
}

/// Where the chip has wgmma and types of two bytes fill it: a warpgroup for 64
/// rows, up to two of them, and as many or one that copy for them. A list that
/// heads share is read once for their rows. Then as many keys as three rounds
/// have room for, or two.
static std::optional<Sizes> byWgmma(BlockSparseAttentionOp op,
                                    const Chip &chip) {
  constexpr int64_t kWarpgroup = layout::kWarpgroup, kInner = layout::kMmaInner;
  int64_t size = lastSize(op.getQuery()), out = lastSize(op.getOut());
  int64_t blockQ = std::min(queryRows(op, chip.tuning), kMostTileRows);
  if (!againstWgmma(op, blockQ, chip).empty())
    return {};
  int64_t rows =
      blockQ * packedHeads(headsWithOneList(op), kMostTileRows / blockQ);
  int64_t threads = rows / kGroupRows * kWarpgroup;
  Sizes sizes{threads, rows, 0, kWarpgroup, MatrixUnit::Wgmma};
  sizes.minBlocks = 1;
  // Beside rows: numbers of keys, mbarriers, and the ends of arrays.
  constexpr int64_t kSlack = 3 * 1024, kMostColumns = 128;
  int64_t bytes = chip.sharedBytes - kSlack - rows * size * 2;
  constexpr int64_t kRegisters = 176;
  int64_t most = kMostColumns;
  while (wgmmaRegisters(out, most) > kRegisters)
    most -= kInner;
  for (int64_t columns = most; columns >= kInner; columns -= kInner)
    for (int64_t stages : {3, 2})
      if (sizes.columns == 0 && stages * columns * (size + out) * 2 <= bytes) {
        sizes.columns = columns;
        sizes.stages = stages;
      }
  if (sizes.columns == 0)
    return {};
  if (runsForBoxes(op, sizes.columns) > 0)
    sizes.engine = CopyEngine::Tma;
  else if (out <= kShortOut)
    // Long rows of the result take the registers that more producers would.
    sizes.producers = threads;
  return sizes;
}

/// 32 rows per warp where a thread's registers hold their results: a key that
/// is read is used twice. Those of a list are no more than a dense tile has.
/// Then as many keys as two rounds have room for.
static Sizes onGpu(BlockSparseAttentionOp op, const Chip &chip) {
  if (std::optional<Sizes> sizes = byWgmma(op, chip))
    return *sizes;
  int64_t query = shapeOf(op.getQuery().getType())[3],
          out = shapeOf(op.getOut().getType())[3],
          bytes =
              elementOf(op.getQuery().getType()).getIntOrFloatBitWidth() / 8,
          rows = queryRows(op, chip.tuning);
  if (op.getBlocks())
    rows = std::min(rows, denseRows(op, chip.tuning));
  auto pitch = [&](int64_t size) { return layout::paddedPitch(size * bytes); };
  constexpr int64_t kTall = 2 * layout::kMmaRows, kMostColumns = 128;
  bool tall = bytes == 2 && rows >= kTall && out <= kMostColumns;
  int64_t warps = std::clamp<int64_t>(
      llvm::divideCeil(rows, tall ? kTall : layout::kMmaRows), 1, kWarps);
  int64_t room =
      chip.tuning.attentionBytes * std::max<int64_t>(warps, 2) / kWarps;
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
           chip.sharedBytes;
  };
  while (isTooMuch() && (keys > 16 || rows > layout::kMmaRows))
    (keys > 16 ? keys : rows) /= 2;
  warps = std::min<int64_t>(warps, llvm::divideCeil(rows, aWarp));
  return {warps * layout::kWarp, rows, keys};
}

/// Four warps side by side over keys, which have 8 columns each at least, and
/// two tiles of keys. With long heads a descent has as many of rows, one for
/// each half, and all of it has to fit the chip.
static Sizes scoreOnGpu(Operation *score, Value query, const Chip &chip) {
  constexpr int64_t kLeastColumns = 4 * layout::kMmaColumns, kKeyTiles = 2;
  constexpr int64_t kSlack = 4 * 1024;
  int64_t bytes = chip.tuning.scoreBytes,
          rows = fitting(64, query, 1, layout::kMmaRows, bytes),
          columns = fitting(64, query, kKeyTiles, kLeastColumns, bytes),
          rowTiles = isa<DescendOp>(score) ? 2 : 1,
          pitch = layout::paddedPitch(rowBytes(query));
  auto isTooMuch = [&] {
    return (rowTiles * rows + kKeyTiles * columns) * pitch + kSlack >
           chip.sharedBytes;
  };
  while (isTooMuch() && (columns > kLeastColumns || rows > layout::kMmaRows))
    (columns > kLeastColumns ? columns : rows) /= 2;
  return {4 * layout::kWarp, rows, columns};
}

/// Each looks at a block of a mask: as many as hide how long its loads take.
constexpr int64_t kMaskWarps = 16;

/// Four warps for scores, whose rows are few, and for lists, so that steps on
/// one can be a kernel. Of a merged row, and of a box, each thread has a
/// number.
static Sizes onGpu(Operation *op, const Chip &chip) {
  return TypeSwitch<Operation *, Sizes>(op)
      .Case([&](BlockSparseAttentionOp attention) {
        return onGpu(attention, chip);
      })
      .Case<ScoreOp, DescendOp>(
          [&](auto score) { return scoreOnGpu(score, score.getQuery(), chip); })
      .Case([](MergeOp merge) {
        return Sizes{layout::threadsOf(lastSize(merge.getOuts()[0])), 1};
      })
      .Case<SummarizeOp, UpdateSummariesOp>([](auto boxes) {
        return Sizes{layout::threadsOf(lastSize(boxes.getOuts()[0])), 1};
      })
      .Case([](MaskBlocksOp) { return Sizes{kMaskWarps * layout::kWarp, 1}; })
      .Default([](Operation *) { return Sizes{4 * layout::kWarp, 1}; });
}

/// The thread blocks that a multiprocessor has to hold of a kernel of several
/// steps on lists; 0 for what is in no such kernel.
static int64_t minBlocks(Operation *op, const Tuning &tuning) {
  if (isa<BlockSparseAttentionOp, MergeOp, SummarizeOp, UpdateSummariesOp,
          MaskBlocksOp>(op))
    return 0;
  bool isLong = isa<ScoreOp, DescendOp>(op) &&
                rowBytes(op->getOperand(0)) > Tuning::kShortRow;
  return isLong ? tuning.longRowBlocks : tuning.shortRowBlocks;
}

/// Why a schedule of ours is as it is.
static StringRef reasonOf(Operation *op, ScheduleAttr schedule,
                          const Chip *chip) {
  if (!chip)
    return "a thread block has one thread, its tiles fit a core's second-level "
           "cache";
  if (isa<BlockSparseAttentionOp>(op) &&
      schedule.getUnit() == MatrixUnit::Wgmma)
    return "four warps multiply 64 rows, four more prefetch keys for them";
  if (isa<BlockSparseAttentionOp>(op))
    return "a warp has as many rows as its registers hold, 8 warps share a "
           "multiprocessor's memory";
  if (isa<ScoreOp, DescendOp>(op) && schedule.getThreads() > 4 * layout::kWarp)
    return "a key is read once for the rows of all heads that share a list, "
           "32 rows per warp; two thread blocks fit a multiprocessor";
  if (isa<ScoreOp, DescendOp>(op))
    return "four warps side by side over keys; rows and two tiles of keys fit "
           "what the chip leaves a thread block of shared memory";
  if (isa<MergeOp>(op))
    return "a thread has a number of the row";
  if (isa<SummarizeOp, UpdateSummariesOp>(op))
    return "a thread has a number of the box";
  if (isa<MaskBlocksOp>(op))
    return "a warp looks at a block of keys, a lane at every 32nd of them";
  if (schedule.getThreads() > 4 * layout::kWarp)
    return "as many warps as score a list, so that steps can be one kernel";
  return "four warps per list, as for its scores, so that steps can be one "
         "kernel";
}

void mlir::hip::settleBlocks(BlockSparseAttentionOp op, int64_t rows) {
  if (!isOpen(op))
    return;
  BandAttr band = op.getBand();
  op.setBlockQ(rows);
  op.setBandAttr(BandAttr::get(op.getContext(), rows, band.getChunk(),
                               band.getSink(), band.getWindow(),
                               band.getCausal()));
}

void mlir::hip::tellSchedule(Operation *op, ScheduleAttr schedule,
                             const Chip *chip) {
  debug(DebugTag::Schedule, op, [&](llvm::raw_ostream &out) {
    out << schedule << ": " << reasonOf(op, schedule, chip);
  });
  if (auto attention = dyn_cast<BlockSparseAttentionOp>(op); attention && chip)
    tellChoices(attention, schedule, *chip);
}

ScheduleAttr mlir::hip::scheduleFor(Operation *op, const Chip *chip) {
  Sizes sizes = chip ? onGpu(op, *chip) : onCpu(op);
  return ScheduleAttr::getChecked(
      [op] { return op->emitOpError(); }, op->getContext(), sizes.threads,
      sizes.rows, sizes.columns, /*splitKeys=*/int64_t(0),
      /*splitRows=*/int64_t(0), /*fewRows=*/int64_t(0),
      chip ? std::max(minBlocks(op, chip->tuning), sizes.minBlocks) : 0,
      BlockOrder::Descending, sizes.stages, /*swizzled=*/false, sizes.producers,
      sizes.unit, sizes.engine, /*persistent=*/int64_t(0),
      /*cluster=*/int64_t(1));
}
