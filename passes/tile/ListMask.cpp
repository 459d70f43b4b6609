//===- tile/ListMask.cpp - The blocks in which a mask holds
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ScoreRegion.h"
#include "passes/tile/ListSteps.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

namespace {

/// S16c in one thread block: each warp looks at a block, a lane at every 32nd
/// of its keys, row by row until one holds. Keys are the inner loop, which a
/// CPU's vectors go along.
class ListMask {
public:
  ListMask(ScalarBuilder &b, ThreadGroup &group, MaskBlocksOp op,
           ValueRange list)
      : b(b), group(group), op(op), list(llvm::to_vector(list)),
        zero(b.index(0)), one(b.index(1)),
        capacity(b.size(op.getOuts()[0], 3)) {}

  void run() {
    auto [first, end] = candidatesOf(b, op, list);
    Value count = b.max(b.sub(end, first), zero);
    auto made = group.warpRounds(
        count, {zero},
        [&, first = first](Value x, Value live, ValueRange next) {
          Value block = b.add(first, x);
          Value holds =
              b.compare(Predicate::ne, group.warpMost(holdsIn(block)), none);
          Value kept = b.both(b.both(live, holds), group.leads());
          return SmallVector<Value>{append(next[0], kept, block)};
        });
    b.storeIndex(made[0], op.getOuts()[1], list);
  }

private:
  /// 1 if the mask holds for a key that this lane looks at, else 0.
  Value holdsIn(Value block) {
    Value share = b.div(b.size(op.getQuery(), 1), b.size(op.getOuts()[1], 1));
    Value firstHead = b.mul(list[1], share);
    // Heads that the mask does not ask for are as the first.
    Value heads = op.getMask().getArgument(1).use_empty() ? one : share;
    Value firstRow = b.mul(list[2], b.index(op.getBlockQ()));
    QueryRows all(b, op.getQuery(), list[0]);
    Value rows = b.min(b.index(op.getBlockQ()), b.sub(all.count, firstRow));
    Value firstKey = b.mul(block, b.index(op.getBlockK()));
    return untilFound(heads, none, [&](Value h, Value before) {
      return untilFound(rows, before, [&](Value r, Value) {
        return holdsInRow(b.add(firstHead, h), b.add(firstRow, r), firstKey);
      });
    });
  }

  /// body(x, what was found before) for x in [0, count) until one is not 0.
  Value untilFound(Value count, Value found,
                   function_ref<Value(Value, Value)> body) {
    auto step = [&](Value x, ValueRange now) {
      Value before = now[0];
      return b.ifElse(
          b.compare(Predicate::eq, before, none), b.getI32Type(),
          [&] { return SmallVector<Value>{body(x, before)}; },
          [&] { return SmallVector<Value>{before}; });
    };
    return b.loop(zero, count, one, {found}, step)[0];
  }

  Value holdsInRow(Value head, Value row, Value firstKey) {
    auto look = [&](Value y, ValueRange now) {
      Value key = b.add(firstKey, y);
      Value holds = inlineScore(b, op.getMask(), {list[0], head, row, key});
      return SmallVector<Value>{
          b.either(now[0], b.select(holds, b.i32(1), none))};
    };
    return group.warpFold(b.index(op.getBlockK()), {none}, look)[0];
  }

  /// Appends the block of each warp whose first thread says `kept`, while there
  /// is room; gives the next place.
  Value append(Value next, Value kept, Value block) {
    auto [before, all] = group.scan(b.select(kept, one, zero));
    Value place = b.add(next, before);
    Value fits = b.compare(Predicate::slt, place, capacity);
    b.when(b.both(kept, fits), [&] {
      SmallVector<Value> at(list);
      at.push_back(place);
      b.storeIndex(block, op.getOuts()[0], at);
    });
    return b.min(b.add(next, all), capacity);
  }

  ScalarBuilder &b;
  ThreadGroup &group;
  MaskBlocksOp op;
  SmallVector<Value> list;
  Value zero, one, capacity, none = b.i32(0);
};

} // namespace

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, MaskBlocksOp op,
                         ValueRange list) {
  ListMask(b, group, op, list).run();
}
