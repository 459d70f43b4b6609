//===- support/TileOps.h - Tile ops in kernels, and after their lowering
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_TILEOPS_H
#define HIP_PASSES_SUPPORT_TILEOPS_H

#include "mlir/IR/Operation.h"

namespace mlir::hip {

inline bool isTileOp(Operation *op) {
  return op->getName().getStringRef().starts_with("hip.tile.");
}

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
