//===- schedule/SearchVersions.cpp - A search of its own for few query rows
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/schedule/Searches.h"
#include "passes/schedule/Versions.h"
#include "passes/support/Debug.h"
#include "passes/support/ListMemory.h"
#include "passes/support/Names.h"

using namespace mlir;
using namespace mlir::hip;

/// Ranges that a warp scores at a time.
constexpr int64_t kColumnsAWarp = 16;
/// The most ranges that a thread block scores at a time: 16 warps, as many as
/// have 128 registers a thread.
constexpr int64_t kMostColumns = 16 * kColumnsAWarp;
/// In a cluster, of which a multiprocessor holds two thread blocks, each warp
/// has a column of blocks of its own: lists are short, and keys of iterations
/// ahead hide more of the memory's latency than those of a wide tile.
constexpr int64_t kClusterWarps = 8, kClusterStages = 4;
constexpr int64_t kMostTileRows = 64;

/// Rows of a tile: those of the query heads that share a list and its keys.
static int64_t tileRows(Operation *score, int64_t rows) {
  std::optional<int64_t> heads = stackedHeads(score);
  return heads ? std::min(*heads * rows, kMostTileRows) : kMostTileRows;
}

/// The ranges that a descent goes down with wait for each other a level, and
/// are many: there, each warp of a cluster has two columns of blocks.
static int64_t mostColumns(const Search &search, const Few &few) {
  if (few.cluster == 1)
    return kMostColumns;
  bool descends = llvm::any_of(search.getScores(), llvm::IsaPred<DescendOp>);
  return kClusterWarps * layout::kMmaColumns * (descends ? 2 : 1);
}

/// As many ranges at a time as shared memory holds the keys of two tiles for,
/// beside query rows and lists.
static int64_t columnsOf(const Search &search, const Few &few) {
  int64_t most = mostColumns(search, few);
  int64_t lists = kListBytes + (few.cluster > 1 ? kSentBytes : 0);
  for (Operation *score : search.getScores()) {
    Type query = queryOf(score).getType();
    int64_t pitch = layout::paddedPitch(
        shapeOf(query).back() * elementOf(query).getIntOrFloatBitWidth() / 8);
    int64_t rows = queryTiles(score) * tileRows(score, few.rows);
    while (most > 1 &&
           (2 * most + rows) * pitch + lists > few.chip->sharedBytes)
      most /= 2;
  }
  return most;
}

/// Few rows, and no more lists than there is a multiprocessor or two for: with
/// more lists, thread blocks of fewer threads share a multiprocessor.
static Value isSmall(ScalarBuilder &b, Operation *score, const Few &few) {
  // The counts of a loop's lists may be made in it, of sizes from around it.
  Value lists = b.index(1);
  for (int64_t dimension : {0, 1, 2})
    lists =
        b.mul(lists, b.createOrFold<memref::DimOp>(countsOf(score), dimension));
  Value rows = b.size(queryOf(score), 2);
  using Predicate = arith::CmpIPredicate;
  return b.both(b.compare(Predicate::ule, rows, b.index(few.rows)),
                b.compare(Predicate::ule, lists, b.index(few.lists)));
}

static int64_t threadsFor(int64_t columns, const Few &few) {
  int64_t warps = few.cluster > 1 ? kClusterWarps : columns / kColumnsAWarp;
  return warps * layout::kWarp;
}

static void schedule(Operation *step, int64_t columns, const Few &few) {
  int64_t threads = threadsFor(columns, few);
  constexpr int64_t kStages = 2;
  step->walk([&](Operation *op) {
    if (!isSearchStep(op))
      return;
    auto its = ScheduleAttr::get(
        op->getContext(), threads, isScore(op) ? kMostTileRows : 1, columns,
        /*splitKeys=*/0, /*splitRows=*/0, few.rows,
        std::max<int64_t>(few.chip->tuning.threads / threads, 1),
        BlockOrder::Descending, few.cluster > 1 ? kClusterStages : kStages,
        /*swizzled=*/false, /*producers=*/0, MatrixUnit::MmaSync,
        CopyEngine::CpAsync, /*persistent=*/0, few.cluster);
    op->setAttr(kSchedule, its);
  });
}

static void version(Search &search, const Few &few) {
  // With fewer ranges at a time an ordinary search is as good.
  constexpr int64_t kOrdinary = 64;
  int64_t wide = columnsOf(search, few);
  if (search.hasSchedule() || wide < kOrdinary ||
      (wide == kOrdinary && few.cluster == 1))
    return;
  search.moveAround();
  ArrayRef<Operation *> steps = search.getSteps();
  Operation *score = search.getScores().front();
  ScalarBuilder b(steps.front()->getLoc(), steps.front());
  bool made = makeVersions(b, isSmall(b, score, few), steps,
                           [&](Operation *step) { schedule(step, wide, few); });
  if (!made)
    return;
  debug(DebugTag::Schedule, score, [&](llvm::raw_ostream &out) {
    out << "up to " << few.rows << " rows and " << few.lists
        << " lists are searched by " << threadsFor(wide, few)
        << " threads per list, " << wide << " ranges at a time";
    if (few.cluster > 1)
      out << ", in clusters of " << few.cluster << " thread blocks";
  });
}

/// Rows of a query that make one tile of a matrix unit with those of the other
/// heads; `most` where the heads are not known.
static int64_t rowsOfOneTile(const Search &search, int64_t most) {
  int64_t rows = most;
  for (Operation *score : search.getScores())
    if (std::optional<int64_t> heads = stackedHeads(score))
      rows = std::min(rows, std::max<int64_t>(layout::kMmaRows / *heads, 1));
  return rows;
}

void mlir::hip::versionSearches(Operation *root, const Few &few) {
  // A decode step has one row or so: of a taller tile most would be nothing.
  auto ofOneTile = [&](Search &search, int64_t cluster) {
    return Few{rowsOfOneTile(search, few.rows), few.lists / cluster, few.chip,
               cluster};
  };
  if (few.chip->hasClusters())
    forEachSearch(root, [&](Search &search) {
      version(search, ofOneTile(search, kMostCluster));
    });
  forEachSearch(root, [&](Search &search) {
    Few fewest = ofOneTile(search, /*cluster=*/1);
    if (fewest.rows < few.rows)
      version(search, fewest);
  });
  forEachSearch(root, [&](Search &search) { version(search, few); });
}
