//===- support/Float8.h - Numbers of 8 bits that are stored
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_FLOAT8_H
#define HIP_PASSES_SUPPORT_FLOAT8_H

#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// S23: the number of `stored`, f8E4M3FN or f8E5M2, that has the bits `bits`
/// (i8) as `type`: times `scale`, an f32, where that is given, and rounded.
Value readFloat8(ScalarBuilder &b, Value bits, Type stored, Value scale,
                 Type type);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_FLOAT8_H
