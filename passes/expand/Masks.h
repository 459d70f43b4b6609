//===- expand/Masks.h - The mask in a score region
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_EXPAND_MASKS_H
#define HIP_PASSES_EXPAND_MASKS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Fills `mask`, which is empty, with the region of (b, h, i, j) that yields
/// whether `score` may give more than -inf (S18c). Returns false and does
/// nothing if no -inf is selected by a condition that does not depend on the
/// score.
bool takeMask(ScalarBuilder &b, Region &score, Region &mask);

} // namespace mlir::hip

#endif // HIP_PASSES_EXPAND_MASKS_H
