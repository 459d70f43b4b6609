//===- Passes.h - All passes, in the order of the pipelines
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PASSES_H
#define HIP_PASSES_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::hip {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

} // namespace mlir::hip

#endif // HIP_PASSES_PASSES_H
