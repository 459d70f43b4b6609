//===- reference/Ranges.h - A range list of the reference lowering
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_REFERENCE_RANGES_H
#define HIP_PASSES_REFERENCE_RANGES_H

#include "passes/support/ScalarBuilder.h"

namespace mlir::hip::reference {

/// S24: the count of a list, clamped to 0 and the capacity of `entries` [B, Hs,
/// M, N, ...].
Value entryCount(ScalarBuilder &b, Value counts, ValueRange list,
                 Value entries);

/// The place of entry `x` of a list.
SmallVector<Value> entryAt(ValueRange list, Value x);

/// The ranges of one list {batch, selection head, query block} (S5), indices.
class Ranges {
public:
  Ranges(ScalarBuilder &b, Value ranges, ValueRange list)
      : b(b), ranges(ranges), list(llvm::to_vector(list)) {}

  Value start(Value x) { return b.loadIndex(ranges, at(x, 0)); }
  /// 0 for an entry that is not a range: one that starts before granule 0 or
  /// ends at or beyond 2^31 (S24).
  Value length(Value x);
  /// Appends [start, start + length) as entry `count` if it is `kept` and the
  /// list is not full; returns the new number of entries.
  Value append(Value count, Value kept, Value start, Value length);
  /// The same if it has granules.
  Value append(Value count, Value start, Value length) {
    Value some = b.compare(arith::CmpIPredicate::sgt, length, b.index(0));
    return append(count, some, start, length);
  }

private:
  SmallVector<Value> at(Value x, int64_t part) {
    SmallVector<Value> place = entryAt(list, x);
    place.push_back(b.index(part));
    return place;
  }

  ScalarBuilder &b;
  Value ranges;
  SmallVector<Value> list;
};

} // namespace mlir::hip::reference

#endif // HIP_PASSES_REFERENCE_RANGES_H
