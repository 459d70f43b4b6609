//===- tile/Histogram.cpp - The k-th greatest score by one histogram
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/Histogram.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

/// The score of an order that is not 0.
static Value scoreOf(ScalarBuilder &b, Value order) {
  Value isNegative = b.compare(Predicate::sge, order, b.i32(0));
  Value flip = b.select(isNegative, b.i32(-1), b.i32(INT32_MIN));
  Value bits = arith::XOrIOp::create(b, order, flip);
  return arith::BitcastOp::create(b, b.getF32Type(), bits);
}

/// 0 where there is none.
SmallVector<Value> Histogram::ordersOf(ArrayRef<ThreadGroup::Place> its) {
  SmallVector<Value> found;
  for (const ThreadGroup::Place &place : its)
    found.push_back(orderOf(place.x));
  for (auto [order, place] : llvm::zip(found, its))
    order = b.select(place.live, order, b.i32(0));
  return found;
}

SmallVector<Value> Histogram::foldOrders(
    ValueRange start,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto all = [&](ArrayRef<Value> orders, ValueRange now) {
    SmallVector<Value> next = llvm::to_vector(now);
    for (Value order : orders)
      next = body(order, next);
    return next;
  };
  if (isAll)
    return all(orders, start);
  return group.batches(count, places, start,
                       [&](ArrayRef<ThreadGroup::Place> its, ValueRange now) {
                         return all(ordersOf(its), now);
                       });
}

void Histogram::eachNumber(function_ref<void(Value)> body) {
  foldOrders({}, [&](Value order, ValueRange) {
    b.when(b.compare(Predicate::ne, order, b.i32(0)), [&] { body(order); });
    return SmallVector<Value>();
  });
}

/// What scores are counted by: the least one and how many steps a unit has.
void Histogram::measure() {
  Value none = b.i32(-1), zeroOrder = b.i32(0);
  SmallVector<Value> ends =
      foldOrders({none, zeroOrder}, [&](Value order, ValueRange now) {
        Value isNumber = b.compare(Predicate::ne, order, zeroOrder);
        Value low = b.select(isNumber, order, none);
        return SmallVector<Value>{arith::MinUIOp::create(b, now[0], low),
                                  arith::MaxUIOp::create(b, now[1], order)};
      });
  auto [lowest, highest] = group.range(ends[0], ends[1]);
  least = scoreOf(b, lowest);
  Value width = arith::SubFOp::create(b, scoreOf(b, highest), least);
  scale = arith::DivFOp::create(b, b.f32(kSteps - 1), width);
  // Ordered, so that no NaN passes.
  auto isBetween = [&](Value value) {
    Value most = b.f32(std::numeric_limits<float>::max());
    return b.both(b.compare(arith::CmpFPredicate::OGT, value, b.f32(0)),
                  b.compare(arith::CmpFPredicate::OLE, value, most));
  };
  isFinite = b.both(isBetween(width), isBetween(scale));
}

/// From 0 to 255; any of them where differences are not finite.
Value Histogram::stepOf(Value order) {
  Value difference = arith::SubFOp::create(b, scoreOf(b, order), least);
  Value steps = arith::MulFOp::create(b, difference, scale);
  steps = arith::MaxNumFOp::create(b, steps, b.f32(0));
  steps = arith::MinNumFOp::create(b, steps, b.f32(kSteps - 1));
  return b.toIndex(arith::FPToSIOp::create(b, b.getI32Type(), steps));
}

/// What was there before.
Value Histogram::addAt(Value place, Value number) {
  return memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::addi, number,
                                     memory, place);
}

Value Histogram::counterOf(Value run, Value number) {
  return b.add(b.mul(number, b.index(kPitch)), run);
}

void Histogram::countSteps() {
  eachNumber([&](Value order) {
    Value step = stepOf(order), run = b.div(step, b.index(kRun));
    Value number = b.createOrFold<arith::RemUIOp>(step, b.index(kRun));
    addAt(counterOf(run, number), b.i32(1));
  });
}

