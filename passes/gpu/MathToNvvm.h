//===- gpu/MathToNvvm.h - What kernels compute of numbers
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_MATHTONVVM_H
#define HIP_PASSES_GPU_MATHTONVVM_H

#include "mlir/IR/Operation.h"

namespace mlir::hip {

/// Whether hip-math-to-nvvm lowers an op of arith or math to instructions
/// rather than a call of libdevice.
bool lowersToNvvm(Operation *op);

} // namespace mlir::hip

#endif // HIP_PASSES_GPU_MATHTONVVM_H
