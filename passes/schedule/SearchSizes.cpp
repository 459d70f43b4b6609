//===- schedule/SearchSizes.cpp - Searches of many rows that share a list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "passes/schedule/Searches.h"
#include "passes/schedule/Sizes.h"
#include "passes/support/Names.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

/// What a thread block of four warps scores a key with, and ranges at a time.
constexpr int64_t kOrdinaryRows = 64, kColumns = 64;
/// Rows that a warp of a taller tile has.
constexpr int64_t kRowsAWarp = 32;

/// Sampled query rows of a list (S9).
static int64_t sampledRows(Operation *score) {
  return TypeSwitch<Operation *, int64_t>(score)
      .Case<ScoreOp, DescendOp>([](auto op) {
        return llvm::divideCeil(int64_t(op.getBlockQ()),
                                int64_t(op.getQStride()));
      })
      .DefaultUnreachable("no score of a list");
}

/// The rows of a tile: as many as share a list, while two thread blocks with
/// them and two tiles of keys fit a multiprocessor.
static int64_t tileRows(Operation *score, const Chip &chip) {
  Type query = queryOf(score).getType();
  std::optional<int64_t> heads = stackedHeads(score);
  constexpr int64_t kSlack = 4 * 1024;
  if (!heads || elementOf(query).getIntOrFloatBitWidth() != 16)
    return kOrdinaryRows;
  int64_t pitch = layout::paddedPitch(shapeOf(query).back() * 2);
  int64_t rows = std::min<int64_t>(
      chip.tuning.scoreRows, llvm::PowerOf2Ceil(*heads * sampledRows(score)));
  while (rows > kOrdinaryRows &&
         (queryTiles(score) * rows + 2 * kColumns) * pitch >
             chip.sharedBytes / 2 - kSlack)
    rows /= 2;
  return rows;
}

/// Whether wgmma multiplies: rows of two bytes a number that fill the warps.
static bool isForWgmma(Operation *score, int64_t threads, const Chip &chip) {
  Type query = queryOf(score).getType();
  int64_t stacked = stackedHeads(score).value_or(0) * sampledRows(score);
  return chip.wgmma && elementOf(query).getIntOrFloatBitWidth() == 16 &&
         stacked > 0 && shapeOf(query).back() % layout::kMmaInner == 0 &&
         std::min(tileRows(score, chip), stacked) %
                 (threads / layout::kWarp * layout::kMmaRows) ==
             0;
}

/// The schedule of a step in a thread block of so many threads: as of one alone
/// otherwise, but for the rows.
static ScheduleAttr scheduleIn(Operation *op, int64_t threads, MatrixUnit unit,
                               const Chip &chip) {
  ScheduleAttr alone = scheduleFor(op, &chip);
  int64_t rows = alone.getRows();
  if (isScore(op))
    rows = std::max(rows, tileRows(op, chip));
  return ScheduleAttr::get(
      op->getContext(), threads, rows, alone.getColumns(), /*splitKeys=*/0,
      /*splitRows=*/0, /*fewRows=*/0,
      std::max<int64_t>(alone.getMinBlocks() * alone.getThreads() / threads, 1),
      alone.getOrder(), alone.getStages(), alone.getSwizzled(),
      /*producers=*/0, unit, CopyEngine::CpAsync, /*persistent=*/0,
      /*cluster=*/1);
}

void mlir::hip::scheduleTallSearches(Operation *root, const Chip &chip) {
  forEachSearch(root, [&](Search &search) {
    int64_t rows = kOrdinaryRows;
    for (Operation *score : search.getScores())
      rows = std::max(rows, tileRows(score, chip));
    if (rows == kOrdinaryRows || search.hasSchedule())
      return;
    int64_t threads = rows / kRowsAWarp * layout::kWarp;
    // Steps that become one kernel have one unit; scores that it does not take
    // get another one.
    bool byWgmma = llvm::any_of(search.getScores(), [&](Operation *score) {
      return isForWgmma(score, threads, chip);
    });
    MatrixUnit unit = byWgmma ? MatrixUnit::Wgmma : MatrixUnit::MmaSync;
    for (Operation *step : search.getSteps())
      step->walk([&](Operation *op) {
        if (!isSearchStep(op))
          return;
        ScheduleAttr made = scheduleIn(op, threads, unit, chip);
        op->setAttr(kSchedule, made);
        tellSchedule(op, made, &chip);
      });
  });
}
