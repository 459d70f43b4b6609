//===- support/Phases.h - Steps of one kernel, one after another
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_PHASES_H
#define HIP_PASSES_SUPPORT_PHASES_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Begins a phase, in thread blocks of several threads.
void beginPhase(OpBuilder &b, TileKernelOp kernel);

/// The ops of a kernel, phase by phase.
SmallVector<SmallVector<Operation *>> phasesOf(TileKernelOp kernel);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_PHASES_H
