//===- nvvm/Reduction.h - Maximum or sum along an axis of a tile
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_NVVM_REDUCTION_H
#define HIP_PASSES_NVVM_REDUCTION_H

#include "passes/nvvm/ThreadBuilder.h"

namespace mlir::hip::nvvm {

/// Reduces the axis `axis` of a matrix in registers.
class Reduction {
public:
  Reduction(ThreadBuilder &b, TileReduceKind kind, TileType source,
            int64_t axis);

  /// Over the thread's own elements, then over the lanes that differ along the
  /// axis. The result is a slice of the matrix.
  SmallVector<Value> inWarp(ArrayRef<Value> numbers);
  /// Over the thread's own elements, to a matrix of fewer columns in the layout
  /// of the first ones of this matrix.
  SmallVector<Value> toColumns(ArrayRef<Value> numbers,
                               const layout::Layout &fewer);
  /// The same as `inWarp`, then over the warps, each of which writes a row of
  /// `scratch`, after a barrier. The result is in `to`.
  SmallVector<Value> overWarps(ArrayRef<Value> numbers, const Memory &scratch,
                               const layout::Layout &to);

private:
  Value fold(Value x, Value y);
  /// What the thread has.
  SmallVector<Value> inThread(ArrayRef<Value> numbers);
  /// Calls `visit` with each distance of two lanes that differ along the axis.
  void overLanes(function_ref<void(int32_t)> visit);
  /// How much further the second half of `count` registers of the slice is than
  /// the first, if it is the same for all; else 0.
  int64_t halvesApart(int64_t count) const;
  /// The number of register i, or what changes nothing where that is padding.
  Value counted(Value number, Value first, int64_t i);

  ThreadBuilder &b;
  TileReduceKind kind;
  int64_t axis;
  layout::Layout matrix, slice;
};

} // namespace mlir::hip::nvvm

#endif // HIP_PASSES_NVVM_REDUCTION_H
