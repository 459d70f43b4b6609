//===- memory/SharedTiles.h - Memory of the tiles of a kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_MEMORY_SHAREDTILES_H
#define HIP_PASSES_MEMORY_SHAREDTILES_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Makes memory at the start of the phase that uses it.
class SharedTiles {
public:
  explicit SharedTiles(TileKernelOp kernel);

  /// Memory for a tile that `op` makes, its rows padded or swizzled; null with
  /// an error where there is none of its size.
  Value allocate(Operation *op, TileType tile);
  /// Memory for what warps fold, each a row of `columns` of f32; null with an
  /// error where there is none of its size.
  Value allocatePartial(Operation *op, int64_t warps, int64_t columns);

private:
  Value allocate(Operation *op, SmemType type);
  SmemType matrixOf(Operation *op, TileType tile);

  SmallVector<SmallVector<Operation *>> phases;
  /// Whether the kernel's schedule asks for swizzled rows, and for boxes.
  bool swizzled = false, copiesBoxes = false;
  /// The phase of each op.
  DenseMap<Operation *, unsigned> phaseOf;
  /// The last memory before the first op of a phase.
  DenseMap<Operation *, Operation *> lastOf;
};

} // namespace mlir::hip

#endif // HIP_PASSES_MEMORY_SHAREDTILES_H
