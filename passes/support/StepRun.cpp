//===- support/StepRun.cpp - Steps in a row, and what is between them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/StepRun.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::hip;

bool StepRun::canHoist(Operation *op) {
  bool moves = isPure(op) && op->getNumRegions() == 0;
  return isa<memref::AllocOp>(op) ||
         (moves && !op->hasTrait<OpTrait::IsTerminator>());
}

bool StepRun::addBetween(Operation *op) {
  if (isEmpty())
    return false;
  if (canHoist(op))
    hoist(op);
  else if (isa<memref::DeallocOp>(op))
    sink(op);
  else
    return false;
  return true;
}

void StepRun::moveAround() {
  for (Operation *op : hoisted)
    op->moveBefore(steps.front());
  Operation *last = steps.back();
  for (Operation *op : sunk) {
    op->moveAfter(last);
    last = op;
  }
}
