//===- support/ScoreRegion.h - The score region of an attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_SCOREREGION_H
#define HIP_PASSES_SUPPORT_SCOREREGION_H

#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// S18b: makes every integer op of the region defined for all operands, and
/// every load within its array. Otherwise a division by 0 would be undefined
/// even if `arith.select` drops it or if there is no key at that place.
void defineIntegers(Region &score);

/// Copies the region to where `b` is and gives its result. `arguments` are
/// {score, b, h, i, j}.
Value inlineScore(ScalarBuilder &b, Region &score, ValueRange arguments);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_SCOREREGION_H
