//===- tile/ThreadGroup.h - The threads that work on one list together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_THREADGROUP_H
#define HIP_PASSES_TILE_THREADGROUP_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// An array in a kernel's shared memory, from byte `first` on.
Value sharedArray(ScalarBuilder &b, ArrayRef<int64_t> shape, Type element,
                  int64_t first);

/// The threads of a thread block, as a cooperative group: in each iteration,
/// thread t has element t. With a single thread all this folds to plain loops.
/// With several warps, collective operations include a barrier.
class ThreadGroup {
public:
  ThreadGroup(ScalarBuilder &b, int64_t threads);

  bool isSerial() const { return !thread; }
  int64_t size() const { return threads; }
  /// This thread's number, if there are several.
  Value number() const { return thread; }
  /// This thread's place in a round.
  Value place(int64_t round);

  /// body(x) for x in [0, count), in no order.
  void each(Value count, function_ref<void(Value)> body);

  /// body() by a single thread.
  void once(function_ref<void()> body);

  /// The sums of the `numbers` i32 of body(x) over x in [0, count).
  SmallVector<Value> sums(Value count, int64_t numbers,
                          function_ref<SmallVector<Value>(Value)> body);

  /// The least of `most` and of what body(x) gives, i32, over x in [0, count).
  Value least(Value count, Value most, function_ref<Value(Value)> body);

  /// body(x, what it gave before) from `start` on, over the x in [0, count) of
  /// each thread.
  SmallVector<Value> fold(Value count, ValueRange start,
                          function_ref<SmallVector<Value>(Value, ValueRange)>);

  /// The least of the threads' first numbers and the greatest of their second
  /// ones, u32.
  std::pair<Value, Value> range(Value least, Value greatest);

  /// A barrier that makes earlier writes to shared memory visible.
  void barrier();

  /// `count` i32 in shared memory, of many threads, from number `first` of
  /// those on that sums and scans use too.
  Value words(int64_t first, int64_t count);

  /// This many i32 behind those.
  Value memory(int64_t words);

  // Of each warp by itself, i32.
  Value lane();
  /// The sum over the lanes up to this one.
  Value warpScan(Value own);
  Value warpSum(Value own);
  /// The least and the greatest, as u32.
  Value warpLeast(Value own);
  Value warpMost(Value own);
  /// Whether this is the first thread of its warp.
  Value leads();
  /// body(x, what it gave before) from `start` on, over the x in [0, count) of
  /// each lane.
  SmallVector<Value>
  warpFold(Value count, ValueRange start,
           function_ref<SmallVector<Value>(Value, ValueRange)>);

  /// The sums of up to four i32 over the threads.
  SmallVector<Value> totals(ValueRange numbers);

  /// A place of this thread, and whether it is one; else it is the last one.
  struct Place {
    Value x, live;
  };

  /// The same as rounds, with a run of `places` places for each thread; of a
  /// thread alone, one.
  SmallVector<Value>
  runs(Value count, int64_t places, ValueRange carried,
       function_ref<SmallVector<Value>(ArrayRef<Place>, ValueRange)> body);

  /// The first `places` places of this thread of many, in no order.
  SmallVector<Place> firstPlaces(Value count, int64_t places);

  /// The same as fold, with `places` places at a time of this thread of many,
  /// so that what is loaded for them is loaded together.
  SmallVector<Value>
  batches(Value count, int64_t places, ValueRange carried,
          function_ref<SmallVector<Value>(ArrayRef<Place>, ValueRange)> body);

  /// Rounds in the order of x, that all threads go through together. `live`
  /// says whether x is a place of this thread; else x repeats the last one.
  /// Carried values are the same in all threads.
  SmallVector<Value> rounds(
      Value count, ValueRange carried,
      function_ref<SmallVector<Value>(Value x, Value live, ValueRange)> body);

  /// The same with one place a round for each warp.
  SmallVector<Value> warpRounds(
      Value count, ValueRange carried,
      function_ref<SmallVector<Value>(Value x, Value live, ValueRange)> body);

  /// The sum of an index over the threads before this one, and over all.
  std::pair<Value, Value> scan(Value number);

private:
  int64_t warps() const;
  Value width();
  Value yes();
  /// Rounds of `many` places, of which this thread has number `own`.
  SmallVector<Value>
  roundsOf(Value count, Value own, int64_t many, ValueRange carried,
           function_ref<SmallVector<Value>(Value, Value, ValueRange)> body);
  /// The sums of the warps' numbers over the warps before this one, and over
  /// all.
  struct Sums {
    SmallVector<Value> before, all;
  };
  Sums acrossWarps(ValueRange numbers);
  /// Places `first`, `first` + `distance`, and so on.
  SmallVector<Place> placesFrom(Value first, int64_t distance, Value count,
                                int64_t places);
  /// Calls visit(i, w, number i of warp w) with what each warp has.
  void shareWarps(ValueRange numbers,
                  function_ref<void(int64_t, int64_t, Value)> visit);
  Value scratch() { return words(0, kMostNumbers * warps()); }
  Value inWarp(Value own, gpu::AllReduceOperation operation);
  static constexpr int64_t kMostNumbers = 4;

  ScalarBuilder &b;
  int64_t threads;
  Value thread;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_THREADGROUP_H
