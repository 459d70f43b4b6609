//===- tile/Launches.cpp - What passes that fuse kernels ask of them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/Launches.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hip;

bool mlir::hip::hasFewRows(TileKernelOp kernel) {
  auto schedule = kernel.getScheduleAttr();
  return schedule && schedule.getFewRows() > 0;
}

bool mlir::hip::isSameSize(Value a, Value b) {
  IntegerAttr x, y;
  return a == b || (matchPattern(a, m_Constant(&x)) &&
                    matchPattern(b, m_Constant(&y)) && x == y);
}

SmallVector<Block *> mlir::hip::hostBlocks(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Operation *op) {
    if (!isa<TileKernelOp>(op) && !op->getParentOfType<TileKernelOp>())
      for (Region &region : op->getRegions())
        for (Block &block : region)
          blocks.push_back(&block);
  });
  return blocks;
}
