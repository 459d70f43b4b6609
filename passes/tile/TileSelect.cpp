//===- tile/TileSelect.cpp - select to a kernel, a thread block a list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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
    Value threshold = b.ifElse(
        b.compare(Predicate::sgt, b.toI32(present), keep), b.getI32Type(),
        [&] { return SmallVector<Value>{findThreshold()}; },
        [&] { return SmallVector<Value>{none}; })[0];
    write(threshold);
    if (orders)
      memref::DeallocOp::create(b, orders);
  }

private:
  /// Scores that a thread of many keeps in registers.
  static constexpr int64_t kHeld = 8;

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

  /// The greatest t with at least `keep` orders that are t or above.
  Value findThreshold() {
    auto all = [&](Predicate predicate, ValueRange bounds) {
      return countAll(predicate, bounds);
    };
    if (group.isSerial())
      return search(1, all);
    Value held = b.index(kHeld * group.size());
    return b.ifElse(
        b.compare(Predicate::sle, present, held), b.getI32Type(),
        [&] { return SmallVector<Value>{searchHeld()}; },
        [&] { return SmallVector<Value>{search(2, all)}; })[0];
  }

  /// Places past the list's end have order 0, which no bound counts.
  Value searchHeld() {
    SmallVector<Value> held;
    for (int64_t i = 0; i < kHeld; ++i) {
      Value x = group.place(i);
      held.push_back(b.ifElse(
          b.compare(Predicate::slt, x, present), b.getI32Type(),
          [&] { return SmallVector<Value>{orderOf(x)}; },
          [&] { return SmallVector<Value>{b.i32(0)}; })[0]);
    }
    return search(2, [&](Predicate predicate, ValueRange bounds) {
      SmallVector<Value> counts(bounds.size(), b.i32(0));
      for (Value order : held)
        for (auto [count, hit] :
             llvm::zip(counts, hits(predicate, order, bounds)))
          count = b.add(count, hit);
      return group.totals(counts);
    });
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

  /// Keeps what is above the threshold, and of its equals the first ones.
  void write(Value threshold) {
    Value above = countAll(Predicate::ugt, threshold)[0];
    Value ties = b.toIndex(b.sub(keep, above));
    RangeList from{op.getRanges(), llvm::to_vector(list)};
    RangeList to{op.getOuts()[0], llvm::to_vector(list)};
    auto ends = group.rounds(
        present, {zero, ties}, [&](Value x, Value live, ValueRange state) {
          Value order = orderOf(x);
          Value tied = b.both(live, b.compare(Predicate::eq, order, threshold));
          auto [tiesBefore, tiesHere] = group.scan(b.select(tied, one, zero));
          Value chosen =
              b.both(tied, b.compare(Predicate::slt, tiesBefore, state[1]));
          Value above =
              b.both(live, b.compare(Predicate::ugt, order, threshold));
          Value next = to.append(b, group, state[0], b.either(above, chosen),
                                 from.start(b, x), from.length(b, x));
          return SmallVector<Value>{next,
                                    b.max(b.sub(state[1], tiesHere), zero)};
        });
    b.storeIndex(ends[0], op.getOuts()[1], list);
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
