//===- HipPolicySteps.cpp - What each policy is composed of
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/PruneSteps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

using List = PruneSteps::List;

/// S13: chunks, then { split 2; score; select } until ranges are blocks.
SmallVector<Value> TreeAttr::expand(PruneSteps &steps) const {
  int64_t blockK = getBlockK(), chunks = getKeep() / blockK;
  List list = steps.chunksOf(blockK, chunks);
  list = steps.halve(list, blockK, chunks, [&](const List &kept) {
    List halves = steps.split(kept, 2);
    Value scores = steps.score(halves, {blockK, getQStride(), getKStride(),
                                        getRepresentative(), getReduce()});
    // The halves replace the list they came from: write over it.
    return steps.select(halves, scores, getKeep(), blockK, &kept);
  });
  return steps.blocks(list, blockK);
}

/// S14: chunks by size, then stages of { descend; select; split }.
SmallVector<Value> StagesAttr::expand(PruneSteps &steps) const {
  ArrayRef<Stage> stages = getStages();
  List list = steps.chunks(getGranule(), stages.front().chunk);
  for (auto [i, stage] : llvm::enumerate(stages)) {
    if (stage.keep != Stage::kAll) {
      int64_t levels = llvm::Log2_64_Ceil(stage.chunk / getGranule());
      Value scores = steps.descend(list,
                                   {getGranule(), stage.qStride, getKStride(),
                                    getRepresentative(), getReduce()},
                                   levels, getScore());
      list = steps.select(list, scores, stage.keep, stage.chunk);
    }
    if (i + 1 < stages.size())
      list = steps.split(list, stage.chunk / stages[i + 1].chunk,
                         stage.blockQ / stages[i + 1].blockQ);
  }
  return steps.blocks(list, getGranule());
}

/// S14b: levels of { bound; select; split }, then exact scores.
SmallVector<Value> BoxesAttr::expand(PruneSteps &steps) const {
  int64_t granule = getBlockK();
  ArrayRef<Level> levels = getLevels();
  List list = steps.chunks(granule, levels.front().box);
  for (auto [i, level] : llvm::enumerate(levels)) {
    Value bounds = steps.bound(list, level.box, granule, getQStride());
    list = steps.select(list, bounds, level.keep, level.box);
    int64_t finer = i + 1 < levels.size() ? levels[i + 1].box : granule;
    list = steps.split(list, level.box / finer);
  }
  Value exact = steps.score(list, {granule, getQStride()});
  return steps.blocks(steps.select(list, exact, getKeep(), granule), granule);
}

// S15: policies that make no list, which hip.prune does not take.
SmallVector<Value> WindowAttr::expand(PruneSteps &) const {
  llvm_unreachable("#hip.window makes no list");
}
SmallVector<Value> DenseAttr::expand(PruneSteps &) const {
  llvm_unreachable("#hip.dense makes no list");
}
/// S14d: expanded with the attention that chooses.
SmallVector<Value> AutoAttr::expand(PruneSteps &) const {
  llvm_unreachable("#hip.auto makes no list");
}

/// S14c: a list of each part for the same candidates, and their union.
SmallVector<Value> UnionAttr::expand(PruneSteps &steps) const {
  return steps.unite(getParts());
}
