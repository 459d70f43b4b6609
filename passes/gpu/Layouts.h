//===- gpu/Layouts.h - Which layouts tiles can have
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_LAYOUTS_H
#define HIP_PASSES_GPU_LAYOUTS_H

#include "dialect/HipOps.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::hip::gpupasses {

/// The threads of a thread block: whole warps in a row, as many as there are.
FailureOr<int64_t> threadsOf(gpu::LaunchOp kernel);

/// The layout of a tile: what its op says, or what a loop begins with. Null
/// where there is none yet.
LayoutAttr layoutOf(Value tile);

/// Where the matrix that `op` makes has to be: what is read, or made without
/// fragments, in shared memory.
LayoutKind kindOf(Operation *op);

/// A tile as a fragment; of vectors that is one of one row or one column.
layout::Fragment fragmentOf(TileType type, LayoutAttr layout);
/// Numbers of a tile that a thread holds: code has a line for each.
int64_t numbersOf(TileType type, LayoutAttr layout, int64_t threads);

/// Refuses layouts that are not those of hip-assign-layouts for `threads`, and
/// tiles that are where their users cannot read them.
LogicalResult checkLayouts(gpu::LaunchOp kernel, int64_t threads);

} // namespace mlir::hip::gpupasses

#endif // HIP_PASSES_GPU_LAYOUTS_H
