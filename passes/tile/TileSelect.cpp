//===- tile/TileSelect.cpp - select to a kernel, a thread block a list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/Histogram.h"
#include "passes/tile/ListSteps.h"
#include "passes/tile/Lowering.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

using Predicate = arith::CmpIPredicate;

namespace {

/// S12 without sorting: the keep-th greatest score is built from counts of
/// scores at or above it, whatever their order in the list. A thread alone goes
/// bit by bit, in 33 passes that vectorise; many threads take two bits a pass,
/// and keep the scores in registers where the list is short enough.
class Selection {
public:
  Selection(TileBuilder &b, ThreadGroup &group, SelectOp op, ValueRange list)
      : b(b), group(group), op(op), list(list), zero(b.index(0)),
        one(b.index(1)), keep(b.i32(op.getKeep())) {}

  void run() {
    present = listLength(b, op.getCounts(), list, op.getRanges());
    if (group.isSerial())
      keepOrders();
    Value none = b.i32(0);
    Type number = b.getI32Type();
    auto found = b.ifElse(
        b.compare(Predicate::sgt, b.toI32(present), keep), {number, number},
        [&] { return findThreshold(); },
        [&] { return SmallVector<Value>{none, none}; });
    write(found[0], found[1]);
    if (orders)
      memref::DeallocOp::create(b, orders);
  }

private:
  /// A thread alone keeps all of them in scratch.
  void keepOrders() {
    auto type = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
    Value scratch = memref::AllocOp::create(b, type, ValueRange{present});
    b.loop(present, [&](Value x) { b.store(orderOf(x), scratch, {x}); });
    orders = scratch;
  }

  /// A u32 that orders as the score of range `x`; 0 for NaN.
  Value orderOf(Value x) {
    if (orders)
      return b.load(orders, {x});
    SmallVector<Value> at = llvm::to_vector(list);
    at.push_back(x);
    Value score = b.load(op.getScores(), at);
    Value bits = arith::BitcastOp::create(b, b.getI32Type(), score);
    Value sign = arith::ShRSIOp::create(b, bits, b.i32(31));
    Value flip = arith::OrIOp::create(b, sign, b.i32(INT32_MIN));
    Value order = arith::XOrIOp::create(b, bits, flip);
    Value number = b.compare(arith::CmpFPredicate::ORD, score, score);
    return b.select(number, order, b.i32(0));
  }

  /// How many scores are at or above each of `bounds`, or all above.
  using Count = function_ref<SmallVector<Value>(Predicate, ValueRange bounds)>;

  SmallVector<Value> hits(Predicate predicate, Value order, ValueRange bounds) {
    return llvm::map_to_vector(bounds, [&](Value bound) -> Value {
      Value hit = b.compare(predicate, order, bound);
      return arith::ExtUIOp::create(b, b.getI32Type(), hit);
    });
  }

  SmallVector<Value> countAll(Predicate predicate, ValueRange bounds) {
    return group.sums(present, bounds.size(), [&](Value x) {
      return hits(predicate, orderOf(x), bounds);
    });
  }

  /// The greatest t with at least `keep` orders that are t or above, and how
  /// many are above.
  SmallVector<Value> findThreshold() {
    auto byBits = [&](int64_t bits) {
      Value t = search(bits, [&](Predicate predicate, ValueRange bounds) {
        return countAll(predicate, bounds);
      });
      return SmallVector<Value>{t, countAll(Predicate::ugt, t)[0]};
    };
    if (group.isSerial())
      return byBits(1);
    auto [places, isAll] = placesAtATime();
    return Histogram(b, group, present, keep, places, isAll,
                     [&](Value x) { return orderOf(x); })
        .findThreshold([&] { return byBits(2); });
  }

  /// How many scores a thread reads at a time, and whether these are all. A
  /// long list that a cluster scores waits for memory and for nothing else.
  std::pair<int64_t, bool> placesAtATime() {
    constexpr int64_t kMost = 4;
    int64_t most = cast<MemRefType>(op.getScores().getType()).getShape().back();
    if (!ShapedType::isDynamic(most) && most <= kMost * group.size())
      return {llvm::divideCeil(most, group.size()), true};
    return {scheduleOf(op).getCluster() > 1 ? 2 * kMost : kMost, false};
  }

