//===- support/Folds.h - What a tile is folded by
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_FOLDS_H
#define HIP_PASSES_SUPPORT_FOLDS_H

#include "dialect/HipDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::hip {

/// Two numbers, or vectors of them, combined to one.
inline Value foldOf(ImplicitLocOpBuilder &b, TileReduceKind kind, Value x,
                    Value y) {
  switch (kind) {
  case TileReduceKind::Max:
    return arith::MaximumFOp::create(b, x, y);
  case TileReduceKind::Sum:
    return arith::AddFOp::create(b, x, y);
  case TileReduceKind::MaxNumber:
    return arith::MaxNumFOp::create(b, x, y);
  }
  llvm_unreachable("unknown kind of fold");
}

/// The neutral element.
inline double neutralOf(TileReduceKind kind) {
  switch (kind) {
  case TileReduceKind::Max:
    return -std::numeric_limits<double>::infinity();
  case TileReduceKind::Sum:
    return 0;
  case TileReduceKind::MaxNumber:
    return std::numeric_limits<double>::quiet_NaN();
  }
  llvm_unreachable("unknown kind of fold");
}

/// The numbers, or those of a vector, that have the sign; 0 instead of the
/// others (S10b).
inline Value ofSign(ImplicitLocOpBuilder &b, Value x, Sign sign) {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(x.getType()));
  if (sign == Sign::Positive)
    return arith::MaximumFOp::create(b, x, zero);
  return arith::MinimumFOp::create(b, x, zero);
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_FOLDS_H
