//===- gpu/JoinPtx.h - Texts of kernels to one text -------------*- C++ -*-===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_MLIR_PASSES_GPU_JOINPTX_H
#define HIP_MLIR_PASSES_GPU_JOINPTX_H

#include "mlir/Support/LLVM.h"
#include <string>

namespace mlir::hip {

/// The PTX of one module with all functions of `texts`, which have one function
/// each, as LLVM writes it: one header, each declaration once, and labels with
/// the number of their function. Fails where a text has another form.
FailureOr<std::string> joinPtx(ArrayRef<std::string> texts);

} // namespace mlir::hip

#endif // HIP_MLIR_PASSES_GPU_JOINPTX_H
