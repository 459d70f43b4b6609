//===- support/Phases.cpp - Steps of one kernel, one after another
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Phases.h"

using namespace mlir;
using namespace mlir::hip;

void mlir::hip::beginPhase(OpBuilder &b, TileKernelOp kernel) {
  if (kernel.getThreads() > 1)
    TilePhaseOp::create(b, kernel.getLoc());
}

SmallVector<SmallVector<Operation *>> mlir::hip::phasesOf(TileKernelOp kernel) {
  SmallVector<SmallVector<Operation *>> phases(1);
  kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<TilePhaseOp>(op))
      phases.emplace_back();
    else
      phases.back().push_back(op);
  });
  return phases;
}
