//===- tile/ThreadGroup.cpp - The threads that work on one list together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/ThreadGroup.h"
#include "dialect/HipOps.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace mlir::hip;

/// Numbers that a kernel sets aside for each warp of a group.
ThreadGroup::ThreadGroup(ScalarBuilder &b, int64_t threads)
    : b(b), threads(threads) {
  if (threads > 1)
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
}

int64_t ThreadGroup::warps() const { return threads / layout::kWarp; }

Value ThreadGroup::width() { return b.index(threads); }

Value ThreadGroup::yes() {
  return arith::ConstantOp::create(b, b.getBoolAttr(true));
}

void ThreadGroup::each(Value count, function_ref<void(Value)> body) {
  b.loop(isSerial() ? b.index(0) : thread, count, width(), body);
}

void ThreadGroup::once(function_ref<void()> body) {
  if (isSerial())
    return body();
  b.when(b.compare(arith::CmpIPredicate::eq, thread, b.index(0)), body);
}

Value ThreadGroup::place(int64_t round) {
  return b.add(thread, b.index(round * threads));
}

SmallVector<Value>
ThreadGroup::sums(Value count, int64_t numbers,
                  function_ref<SmallVector<Value>(Value)> body) {
  SmallVector<Value> none(numbers, b.i32(0));
  return totals(fold(count, none, [&](Value x, ValueRange sums) {
    SmallVector<Value> next;
    for (auto [sum, number] : llvm::zip(sums, body(x)))
      next.push_back(b.add(sum, number));
    return next;
  }));
}

SmallVector<Value> ThreadGroup::totals(ValueRange numbers) {
  if (isSerial())
    return llvm::to_vector(numbers);
  SmallVector<Value> ofWarp;
  for (Value number : numbers)
    ofWarp.push_back(warpSum(number));
  return acrossWarps(ofWarp).all;
}

Value mlir::hip::sharedArray(ScalarBuilder &b, ArrayRef<int64_t> shape,
                             Type element, int64_t first) {
  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  auto shared = [&](ArrayRef<int64_t> shape, Type element) {
    return MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
  };
  Value bytes = gpu::DynamicSharedMemoryOp::create(
      b, shared(ShapedType::kDynamic, b.getI8Type()));
  return memref::ViewOp::create(b, shared(shape, element), bytes,
                                b.index(first), ValueRange{});
}

/// At the front of the kernel's shared memory, before what tiles ask for.
Value ThreadGroup::words(int64_t first, int64_t count) {
  Operation *around = b.getInsertionBlock()->getParentOp();
  auto kernel = dyn_cast<TileKernelOp>(around);
  if (!kernel)
    kernel = around->getParentOfType<TileKernelOp>();
  constexpr int64_t kBytes = sizeof(int32_t);
  kernel.setSharedBytes(
      std::max<int64_t>(kernel.getSharedBytes(), (first + count) * kBytes));
  return sharedArray(b, count, b.getI32Type(), first * kBytes);
}

Value ThreadGroup::memory(int64_t count) {
  // Rows of tiles follow, at multiples of 128 bytes.
  constexpr int64_t kLine = 32;
  return words(kMostNumbers * warps(), llvm::alignTo(count, kLine));
}

void ThreadGroup::barrier() {
  if (!isSerial())
    gpu::BarrierOp::create(b);
}

Value ThreadGroup::lane() {
  return arith::RemUIOp::create(b, thread, b.index(layout::kWarp));
}

Value ThreadGroup::inWarp(Value own, gpu::AllReduceOperation operation) {
  if (isSerial())
    return own;
  return gpu::SubgroupReduceOp::create(b, own, operation, /*uniform=*/true);
}

Value ThreadGroup::warpSum(Value own) {
  return inWarp(own, gpu::AllReduceOperation::ADD);
}

Value ThreadGroup::warpLeast(Value own) {
  return inWarp(own, gpu::AllReduceOperation::MINUI);
}

Value ThreadGroup::warpMost(Value own) {
  return inWarp(own, gpu::AllReduceOperation::MAXUI);
}

Value ThreadGroup::leads() {
  if (isSerial())
    return yes();
  return b.compare(arith::CmpIPredicate::eq, lane(), b.index(0));
}

SmallVector<Value> ThreadGroup::warpFold(
    Value count, ValueRange start,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  if (isSerial())
    return fold(count, start, body);
  return b.loop(lane(), count, b.index(layout::kWarp), start, body);
}

Value ThreadGroup::warpScan(Value own) {
  Value upTo = own;
  for (int32_t distance = 1; distance < layout::kWarp; distance *= 2) {
    auto lower = gpu::ShuffleOp::create(b, upTo, distance, layout::kWarp,
                                        gpu::ShuffleMode::UP);
    upTo = b.add(
        upTo, b.select(lower.getValid(), lower.getShuffleResult(), b.i32(0)));
  }
  return upTo;
}

SmallVector<Value>
ThreadGroup::fold(Value count, ValueRange start,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  Value from = isSerial() ? b.index(0) : thread;
  return b.loop(from, count, width(), start, body);
}

std::pair<Value, Value> ThreadGroup::range(Value least, Value greatest) {
  least = warpLeast(least);
  greatest = warpMost(greatest);
  shareWarps({least, greatest}, [&](int64_t i, int64_t, Value other) {
    if (i == 0)
      least = arith::MinUIOp::create(b, least, other);
    else
      greatest = arith::MaxUIOp::create(b, greatest, other);
  });
  return {least, greatest};
}

