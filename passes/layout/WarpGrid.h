//===- layout/WarpGrid.h - How the warps of a phase are arranged
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_LAYOUT_WARPGRID_H
#define HIP_PASSES_LAYOUT_WARPGRID_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// The grid of a phase. Warps are above each other where the columns of rows
/// are folded, where a left factor is computed in registers, and where `unit`
/// is one of several warps. Else a warp reads as few blocks of both factors as
/// it can, and has as many rows, which it folds alone.
MmaLayoutAttr arrangeWarps(ArrayRef<Operation *> phase, MLIRContext *context,
                           int64_t threads, MatrixUnit unit);

} // namespace mlir::hip

#endif // HIP_PASSES_LAYOUT_WARPGRID_H
