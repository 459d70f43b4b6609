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

/// Whether all threads of a thread block take the same way through the regions
/// of `op`: what decides about it depends on no number of a thread or lane, and
/// on no hip.gpu.vote, which is the same for a warp alone.
bool isUniformBranch(Operation *op);

} // namespace mlir::hip

#endif // HIP_PASSES_SYNC_UNIFORMBRANCHES_H
