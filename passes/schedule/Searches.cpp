//===- schedule/Searches.cpp - Steps on lists that are scheduled together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/schedule/Searches.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

bool mlir::hip::isSearchStep(Operation *op) {
  return isa<PartitionOp, SplitOp, ScoreOp, DescendOp, SelectOp, BlocksOp,
             UnionOp>(op);
}

bool mlir::hip::isScore(Operation *op) { return isa<ScoreOp, DescendOp>(op); }

Value mlir::hip::queryOf(Operation *score) { return score->getOperand(0); }

static Value keyOf(Operation *score) { return score->getOperand(1); }

Value mlir::hip::countsOf(Operation *score) {
  return TypeSwitch<Operation *, Value>(score)
      .Case<ScoreOp, DescendOp>([](auto op) { return op.getCounts(); })
      .DefaultUnreachable("no score of a list");
}

Value mlir::hip::rangesOf(Operation *score) {
  return TypeSwitch<Operation *, Value>(score)
      .Case<ScoreOp, DescendOp>([](auto op) { return op.getRanges(); })
      .DefaultUnreachable("no score of a list");
}

std::optional<int64_t> mlir::hip::stackedHeads(Operation *score) {
  int64_t heads = headsOf(queryOf(score)), lists = headsOf(countsOf(score)),
          keys = headsOf(keyOf(score));
  for (int64_t size : {heads, lists, keys})
    if (ShapedType::isDynamic(size))
      return std::nullopt;
  return heads / std::max(lists, keys);
}

int64_t mlir::hip::queryTiles(Operation *score) {
  bool isShared = headsOf(countsOf(score)) < headsOf(keyOf(score));
  return isa<DescendOp>(score) && isShared ? 2 : 1;
}

/// A loop of steps.
static bool isLoop(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop || loop.getNumResults() > 0)
    return false;
  auto fits = [](Operation &inner) {
    return isSearchStep(&inner) || StepRun::canHoist(&inner) ||
           isa<memref::DeallocOp>(inner);
  };
  return llvm::all_of(loop.getBody()->without_terminator(), fits);
}

bool Search::add(Operation *op) {
  if (!isSearchStep(op) && !isLoop(op))
    return run.addBetween(op);
  run.addStep(op);
  op->walk([&](Operation *inner) {
    if (isScore(inner))
      scores.push_back(inner);
    isScheduled |= inner->hasAttr(kSchedule);
  });
  return true;
}

void mlir::hip::forEachSearch(Operation *root,
                              function_ref<void(Search &)> visit) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) {
    if (!isLoop(block->getParentOp()))
      blocks.push_back(block);
  });
  for (Block *block : blocks)
    for (Search &search : runsOf<Search>(*block))
      if (!search.getScores().empty())
        visit(search);
}
