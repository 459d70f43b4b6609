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

/// The arrays [z, y, x, ...] of a kernel over a grid of {x, y, z} of which only
/// thread block {x, y, z} accesses its part. Nothing accesses them after the
/// kernel, or with `MayBeResults` nothing before it.
class OwnArrays {
public:
  enum Uses { None, MayBeResults };
  explicit OwnArrays(TileKernelOp kernel, Uses after = None);

  bool isEmpty() const { return arrays.empty(); }
  size_t size() const { return arrays.size(); }
  ArrayRef<memref::AllocOp> get() const { return arrays; }

  /// Whether something after the kernel reads the array.
  bool isResult(memref::AllocOp alloc);

  /// An array [blocks, ...] in place of each, of which part `block` is for
  /// what the thread block of that number does.
  void share(Value blocks, Value block);

  /// Replaces each by an array of the kernel alone, so that no other version of
  /// the kernel has to allocate it.
  void separate();

  /// `array`, the kernel's own part alone, in place of `alloc`. Of a result,
  /// what is written is written to `alloc` as well.
  void substitute(memref::AllocOp alloc, Value array);

  /// Part `which` of `array`, the kernel's own one, in place of `alloc`.
  void substitute(memref::AllocOp alloc, Value array, Value which);

  /// An array [count, ...] in place of `alloc`, of which the kernel uses copy
  /// `which`. Of a result, what is written is written to `alloc` as well.
  void copy(memref::AllocOp alloc, int64_t count, Value which);

private:
  bool isPart(OpOperand &use);
  /// Calls visit(use) for each use in the kernel. Of a result, what is written
  /// there is written to `alloc` as well.
  void replaceUses(memref::AllocOp alloc,
                   function_ref<void(OpOperand &)> visit);
  bool isOwn(memref::AllocOp alloc);

  TileKernelOp kernel;
  size_t dimensions; ///< of the grid
  Uses after;
  SmallVector<memref::AllocOp> arrays;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_OWNARRAYS_H
