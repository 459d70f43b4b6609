//===- support/Phases.cpp - Steps of one kernel, one after another
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Phases.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hip;

constexpr StringLiteral kPhase = "hip.phase";

void mlir::hip::beginPhase(OpBuilder &b, gpu::LaunchOp kernel) {
  if (matchPattern(kernel.getBlockSizeX(), m_One()))
    return;
  auto barrier = gpu::BarrierOp::create(b, kernel.getLoc());
  barrier->setAttr(kPhase, b.getUnitAttr());
}

bool mlir::hip::isPhaseEnd(Operation *op) {
  return isa<gpu::BarrierOp>(op) && op->hasAttr(kPhase);
}

SmallVector<SmallVector<Operation *>>
mlir::hip::phasesOf(gpu::LaunchOp kernel) {
  SmallVector<SmallVector<Operation *>> phases(1);
  kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isPhaseEnd(op))
      phases.emplace_back();
    else
      phases.back().push_back(op);
  });
  return phases;
}
