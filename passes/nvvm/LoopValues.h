//===- nvvm/LoopValues.h - What loops of a thread carry
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_NVVM_LOOPVALUES_H
#define HIP_PASSES_NVVM_LOOPVALUES_H

#include "dialect/HipOps.h"

namespace mlir::hip::nvvm {

/// Lets loops carry the numbers of vectors, which the back end gives a register
/// each; a vector it would take apart and put together in every iteration.
void carryNumbers(TileKernelOp kernel);

} // namespace mlir::hip::nvvm

#endif // HIP_PASSES_NVVM_LOOPVALUES_H
