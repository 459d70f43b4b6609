//===- support/TileOps.h - Tile ops in kernels, and after their lowering
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_TILEOPS_H
#define HIP_PASSES_SUPPORT_TILEOPS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Rejects kernels with tiles in ops that do not lower them: only tile ops of
/// the kernel may make tiles, only scf.for may carry them and, with `branches`,
/// only scf.if may yield them.
LogicalResult checkTileValues(TileKernelOp kernel, bool branches);
/// The same without branches, and loops that do not count in index.
LogicalResult checkTiles(TileKernelOp kernel);

/// Runs `lower` on each kernel of a tile program. Ops of one outside of
/// kernels, which no pass lowers, are refused before.
LogicalResult
forEachTileProgram(Operation *root,
                   function_ref<LogicalResult(TileKernelOp)> lower);

/// The threads of a thread block, which are whole warps.
FailureOr<int64_t> threadsOf(TileKernelOp kernel);

/// Whether `op` makes, takes or changes tiles.
inline bool isTileOp(Operation *op) {
  return op->getName().getStringRef().starts_with("hip.tile.") &&
         !isa<TileKernelOp, TilePhaseOp, TileEndOp, TileViewOp>(op);
}

/// Whether `op` is one of memory and time on a GPU.
inline bool isGpuOp(Operation *op) {
  return op->getName().getStringRef().starts_with("hip.gpu.");
}

/// Whether `op` is one of a tile program, on any machine.
inline bool isOfTileProgram(Operation *op) {
  return isTileOp(op) || isGpuOp(op);
}

/// The array that a view is of.
Value rootOf(Value view);

/// The first op that may write to the array, or to a view of it; else null.
Operation *findWrite(Value array);

/// Erases ops that were lowered in this order. Loops among them gave their body
/// away, whose ops still use their arguments.
inline void eraseLowered(ArrayRef<Operation *> lowered) {
  for (Operation *op : lowered)
    op->dropAllReferences();
  for (Operation *op : llvm::reverse(lowered)) {
    op->dropAllUses();
    op->erase();
  }
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_TILEOPS_H