/// How many scores the steps of a run have.
Value Histogram::runSum(Value run) {
  Value sum = b.i32(0);
  for (int64_t number = 0; number < kRun; ++number)
    sum = b.add(sum, b.load(memory, {counterOf(run, b.index(number))}));
  return sum;
}

/// Among up to 32 counts, a lane each, the last one first; each warp by itself.
Histogram::Place Histogram::reach(int64_t counts, Value above,
                                  function_ref<Value(Value)> countOf) {
  Value last = b.index(counts - 1), lane = group.lane();
  Value own = countOf(b.max(b.sub(last, lane), zero));
  if (counts < layout::kWarp)
    own = b.select(b.compare(Predicate::sle, lane, last), own, b.i32(0));
  Value upTo = b.add(group.warpScan(own), above);
  Value isBefore = b.compare(Predicate::slt, upTo, keep);
  Value before = group.warpSum(b.select(isBefore, b.i32(1), b.i32(0)));
  // Where all of them are too few, which is no place: any one does.
  return {b.max(b.sub(last, b.toIndex(before)), zero),
          group.warpMost(b.select(isBefore, upTo, above))};
}

/// The orders of a step, in any order, as far as there is room.
void Histogram::collect(Value step) {
  eachNumber([&](Value order) {
    b.when(b.compare(Predicate::eq, stepOf(order), step), [&] {
      Value place = b.toIndex(addAt(memberCount, b.i32(1)));
      b.when(b.compare(Predicate::slt, place, b.index(kMembers)),
             [&] { b.store(order, memory, {b.add(members, place)}); });
    });
  });
}

/// The greatest member that has enough members at or above it; each warp by
/// itself, a lane for two members.
SmallVector<Value> Histogram::rank(Value above) {
  Value present = b.toIndex(b.load(memory, {memberCount}));
  Value need = b.sub(keep, above);
  SmallVector<Value> own;
  for (int64_t half : {0, 1}) {
    Value place = b.add(group.lane(), b.index(half * layout::kWarp));
    Value held = b.load(memory, {b.add(members, place)});
    own.push_back(
        b.select(b.compare(Predicate::slt, place, present), held, b.i32(0)));
  }
  auto counts =
      b.loop(zero, present, b.index(1), {b.i32(0), b.i32(0)},
             [&](Value i, ValueRange now) {
               Value other = b.load(memory, {b.add(members, i)});
               SmallVector<Value> next;
               for (auto [mine, count] : llvm::zip(own, now))
                 next.push_back(b.add(
                     count, b.select(b.compare(Predicate::uge, other, mine),
                                     b.i32(1), b.i32(0))));
               return next;
             });
  Value best = b.i32(0);
  for (auto [mine, count] : llvm::zip(own, counts)) {
    Value isEnough = b.compare(Predicate::sge, count, need);
    best = arith::MaxUIOp::create(b, best, b.select(isEnough, mine, b.i32(0)));
  }
  best = group.warpMost(best);
  Value better = b.i32(0);
  for (Value mine : own)
    better = b.add(better, b.select(b.compare(Predicate::ugt, mine, best),
                                    b.i32(1), b.i32(0)));
  return {best, b.add(above, group.warpSum(better))};
}

SmallVector<Value>
Histogram::findThreshold(function_ref<SmallVector<Value>()> otherwise) {
  memory = group.memory(kCounters + 1 + kMembers);
  group.each(members, [&](Value i) { b.store(b.i32(0), memory, {i}); });
  if (isAll)
    orders = ordersOf(group.firstPlaces(count, places));
  measure();
  countSteps();
  group.barrier();
  Place run = reach(kRuns, b.i32(0), [&](Value run) { return runSum(run); });
  Place step = reach(kRun, run.above, [&](Value number) {
    return b.load(memory, {counterOf(run.which, number)});
  });
  collect(b.add(b.mul(run.which, b.index(kRun)), step.which));
  group.barrier();
  Value fits =
      b.compare(Predicate::sle, b.load(memory, {memberCount}), b.i32(kMembers));
  return b.ifElse(
      b.both(isFinite, fits), {b.getI32Type(), b.getI32Type()},
      [&] { return rank(step.above); }, otherwise);
}
