//===- support/StepRun.h - Steps in a row, and what is between them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_STEPRUN_H
#define HIP_PASSES_SUPPORT_STEPRUN_H

#include "mlir/IR/Operation.h"
#include <vector>

namespace mlir::hip {

/// Consecutive steps of one block, except for ops between them that can move:
/// index arithmetic, casts and allocations to the front, deallocations to the
/// end.
class StepRun {
public:
  static bool canHoist(Operation *op);

  bool isEmpty() const { return steps.empty(); }
  ArrayRef<Operation *> getSteps() const { return steps; }
  bool isHoisted(Operation *op) const {
    return llvm::is_contained(hoisted, op);
  }

  void addStep(Operation *op) { steps.push_back(op); }
  void hoist(Operation *op) { hoisted.push_back(op); }
  void sink(Operation *op) { sunk.push_back(op); }
  /// Whether `op`, which is no step, can move; before the first step there is
  /// nothing that it would be between.
  bool addBetween(Operation *op);

  /// Moves away everything that is between the steps.
  void moveAround();

private:
  SmallVector<Operation *> steps, hoisted, sunk;
};

/// The runs of a block: `run.add(op)` says whether an op continues a run.
template <typename Run> std::vector<Run> runsOf(Block &block) {
  std::vector<Run> runs(1);
  for (Operation &op : block)
    if (!runs.back().add(&op)) {
      runs.emplace_back();
      runs.back().add(&op);
    }
  return runs;
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_STEPRUN_H
