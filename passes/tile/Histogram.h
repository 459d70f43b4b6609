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
// step are compared with each other. This is exact. If a step has more than 64
// scores, or differences are non-finite, another method has to find it.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_HISTOGRAM_H
#define HIP_PASSES_TILE_HISTOGRAM_H

#include "dialect/layout/Layout.h"
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
        isAll(isAll), orderOf(orderOf), zero(b.index(0)),
        memberCount(b.index(kCounters)), members(b.index(kCounters + 1)) {}

  /// The greatest t, an i32, with at least `keep` orders that are t or above,
  /// and how many are above.
  SmallVector<Value>
  findThreshold(function_ref<SmallVector<Value>()> otherwise);

private:
  /// Steps are in runs, of which each lane of a warp sums one. Counters of the
  /// same number in neighbouring runs are neighbours, and those of one run a
  /// pitch apart: neither way of reading them meets in a bank.
  static constexpr int64_t kSteps = 256, kRuns = layout::kWarp,
                           kRun = kSteps / kRuns, kPitch = kRuns + 1,
                           kCounters = kRun * kPitch, kMembers = 64;

  /// Where counts from above reach `keep`: which count, and the sum of those
  /// above it.
  struct Place {
    Value which, above;
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
  Value counterOf(Value run, Value number);
  void countSteps();
  Value runSum(Value run);
  Place reach(int64_t counts, Value above, function_ref<Value(Value)> countOf);
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
  /// Places in shared memory.
  Value zero, memberCount, members;
  Value memory;
  Value least, scale, isFinite;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_HISTOGRAM_H
