//===- layout/WarpGrid.cpp - How the warps of a phase are arranged
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/layout/WarpGrid.h"

using namespace mlir;
using namespace mlir::hip;

MmaLayoutAttr mlir::hip::arrangeWarps(ArrayRef<Operation *> phase,
                                      MLIRContext *context, int64_t threads) {
  bool foldsRows = false;
  int64_t rows = 1;
  for (Operation *op : phase) {
    if (auto fold = dyn_cast<TileReduceOp>(op))
      foldsRows |= fold.getAxis() == 1;
    if (auto dot = dyn_cast<TileDotOp>(op))
      rows = std::max(rows, cast<TileType>(dot.getTile().getType()).getRows());
  }
  int64_t warps = threads / layout::kWarp, rowWarps = warps;
  int64_t needed = llvm::divideCeil(rows, layout::kMmaRows);
  while (!foldsRows && rowWarps > needed && rowWarps % 2 == 0)
    rowWarps /= 2;
  return MmaLayoutAttr::get(context, rowWarps, warps / rowWarps);
}