Value ThreadGroup::least(Value count, Value most,
                         function_ref<Value(Value)> body) {
  Value own = fold(count, most, [&](Value x, ValueRange m) {
    return SmallVector<Value>{b.min(m[0], body(x))};
  })[0];
  if (isSerial())
    return own;
  Value least = inWarp(own, gpu::AllReduceOperation::MINSI);
  if (warps() > 1)
    shareWarps(least, [&](int64_t, int64_t, Value other) {
      least = b.min(least, other);
    });
  return least;
}

void ThreadGroup::shareWarps(
    ValueRange numbers, function_ref<void(int64_t, int64_t, Value)> visit) {
  assert(int64_t(numbers.size()) <= kMostNumbers);
  Value shared = scratch(), warp = b.div(thread, b.index(layout::kWarp));
  Value lane = this->lane();
  auto at = [&](int64_t i, Value warp) {
    return b.add(warp, b.index(i * warps()));
  };
  b.when(b.compare(arith::CmpIPredicate::eq, lane, b.index(0)), [&] {
    for (auto [i, number] : llvm::enumerate(numbers))
      b.store(number, shared, {at(i, warp)});
  });
  gpu::BarrierOp::create(b);
  for (size_t i = 0; i < numbers.size(); ++i)
    for (int64_t w = 0; w < warps(); ++w)
      visit(i, w, b.load(shared, {at(i, b.index(w))}));
  // The next ones are written when all have read these.
  gpu::BarrierOp::create(b);
}

ThreadGroup::Sums ThreadGroup::acrossWarps(ValueRange numbers) {
  Value zero = b.i32(0);
  Sums sums{SmallVector<Value>(numbers.size(), zero), llvm::to_vector(numbers)};
  if (warps() == 1)
    return sums;
  sums.all = sums.before;
  Value warp = b.div(thread, b.index(layout::kWarp));
  shareWarps(numbers, [&](int64_t i, int64_t w, Value other) {
    Value isBefore = b.compare(arith::CmpIPredicate::ugt, warp, b.index(w));
    sums.before[i] = b.add(sums.before[i], b.select(isBefore, other, zero));
    sums.all[i] = b.add(sums.all[i], other);
  });
  return sums;
}

SmallVector<Value> ThreadGroup::roundsOf(
    Value count, Value own, int64_t many, ValueRange carried,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  return b.loop(b.index(0), count, b.index(many), carried,
                [&](Value first, ValueRange now) {
                  if (isSerial())
                    return body(first, yes(), now);
                  Value x = b.add(first, own);
                  Value live = b.compare(arith::CmpIPredicate::slt, x, count);
                  return body(b.min(x, b.sub(count, b.index(1))), live, now);
                });
}

SmallVector<Value> ThreadGroup::rounds(
    Value count, ValueRange carried,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  return roundsOf(count, thread, threads, carried, body);
}

SmallVector<Value> ThreadGroup::warpRounds(
    Value count, ValueRange carried,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  if (isSerial())
    return rounds(count, carried, body);
  Value warp = b.div(thread, b.index(layout::kWarp));
  return roundsOf(count, warp, warps(), carried, body);
}

SmallVector<Value> ThreadGroup::runs(
    Value count, int64_t places, ValueRange carried,
    function_ref<SmallVector<Value>(ArrayRef<Place>, ValueRange)> body) {
  if (isSerial())
    return rounds(count, carried, [&](Value x, Value live, ValueRange now) {
      return body(Place{x, live}, now);
    });
  Value step = b.mul(width(), b.index(places));
  return b.loop(b.index(0), count, step, carried,
                [&](Value first, ValueRange now) {
                  first = b.add(first, b.mul(thread, b.index(places)));
                  return body(placesFrom(first, 1, count, places), now);
                });
}

SmallVector<ThreadGroup::Place> ThreadGroup::placesFrom(Value first,
                                                        int64_t distance,
                                                        Value count,
                                                        int64_t places) {
  Value last = b.sub(count, b.index(1));
  SmallVector<Place> its;
  for (int64_t i = 0; i < places; ++i) {
    Value x = b.add(first, b.index(i * distance));
    Value live = b.compare(arith::CmpIPredicate::slt, x, count);
    its.push_back({b.min(x, last), live});
  }
  return its;
}

SmallVector<ThreadGroup::Place> ThreadGroup::firstPlaces(Value count,
                                                         int64_t places) {
  return placesFrom(thread, threads, count, places);
}

SmallVector<Value> ThreadGroup::batches(
    Value count, int64_t places, ValueRange carried,
    function_ref<SmallVector<Value>(ArrayRef<Place>, ValueRange)> body) {
  return b.loop(thread, count, b.index(places * threads), carried,
                [&](Value first, ValueRange now) {
                  return body(placesFrom(first, threads, count, places), now);
                });
}

std::pair<Value, Value> ThreadGroup::scan(Value number) {
  if (isSerial())
    return {b.index(0), number};
  Value own = b.toI32(number), upTo = warpScan(own);
  Value ofWarp = gpu::ShuffleOp::create(b, upTo, layout::kWarp - 1,
                                        layout::kWarp, gpu::ShuffleMode::IDX)
                     .getShuffleResult();
  Sums sums = acrossWarps(ofWarp);
  return {b.toIndex(b.add(sums.before[0], b.sub(upTo, own))),
          b.toIndex(sums.all[0])};
}
