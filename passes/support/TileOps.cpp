//===- TileOps.cpp - What every lowering of tiles relies on
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/TileOps.h"
#include "dialect/layout/Layout.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/support/Captures.h"

using namespace mlir;
using namespace mlir::hip;

static bool isTile(Type type) { return isa<TileType>(type); }

static bool hasTileOp(Region &region) {
  return region
      .walk([](Operation *op) {
        return isOfTileProgram(op) || isa<TileViewOp>(op)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

static bool carriesTiles(Operation *op, bool branches) {
  if (isa<scf::YieldOp>(op))
    op = op->getParentOp();
  return isa<scf::ForOp>(op) || (branches && isa<scf::IfOp>(op));
}

/// Tile ops and loops take tiles of the same kernel, and rows of its views.
static LogicalResult checkOperands(Operation *op, TileKernelOp kernel) {
  for (Value operand : op->getOperands()) {
    auto view = operand.getDefiningOp<TileViewOp>();
    if (isa<RowsType>(operand.getType()) &&
        (!view || !kernel->isAncestor(view) || !isOfTileProgram(op)))
      return op->emitOpError() << "takes rows that are not of a hip.tile.view "
                                  "in its kernel; make the view there, where "
                                  "rows are moved";
    if (!isTile(operand.getType()))
      continue;
    Region *from = operand.getParentRegion();
    if (!kernel.getBody().isAncestor(from))
      return op->emitOpError()
             << "takes a tile from outside of its kernel; make it inside";
  }
  return success();
}

/// A loop of tile ops counts in index, up to a bound that signs do not change.
static LogicalResult checkLoop(scf::ForOp loop) {
  if (!hasTileOp(loop.getRegion()) &&
      llvm::none_of(loop.getResultTypes(), isTile))
    return success();
  if (!loop.getInductionVar().getType().isIndex() || loop.getUnsignedCmp())
    return loop.emitOpError() << "is around tile ops, so it counts in index";
  return success();
}

LogicalResult mlir::hip::checkTileValues(TileKernelOp kernel, bool branches) {
  if (failed(checkKernel(kernel)))
    return failure();
  WalkResult walked = kernel.getBody().walk([&](Operation *op) {
    auto fail = [] { return WalkResult::interrupt(); };
    bool known = isOfTileProgram(op) || carriesTiles(op, branches);
    if (!known && (llvm::any_of(op->getOperandTypes(), isTile) ||
                   llvm::any_of(op->getResultTypes(), isTile))) {
      op->emitOpError() << "takes or gives a tile, but is no tile op";
      return fail();
    }
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (!known && llvm::any_of(block.getArgumentTypes(), isTile)) {
          op->emitOpError() << "has a region that takes a tile, but is no loop";
          return fail();
        }
    return failed(checkOperands(op, kernel)) ? fail() : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult mlir::hip::checkTiles(TileKernelOp kernel) {
  if (failed(checkTileValues(kernel, /*branches=*/false)))
    return failure();
  WalkResult walked = kernel.getBody().walk([&](scf::ForOp loop) {
    return failed(checkLoop(loop)) ? WalkResult::interrupt()
                                   : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

static LogicalResult checkNoTilesOutside(Operation *root) {
  WalkResult walked = root->walk([](Operation *op) {
    if ((!isOfTileProgram(op) && !isa<TileViewOp>(op)) ||
        op->getParentOfType<TileKernelOp>())
      return WalkResult::advance();
    op->emitOpError() << "is not in a kernel; put it into a hip.tile.kernel";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult
mlir::hip::forEachTileProgram(Operation *root,
                              function_ref<LogicalResult(TileKernelOp)> lower) {
  if (failed(checkNoTilesOutside(root)))
    return failure();
  SmallVector<TileKernelOp> kernels;
  root->walk([&](TileKernelOp kernel) {
    if (hasTileOp(kernel.getBody()))
      kernels.push_back(kernel);
  });
  for (TileKernelOp kernel : kernels)
    if (failed(lower(kernel)))
      return failure();
  return success();
}

FailureOr<int64_t> mlir::hip::threadsOf(TileKernelOp kernel) {
  int64_t count = kernel.getThreads();
  if (count % layout::kWarp == 0)
    return count;
  return kernel.emitOpError()
         << "has tiles and " << count << " threads; tiles take warps of "
         << layout::kWarp << " threads: see the threads of #hip.schedule";
}

Value mlir::hip::rootOf(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

Operation *mlir::hip::findWrite(Value array) {
  for (OpOperand &use : array.getUses()) {
    Operation *user = use.getOwner();
    if (isa<ViewLikeOpInterface, TileViewOp>(user)) {
      if (Operation *write = findWrite(user->getResult(0)))
        return write;
      continue;
    }
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    SmallVector<MemoryEffects::EffectInstance> found;
    if (effects)
      effects.getEffects(found);
    bool reads = llvm::none_of(found, [&](auto &effect) {
      bool its = !effect.getValue() || effect.getValue() == array;
      return its && !isa<MemoryEffects::Read>(effect.getEffect());
    });
    if (!effects || !reads)
      return user;
  }
  return nullptr;
}
