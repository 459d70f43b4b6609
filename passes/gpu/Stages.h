//===- gpu/Stages.h - What a loop can read ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_STAGES_H
#define HIP_PASSES_GPU_STAGES_H

#include "dialect/HipOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::hip::gpupasses {

/// The type of the TensorCore operands of a dot: that of both tiles, of 16
/// bits. Null where it is done by fma.
Type matrixType(TileDotOp dot);

/// Rounds of the loop whose keys are in shared memory at a time, and those
/// whose row numbers are: these are made two rounds ahead.
inline constexpr llvm::StringLiteral kStages = "hip.stages";
inline constexpr int64_t kStageCount = 2, kLineStageCount = 4;

inline int64_t stageCount(Operation *producer) {
  return isa<TileGatherOp>(producer) ? kStageCount : kLineStageCount;
}

/// The gathers of a loop's body that depend on nothing that the loop carries,
/// after the ops of the body that they need: what round i + 1 can do while
/// round i computes. Empty where there are none, or where the rest asks for
/// their tiles in another way than by columns.
SmallVector<Operation *> producersOf(scf::ForOp loop);

} // namespace mlir::hip::gpupasses

#endif // HIP_PASSES_GPU_STAGES_H
