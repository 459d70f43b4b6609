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

/// Makes loops carry the elements of vectors, each of which the back end gives
/// a register. It would unpack and repack vectors in every iteration.
void carryNumbers(TileKernelOp kernel);

} // namespace mlir::hip::nvvm

#endif // HIP_PASSES_NVVM_LOOPVALUES_H
