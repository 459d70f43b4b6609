//===- schedule/Searches.h - Steps on lists that are scheduled together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_SEARCHES_H
#define HIP_PASSES_SCHEDULE_SEARCHES_H

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"
#include "passes/support/StepRun.h"

namespace mlir::hip {

/// A step on lists that may be part of a search.
bool isSearchStep(Operation *op);
/// One that scores ranges: ScoreOp or DescendOp.
bool isScore(Operation *op);

/// The operands of a score.
Value queryOf(Operation *score);
Value countsOf(Operation *score);
Value rangesOf(Operation *score);

/// Query heads that share a list and read one KV head of a score; none if sizes
/// are unknown.
std::optional<int64_t> stackedHeads(Operation *score);

/// Tiles of query rows that a score has at a time: a descent scores two halves,
/// each with the rows of all KV heads that share its list.
int64_t queryTiles(Operation *score);

/// Consecutive steps of one block, except for ops between them that can move.
/// They have equally many threads, so that they can be one kernel.
class Search {
public:
  /// Whether `op` continues the last step; it is then part of the search.
  bool add(Operation *op);

  ArrayRef<Operation *> getScores() const { return scores; }
  /// Steps, and loops of them.
  ArrayRef<Operation *> getSteps() const { return run.getSteps(); }
  bool hasSchedule() const { return isScheduled; }
  /// Moves away everything that is between the steps.
  void moveAround() { run.moveAround(); }

private:
  StepRun run;
  SmallVector<Operation *> scores;
  bool isScheduled = false;
};

/// Visits the searches in `root` that score anything.
void forEachSearch(Operation *root, function_ref<void(Search &)> visit);

/// Schedules searches for a GPU by the rows that they score a key with: those
/// of all heads that share a list, if the chip has the capacity for more
/// than 64.
void scheduleTallSearches(Operation *root, const Chip &chip);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_SEARCHES_H
