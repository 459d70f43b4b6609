//===- pipeline/LoopStages.h - Which ops of a loop run iterations ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// hip-schedule-loops writes stages on the ops of a loop, hip-pipeline-loops
// reads them, and both check them in the same way.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PIPELINE_LOOPSTAGES_H
#define HIP_PASSES_PIPELINE_LOOPSTAGES_H

#include "dialect/HipOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::hip {

/// On an op of a loop that has kStages: one of the numbers below.
constexpr StringLiteral kStage = "hip.stage";

/// On a loop: the iterations whose rows are in shared memory at a time.
constexpr StringLiteral kStages = "hip.stages";

/// The stages: what computes row numbers, what copies rows, and the rest.
enum LoopStage : int64_t { kNumbersStage, kCopyStage, kUseStage };

using StageMap = DenseMap<Operation *, int64_t>;

/// The gathers directly in a loop's body, and what they read and write.
struct CopiedMemory {
  explicit CopiedMemory(scf::ForOp loop);

  /// In the order of the body.
  SmallVector<GpuGatherOp> gathers;
  /// What writes the numbers.
  SmallVector<GpuLocalStoreOp> stores;
  llvm::SmallSetVector<Value, 2> numbers, copies;
};

/// Slots for row numbers in a loop of this many stages.
int64_t numberSlots(int64_t stages);

/// Bytes of shared memory that the stages add.
int64_t stageBytes(const CopiedMemory &memory, int64_t stages);

/// Operands of an op and what its regions use from outside of it.
llvm::SetVector<Value> usedValues(Operation *op);

/// Adds `op` and what it needs of the loop's body.
void addSlice(scf::ForOp loop, Operation *op,
              llvm::SetVector<Operation *> &found);

/// What the first two stages of a loop consist of besides writing numbers of
/// rows and copying rows, in the order of the body.
struct StageMakers {
  StageMakers(scf::ForOp loop, const CopiedMemory &memory);

  /// Erases those of a body whose results nobody uses.
  void eraseUnused(Block &body) const;

  SmallVector<Operation *> numbers, copies;
};

/// What is wrong with an op of a loop, as a text that follows its name.
struct StageFault {
  Operation *op;
  std::string text;
};

/// Why stages cannot run ahead as they are, if they cannot.
std::optional<StageFault> findFault(scf::ForOp loop, const StageMap &stages);

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINE_LOOPSTAGES_H
