//===- schedule/SearchVersions.cpp - A search of its own for few query rows
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipScores.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/schedule/Versions.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"
#include "passes/support/StepRun.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

/// Ranges that a warp scores at a time.
constexpr int64_t kColumnsAWarp = 16;
/// The most ranges that a thread block scores at a time: 16 warps, as many as
/// have 128 registers a thread.
constexpr int64_t kMostColumns = 16 * kColumnsAWarp;
constexpr int64_t kMostTileRows = 64;

static bool isStep(Operation *op) {
  return isa<PartitionOp, SplitOp, ScoreOp, DescendOp, SelectOp, BlocksOp,
             UnionOp>(op);
}

static bool isScore(Operation *op) { return isa<ScoreOp, DescendOp>(op); }

/// A loop of steps.
static bool isLoop(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop || loop.getNumResults() > 0)
    return false;
  auto fits = [](Operation &inner) {
    return isStep(&inner) || StepRun::canHoist(&inner) ||
           isa<memref::DeallocOp>(inner);
  };
  return llvm::all_of(loop.getBody()->without_terminator(), fits);
}

namespace {

/// Steps of one block, one after another but for what can move.
class Search {
public:
  /// Whether `op` goes on from the last step; it is then part of the search.
  bool add(Operation *op);
  void version(const Few &few);

private:
  Value isSmall(ScalarBuilder &b, const Few &few);
  int64_t columns(const Few &few);
  static void schedule(Operation *step, int64_t columns, const Few &few);

  StepRun run;
  SmallVector<Operation *> scores;
  bool isScheduled = false;
};

} // namespace

bool Search::add(Operation *op) {
  if (isStep(op) || isLoop(op)) {
    run.addStep(op);
    op->walk([&](Operation *inner) {
      if (isScore(inner))
        scores.push_back(inner);
      isScheduled |= inner->hasAttr(kSchedule);
    });
    return true;
  }
  return run.addBetween(op);
}

static Value queryOf(Operation *score) { return score->getOperand(0); }
static Value keyOf(Operation *score) { return score->getOperand(1); }
static Value countsOf(Operation *score) {
  return TypeSwitch<Operation *, Value>(score)
      .Case<ScoreOp, DescendOp>([](auto op) { return op.getCounts(); })
      .DefaultUnreachable("no score of a list");
}

/// Rows of a tile: those of the query heads that share a list and its keys.
static int64_t tileRows(Operation *score, int64_t rows) {
  int64_t heads = headsOf(queryOf(score)), lists = headsOf(countsOf(score)),
          keys = headsOf(keyOf(score));
  for (int64_t size : {heads, lists, keys})
    if (ShapedType::isDynamic(size))
      return kMostTileRows;
  return std::min(heads / std::max(lists, keys) * rows, kMostTileRows);
}

/// As many ranges at a time as shared memory holds the keys of two tiles for,
/// beside query rows in the parts that any kind has: a tree is searched as
/// boxes are.
int64_t Search::columns(const Few &few) {
  int64_t most = kMostColumns;
  for (Operation *score : scores) {
    auto query = cast<ShapedType>(queryOf(score).getType());
    int64_t pitch = layout::paddedPitch(query.getShape().back() *
                                        query.getElementTypeBitWidth() / 8);
    int64_t rows = kMostQueryParts * tileRows(score, few.rows);
    while (most > 1 && (2 * most + rows) * pitch > few.chip->sharedBytes)
      most /= 2;
  }
  return most;
}

/// Few rows, and no more lists than there is a multiprocessor or two for: with
/// more lists, thread blocks of fewer threads share a multiprocessor.
Value Search::isSmall(ScalarBuilder &b, const Few &few) {
  // The counts of a loop's lists may be made in it, of sizes from around it.
  Value lists = b.index(1);
  for (int64_t dimension : {0, 1, 2})
    lists = b.mul(lists, b.createOrFold<memref::DimOp>(countsOf(scores.front()),
                                                       dimension));
  Value rows = b.size(queryOf(scores.front()), 2);
  using Predicate = arith::CmpIPredicate;
  return b.both(b.compare(Predicate::ule, rows, b.index(few.rows)),
                b.compare(Predicate::ule, lists, b.index(few.lists)));
}

static int64_t threadsFor(int64_t columns) {
  return columns / kColumnsAWarp * layout::kWarp;
}

void Search::schedule(Operation *step, int64_t columns, const Few &few) {
  int64_t threads = threadsFor(columns);
  step->walk([&](Operation *op) {
    if (!isStep(op))
      return;
    op->setAttr(kSchedule,
                ScheduleAttr::get(
                    op->getContext(), threads, isScore(op) ? kMostTileRows : 1,
                    columns,
                    /*splitKeys=*/0, /*splitRows=*/0, few.rows,
                    std::max<int64_t>(few.chip->tuning.threads / threads, 1),
                    BlockOrder::Descending));
  });
}

void Search::version(const Few &few) {
  constexpr int64_t kOrdinary = 64;
  int64_t wide = columns(few);
  if (scores.empty() || isScheduled || wide <= kOrdinary)
    return;
  run.moveAround();
  ArrayRef<Operation *> steps = run.getSteps();
  ScalarBuilder b(steps.front()->getLoc(), steps.front());
  bool made = makeVersions(b, isSmall(b, few), steps,
                           [&](Operation *step) { schedule(step, wide, few); });
  if (!made)
    return;
  debug(DebugTag::Schedule, scores.front(), [&](llvm::raw_ostream &out) {
    out << "up to " << few.rows << " rows and " << few.lists
        << " lists are searched by " << threadsFor(wide) << " threads a list, "
        << wide << " ranges at a time";
  });
}

void mlir::hip::versionSearches(Operation *root, const Few &few) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) {
    if (!isLoop(block->getParentOp()))
      blocks.push_back(block);
  });
  for (Block *block : blocks)
    for (Search &search : runsOf<Search>(*block))
      search.version(few);
}