  Value search(int64_t bits, Count count) {
    return b.loop(
        zero, b.index(32 / bits), one, {b.i32(0)},
        [&](Value pass, ValueRange t) {
          Value shift =
              b.sub(b.i32(32 - bits), b.mul(b.toI32(pass), b.i32(bits)));
          SmallVector<Value> bounds;
          for (int64_t digit = 1; digit < 1 << bits; ++digit) {
            Value above = arith::ShLIOp::create(b, b.i32(digit), shift);
            bounds.push_back(arith::OrIOp::create(b, t[0], above));
          }
          Value best = t[0];
          for (auto [bound, many] :
               llvm::zip(bounds, count(Predicate::uge, bounds)))
            best = b.select(b.compare(Predicate::sge, many, keep), bound, best);
          return SmallVector<Value>{best};
        })[0];
  }

  /// Ranges above the threshold and its equals, in one number: an iteration has
  /// fewer than kTie of them.
  static constexpr int64_t kTie = 1 << 16;

  /// What range `x` counts for.
  Value hitOf(const ThreadGroup::Place &place, Value threshold) {
    Value order = orderOf(place.x);
    auto is = [&](Predicate predicate, int64_t one) {
      Value hit = b.both(place.live, b.compare(predicate, order, threshold));
      return b.select(hit, b.index(one), zero);
    };
    return b.add(is(Predicate::ugt, 1), is(Predicate::eq, kTie));
  }

  /// Keeps what is above the threshold, of which there are `above`, and of its
  /// equals the first ones.
  void write(Value threshold, Value above) {
    constexpr int64_t kRun = 4;
    int64_t run = std::max(kRun, placesAtATime().first);
    Value ties = b.toIndex(b.sub(keep, above));
    auto ends =
        group.runs(present, run, {zero, zero},
                   [&](ArrayRef<ThreadGroup::Place> places, ValueRange before) {
                     SmallVector<Value> hits;
                     Value own = zero;
                     for (const ThreadGroup::Place &place : places) {
                       hits.push_back(hitOf(place, threshold));
                       own = b.add(own, hits.back());
                     }
                     auto [here, all] = group.scan(own);
                     for (auto [place, hit] : llvm::zip(places, hits)) {
                       put(place.x, hit, here, before, ties);
                       here = b.add(here, hit);
                     }
                     auto [aboveAll, tiesAll] = parts(all);
                     return SmallVector<Value>{b.add(before[0], aboveAll),
                                               b.add(before[1], tiesAll)};
                   });
    Value kept = b.add(ends[0], b.min(ends[1], ties));
    kept = b.min(kept, b.size(op.getOuts()[0], 3));
    b.storeIndex(kept, op.getOuts()[1], list);
  }

  std::pair<Value, Value> parts(Value both) {
    return {b.createOrFold<arith::RemUIOp>(both, b.index(kTie)),
            b.div(both, b.index(kTie))};
  }

  /// Keeps range `x` if it is a hit with room, after those `before` this
  /// iteration and those `here` before it within the iteration.
  void put(Value x, Value hit, Value here, ValueRange before, Value ties) {
    auto [aboveHere, tiesHere] = parts(here);
    Value tiesBefore = b.add(before[1], tiesHere);
    Value chosen =
        b.either(b.compare(Predicate::eq, hit, one),
                 b.both(b.compare(Predicate::eq, hit, b.index(kTie)),
                        b.compare(Predicate::slt, tiesBefore, ties)));
    Value place = b.add(b.add(before[0], aboveHere), b.min(tiesBefore, ties));
    RangeList from{op.getRanges(), llvm::to_vector(list)};
    RangeList to{op.getOuts()[0], llvm::to_vector(list)};
    to.put(b, place, chosen, from.start(b, x), from.length(b, x));
  }

  TileBuilder &b;
  ThreadGroup &group;
  SelectOp op;
  ValueRange list;
  Value zero, one, keep, present, orders;
};

} // namespace

void mlir::hip::tile::lower(TileBuilder &b, SelectOp op) {
  onEachList(b, op, op.getOuts()[1], [&](ValueRange list) {
    ThreadGroup group(b, scheduleOf(op).getThreads());
    Selection(b, group, op, list).run();
  });
}
