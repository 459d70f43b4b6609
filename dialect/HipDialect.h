//===- HipDialect.h - The hip dialect, its attributes and types
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPDIALECT_H
#define HIP_DIALECT_HIPDIALECT_H

#include "dialect/layout/Layout.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include <limits>

#include "dialect/HipDialect.h.inc"
#include "dialect/HipEnums.h.inc"

namespace mlir::hip {

/// Positions are i32 (S5): no size of an array or a policy is above.
inline constexpr int64_t kMostKeys = std::numeric_limits<int32_t>::max();
/// Numbers of a row that programs hold whole: head sizes.
inline constexpr int64_t kMostHeadSize = 8192;
/// Numbers of a tile.
inline constexpr int64_t kMostTileNumbers = 1 << 24;

/// Query rows of a block that all rows are in: of dense attention, which then
/// leaves it to the schedule how many rows a tile has.
inline constexpr int64_t kAllRows = kMostKeys;

/// Iterations of a loop whose rows are in shared memory at a time: numbers of
/// rows have room for one more and for one that is being read, in a power of
/// two, and !hip.smem has up to 16 stages.
inline constexpr int64_t kMostLoopStages = 15;

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

/// What has a head for each list: the query, the keys, or neither where there
/// is one list for all.
template <typename T> T ownerOf(Heads heads, T query, T key, T neither) {
  switch (heads) {
  case Heads::Query:
    return query;
  case Heads::Kv:
    return key;
  case Heads::All:
    return neither;
  }
  llvm_unreachable("unknown heads");
}

/// Whether a type of numbers is one that is stored, and read as a wider one
/// (S23).
inline bool isFloat8(Type type) {
  return isa<Float8E4M3FNType, Float8E5M2Type>(type);
}

/// Where stored K or V arrays have their heads and their rows; bhtd is what
/// views have that name no order.
struct KvAxes {
  int64_t heads, rows;
};
inline KvAxes axesOf(std::optional<KvLayout> layout) {
  switch (layout.value_or(KvLayout::Bhtd)) {
  case KvLayout::Bhtd:
    return {1, 2};
  case KvLayout::Bthd:
    return {2, 1};
  }
  llvm_unreachable("unknown order of a stored array");
}

/// What the number of sink keys is a multiple of, and its name in errors (S3).
struct SinkUnit {
  int64_t keys;
  StringRef name;
};

/// What a policy makes its steps with: dialect/PruneSteps.h.
class PruneSteps;

/// Lists of up to so many entries have room for all that may be kept, however
/// few keys there are: kernels then know how far apart lists are (S16).
constexpr int64_t kStaticEntries = 4096;

/// Entries of `size` keys that a list has room for where `kept` keys (kDynamic:
/// all) of `keys` are kept; kDynamic where only a run knows.
inline int64_t roomFor(int64_t kept, int64_t size, int64_t keys) {
  bool all = ShapedType::isDynamic(kept);
  if (!all && kept / size <= kStaticEntries)
    return kept / size;
  if (ShapedType::isDynamic(keys))
    return ShapedType::kDynamic;
  int64_t most = keys / size + (keys % size != 0);
  return all ? most : std::min(kept / size, most);
}

inline llvm::hash_code hash_value(const Stage &s) {
  return llvm::hash_combine(s.blockQ, s.chunk, s.keep, s.qStride);
}
inline llvm::hash_code hash_value(const Level &l) {
  return llvm::hash_combine(l.box, l.keep);
}

/// Trait of every hip op: attributes without a dialect's prefix are those that
/// the op has, and its arrays are of sizes that numbers in programs can be.
template <typename ConcreteType>
class WellFormed : public OpTrait::TraitBase<ConcreteType, WellFormed> {
public:
  static LogicalResult verifyTrait(Operation *op);
};

LogicalResult verifyWellFormed(Operation *op);

/// Trait of every hip.tile op: its tiles are where it reads and gives them.
template <typename ConcreteType>
class TilesInPlace : public OpTrait::TraitBase<ConcreteType, TilesInPlace> {
public:
  static LogicalResult verifyTrait(Operation *op);
};

/// Refuses a tile op whose tiles are not where it reads and gives them.
LogicalResult verifyTileLayouts(Operation *op);

template <typename ConcreteType>
LogicalResult WellFormed<ConcreteType>::verifyTrait(Operation *op) {
  return verifyWellFormed(op);
}

template <typename ConcreteType>
LogicalResult TilesInPlace<ConcreteType>::verifyTrait(Operation *op) {
  return verifyTileLayouts(op);
}

/// Refuses a `hip.score` by `kind` whose operand is not keys.
LogicalResult verifyKeyScore(Attribute kind, Operation *op);

} // namespace mlir::hip

#include "dialect/HipAttrInterfaces.h.inc"

namespace mlir::hip {

/// Names of the policies, as in `#hip.name`.
ArrayRef<StringRef> policyNames();

/// The policies that a union is of: each once, and the parts of unions among
/// them in their place (S14c).
SmallVector<PolicyAttrInterface>
distinctParts(ArrayRef<PolicyAttrInterface> parts);

} // namespace mlir::hip

#define GET_ATTRDEF_CLASSES
#include "dialect/HipAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/HipTypes.h.inc"

#endif // HIP_DIALECT_HIPDIALECT_H
