//===- tile/Launches.cpp - What passes that fuse kernels ask of them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/Launches.h"
#include "dialect/HipDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/support/Names.h"

using namespace mlir;
using namespace mlir::hip;

/// Block and thread numbers, grid and block sizes: what a region of a launch
/// that is nothing but a grid of thread blocks takes.
constexpr unsigned kGridArguments = 12;

bool mlir::hip::isPlain(gpu::LaunchOp launch) {
  Value shared = launch.getDynamicSharedMemorySize();
  return !launch.getAsyncToken() && launch.getAsyncDependencies().empty() &&
         launch.getBody().hasOneBlock() &&
         launch.getBody().getNumArguments() == kGridArguments &&
         (!shared || matchPattern(shared, m_Constant()));
}

bool mlir::hip::hasFewRows(gpu::LaunchOp kernel) {
  auto schedule = kernel->getAttrOfType<ScheduleAttr>(kSchedule);
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
    if (!isa<gpu::LaunchOp>(op) && !op->getParentOfType<gpu::LaunchOp>())
      for (Region &region : op->getRegions())
        for (Block &block : region)
          blocks.push_back(&block);
  });
  return blocks;
}
