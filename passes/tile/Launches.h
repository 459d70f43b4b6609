//===- tile/Launches.h - What passes that fuse kernels ask of them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_LAUNCHES_H
#define HIP_PASSES_TILE_LAUNCHES_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Whether the kernel is for few query rows, and so of few thread blocks.
bool hasFewRows(TileKernelOp kernel);

/// Whether two sizes are one value, or equal constants.
bool isSameSize(Value a, Value b);

/// The blocks under `root` that are in no kernel, inner ones first.
SmallVector<Block *> hostBlocks(Operation *root);

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_LAUNCHES_H
