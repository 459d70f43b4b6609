//===- layout/WarpGrid.cpp - How the warps of a phase are arranged
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/layout/WarpGrid.h"
#include "dialect/MatrixUnits.h"

using namespace mlir;
using namespace mlir::hip;

/// Blocks of both factors that a warp reads for a product of rows x columns.
static int64_t blocksRead(int64_t rows, int64_t columns, int64_t rowWarps,
                          int64_t columnWarps) {
  return llvm::divideCeil(rows, layout::kMmaRows * rowWarps) +
         llvm::divideCeil(columns, 2 * layout::kMmaColumns * columnWarps);
}

MmaLayoutAttr mlir::hip::arrangeWarps(ArrayRef<Operation *> phase,
                                      MLIRContext *context, int64_t threads,
                                      MatrixUnit unit) {
  bool foldsRows = false, isFree = rowOf(unit).warps == 1;
  int64_t rows = 1, columns = 0;
  for (Operation *op : phase) {
    if (auto fold = dyn_cast<TileReduceOp>(op))
      foldsRows |= fold.getAxis() == 1;
    if (auto dot = dyn_cast<TileDotOp>(op)) {
      auto tile = cast<TileType>(dot.getTile().getType());
      rows = std::max(rows, tile.getRows());
      columns = std::max(columns, tile.getColumns());
      // Warps with whole rows have the left factor in registers.
      if (dot.getA().getDefiningOp<TileMapOp>())
        isFree = false;
    }
  }
  int64_t warps = threads / layout::kWarp, best = warps;
  int64_t needed = llvm::divideCeil(rows, layout::kMmaRows);
  for (int64_t above = warps; !foldsRows && above % 2 == 0;) {
    above /= 2;
    int64_t beside = warps / above;
    bool isFewer = blocksRead(rows, columns, above, beside) <=
                   blocksRead(rows, columns, best, warps / best);
    bool isEven = columns % (layout::kMmaColumns * beside) == 0;
    if (best > needed || (isFree && isFewer && isEven))
      best = above;
  }
  return MmaLayoutAttr::get(context, best, warps / best);
}
