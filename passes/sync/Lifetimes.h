//===- sync/Lifetimes.h - When arrays in shared memory are in use
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SYNC_LIFETIMES_H
#define HIP_PASSES_SYNC_LIFETIMES_H

#include "mlir/IR/Operation.h"

namespace mlir::hip {

/// Whether a barrier of the whole thread block is on every path from a use of
/// one array to a use of the other, so that they can share bytes. Each list is
/// the op that makes the array and then its uses: nothing is kept from one
/// iteration of a loop around all of them to the next.
bool areApart(ArrayRef<Operation *> one, ArrayRef<Operation *> other);

} // namespace mlir::hip

#endif // HIP_PASSES_SYNC_LIFETIMES_H
