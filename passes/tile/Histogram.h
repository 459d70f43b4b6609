//===- tile/Histogram.h - The k-th greatest score by one histogram
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scores are counted in 256 equal steps from the least to the greatest one.
// The steps ascend with the scores in spite of rounding, so the k-th greatest
// score is in the step where counts from above reach k. The few scores of that
// step are compared with each other. This is exact; where a step has more than
// 64 scores, or differences are not finite, someone else has to find it.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_HISTOGRAM_H
#define HIP_PASSES_TILE_HISTOGRAM_H

#include "passes/tile/ThreadGroup.h"

namespace mlir::hip {

class Histogram {
public:
  /// Of orderOf(x) for x in [0, count): u32 that order as f32 scores, 0 for
  /// NaN. `keep` is below `count`, both positive. Each thread reads `places` of
  /// them at a time, or once where that is all that there may be.
  Histogram(ScalarBuilder &b, ThreadGroup &group, Value count, Value keep,
            int64_t places, bool isAll, function_ref<Value(Value)> orderOf)
      : b(b), group(group), count(count), keep(keep), places(places),
        isAll(isAll), orderOf(orderOf), zero(b.index(0)), fine(zero),
        coarse(b.index(kSteps)), memberCount(b.index(kSteps + kCoarse)),
        members(b.index(kSteps + kCoarse + 1)) {}

  /// The greatest t, an i32, with at least `keep` orders that are t or above,
  /// and how many are above.
  SmallVector<Value>
  findThreshold(function_ref<SmallVector<Value>()> otherwise);

private:
  static constexpr int64_t kSteps = 256, kFine = 32, kCoarse = kSteps / kFine,
                           kMembers = 64;

  /// Where counts from above reach `keep`: a counter, and the counts above it.
  struct Place {
    Value counter, above;
  };

  SmallVector<Value> ordersOf(ArrayRef<ThreadGroup::Place> its);
  /// body(order, what it gave before) from `start` on, over this thread's.
  SmallVector<Value>
  foldOrders(ValueRange start,
             function_ref<SmallVector<Value>(Value, ValueRange)> body);
  /// body(order) where it is a number's, over this thread's.
  void eachNumber(function_ref<void(Value)> body);

  void measure();
  Value stepOf(Value order);
  void countSteps();
  Place reach(Value first, int64_t counters, Value above);
  void collect(Value step);
  SmallVector<Value> rank(Value above);
  Value addAt(Value place, Value number);

  ScalarBuilder &b;
  ThreadGroup &group;
  Value count, keep;
  int64_t places;
  bool isAll;
  function_ref<Value(Value)> orderOf;
  /// All of this thread's, if that is how they are read.
  SmallVector<Value> orders;
  /// Places of counters in shared memory.
  Value zero, fine, coarse, memberCount, members;
  Value memory;
  Value least, scale, isFinite;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_HISTOGRAM_H
