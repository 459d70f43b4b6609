//===- sync/UniformBranches.h - Where all threads of a block come together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SYNC_UNIFORMBRANCHES_H
#define HIP_PASSES_SYNC_UNIFORMBRANCHES_H

#include "mlir/IR/Operation.h"

namespace mlir::hip {

/// Whether all threads of a thread block take the same path through the regions
/// of `op`: its conditions depend neither on the number of a thread or lane nor
/// on a hip.gpu.vote, which is uniform only in a warp.
bool isUniformBranch(Operation *op);

} // namespace mlir::hip

#endif // HIP_PASSES_SYNC_UNIFORMBRANCHES_H
