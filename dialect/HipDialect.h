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

/// Positions are i32 (S5): no size of an array or a policy is larger.
inline constexpr int64_t kMostKeys = std::numeric_limits<int32_t>::max();
/// The largest head size: programs hold a whole row at a time.
inline constexpr int64_t kMostHeadSize = 8192;
/// The most numbers that a tile has.
inline constexpr int64_t kMostTileNumbers = 1 << 24;

/// `block_q` of a policy with all query rows in one block. Dense attention then
/// leaves the number of rows of a tile to the schedule.
inline constexpr int64_t kAllRows = kMostKeys;

/// The most iterations of a loop whose rows are in shared memory at a time. Row
/// numbers have a slot for one more, and the number of slots is a power of two;
/// !hip.smem has up to 16 stages.
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

/// The one of three that has a head for each list: the query, the keys, or
/// neither if all heads share one list.
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

/// Whether numbers of this type are only stored, and read as a wider one (S23).
inline bool isFloat8(Type type) {
  return isa<Float8E4M3FNType, Float8E5M2Type>(type);
}

/// The dimensions of heads and rows of stored K or V arrays; bhtd by default.
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

/// What the number of sink keys has to be a multiple of, and its name in errors
/// (S3).
struct SinkUnit {
  int64_t keys;
  StringRef name;
};

/// What policies make their steps with (dialect/PruneSteps.h).
class PruneSteps;

/// Lists of up to this many entries have the capacity for all that may be kept,
/// however few keys there are, so that kernels know the stride of lists (S16).
constexpr int64_t kStaticEntries = 4096;

/// Capacity of a list, in entries of `size` keys, if `kept` keys (kDynamic:
/// all) of `keys` are kept; kDynamic if it is known only at run time.
inline int64_t capacityFor(int64_t kept, int64_t size, int64_t keys) {
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

/// Trait of every hip op: it has no other attributes without a dialect's prefix
/// than its own, and its arrays are no larger than programs can index.
template <typename ConcreteType>
class WellFormed : public OpTrait::TraitBase<ConcreteType, WellFormed> {
public:
  static LogicalResult verifyTrait(Operation *op);
};

LogicalResult verifyWellFormed(Operation *op);

/// Trait of every hip.tile op: its tiles have layouts that it can read and
/// produce.
template <typename ConcreteType>
class TilesInPlace : public OpTrait::TraitBase<ConcreteType, TilesInPlace> {
public:
  static LogicalResult verifyTrait(Operation *op);
};

/// Rejects a tile op whose tiles have other layouts than it reads and produces.
LogicalResult verifyTileLayouts(Operation *op);

template <typename ConcreteType>
LogicalResult WellFormed<ConcreteType>::verifyTrait(Operation *op) {
  return verifyWellFormed(op);
}

template <typename ConcreteType>
LogicalResult TilesInPlace<ConcreteType>::verifyTrait(Operation *op) {
  return verifyTileLayouts(op);
}

/// Rejects a `hip.score` by `kind` whose operand is not keys.
LogicalResult verifyKeyScore(Attribute kind, Operation *op);

} // namespace mlir::hip

#include "dialect/HipAttrInterfaces.h.inc"

namespace mlir::hip {

/// Names of the policies, as in `#hip.name`.
ArrayRef<StringRef> policyNames();

/// The parts of a union: each once, and unions among them replaced by their own
/// parts (S14c).
SmallVector<PolicyAttrInterface>
distinctParts(ArrayRef<PolicyAttrInterface> parts);

} // namespace mlir::hip

#define GET_ATTRDEF_CLASSES
#include "dialect/HipAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/HipTypes.h.inc"

#endif // HIP_DIALECT_HIPDIALECT_H
