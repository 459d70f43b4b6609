//===- tile/OwnArrays.h - Arrays that thread blocks do not share
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_OWNARRAYS_H
#define HIP_PASSES_TILE_OWNARRAYS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// The arrays [z, y, x, ...] of a kernel over a grid of {x, y, z} of which
/// block {x, y, z} alone reads and writes its part, and nothing does after it.
class OwnArrays {
public:
  explicit OwnArrays(TileKernelOp kernel);

  bool isEmpty() const { return arrays.empty(); }
  size_t size() const { return arrays.size(); }

  /// An array [blocks, ...] in place of each, of which part `block` is for
  /// what the thread block of that number does.
  void share(Value blocks, Value block);

private:
  bool isPart(OpOperand &use);
  bool isOwn(memref::AllocOp alloc);

  TileKernelOp kernel;
  size_t dimensions; ///< of the grid
  SmallVector<memref::AllocOp> arrays;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_OWNARRAYS_H
