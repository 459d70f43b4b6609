//===- support/Phases.h - Steps of one kernel, one after another
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_PHASES_H
#define HIP_PASSES_SUPPORT_PHASES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::hip {

/// On a gpu.launch with a thread block for each list: true if a thread block
/// reads no list but its own.
constexpr StringLiteral kOwnLists = "hip.own_lists";

/// On a gpu.launch: the names of the hip ops that it does, in order.
constexpr StringLiteral kSteps = "hip.steps";

/// On a gpu.launch: the least thread blocks that a multiprocessor has to hold.
constexpr StringLiteral kMinBlocks = "hip.min_blocks";

/// Begins a phase: a barrier in thread blocks of several threads. Tiles do not
/// outlive the phase that made them, so that each has all shared memory.
void beginPhase(OpBuilder &b, gpu::LaunchOp kernel);

/// Whether `op` is the barrier between two phases.
bool isPhaseEnd(Operation *op);

/// The ops of a kernel, phase by phase.
SmallVector<SmallVector<Operation *>> phasesOf(gpu::LaunchOp kernel);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_PHASES_H
