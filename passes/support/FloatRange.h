//===- support/FloatRange.h - How far and how finely a float type reaches
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_FLOATRANGE_H
#define HIP_PASSES_SUPPORT_FLOATRANGE_H

#include "mlir/IR/BuiltinTypes.h"

namespace mlir::hip {

/// Whether the greatest number of `type` is about that of f32.
inline bool reachesF32(Type type) {
  using llvm::APFloat;
  return APFloat::semanticsMaxExponent(
             cast<FloatType>(type).getFloatSemantics()) >=
         APFloat::semanticsMaxExponent(APFloat::IEEEsingle());
}

/// Whether numbers of f32 lose bits in `type`.
inline bool roundsF32(Type type) {
  using llvm::APFloat;
  return APFloat::semanticsPrecision(
             cast<FloatType>(type).getFloatSemantics()) <
         APFloat::semanticsPrecision(APFloat::IEEEsingle());
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_FLOATRANGE_H
