//===- HipDialect.h - The hip dialect, its attributes and types
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPDIALECT_H
#define HIP_DIALECT_HIPDIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include "dialect/HipDialect.h.inc"
#include "dialect/HipEnums.h.inc"

namespace mlir::hip {

/// One stage of `#hip.stages` (S14). `keep` is in keys, kAll keeps every chunk.
struct Stage {
  static constexpr int64_t kAll = ShapedType::kDynamic;
  int64_t blockQ, chunk, keep, qStride;
  bool operator==(const Stage &) const = default;
};

/// One level of `#hip.boxes` (S14b): boxes of `box` keys, `keep` keys kept.
struct Level {
  int64_t box, keep;
  bool operator==(const Level &) const = default;
};

inline llvm::hash_code hash_value(const Stage &s) {
  return llvm::hash_combine(s.blockQ, s.chunk, s.keep, s.qStride);
}
inline llvm::hash_code hash_value(const Level &l) {
  return llvm::hash_combine(l.box, l.keep);
}

} // namespace mlir::hip

#include "dialect/HipAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/HipAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/HipTypes.h.inc"

#endif // HIP_DIALECT_HIPDIALECT_H
