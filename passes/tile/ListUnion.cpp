//===- tile/ListUnion.cpp - The distinct blocks of lists
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/ListSteps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

namespace {

/// S16b in one thread block. Lists that ascend, as all do that a search made,
/// are merged: each thread has an interval of block numbers. Of others the next
/// block is the least one above the last, which needs no order and no room.
class ListUnion {
public:
  ListUnion(ScalarBuilder &b, ThreadGroup &group, UnionOp op, ValueRange list)
      : b(b), group(group), op(op), list(llvm::to_vector(list)),
        zero(b.index(0)), one(b.index(1)),
        capacity(b.size(op.getOuts()[0], 3)) {}

  void run() {
    auto candidates = candidatesOf(b, op, list);
    first = candidates.first;
    end = b.max(candidates.second, first);
    Value disorder = b.i32(0);
    for (auto [blocks, counts, blockK] :
         llvm::zip(op.getLists(), op.getCounts(), op.getListBlockK()))
      disorder = b.add(disorder, addPart(blocks, counts, blockK));
    Value ascends = b.compare(Predicate::eq, disorder, b.i32(0));
    Value count = b.ifElse(
        ascends, b.getIndexType(),
        [&] {
          return SmallVector<Value>{parts.size() == 1 ? copy() : merge()};
        },
        [&] { return SmallVector<Value>{pick()}; })[0];
    b.storeIndex(count, op.getOuts()[1], list);
  }

private:
  /// A list and its entries [low, high) that have candidates, if it ascends.
  /// Places in it count blocks of block_k keys, `ways` an entry.
  struct Part {
    Value blocks, count;
    int64_t ways;
    Value low = {}, high = {};
  };

  Value entry(const Part &part, Value x) {
    SmallVector<Value> at(list);
    at.push_back(x);
    return b.loadIndex(part.blocks, at);
  }
  /// The first block of entry x.
  Value start(const Part &part, Value x) {
    return b.mul(entry(part, x), b.index(part.ways));
  }

  /// Gives how many entries are not above the one before.
  Value addPart(Value blocks, Value counts, int64_t blockK) {
    Part part{blocks, listLength(b, counts, list, blocks),
              blockK / int64_t(op.getBlockK())};
    Value ways = b.index(part.ways);
    auto number = [&](Value condition) {
      return b.toI32(b.select(condition, one, zero));
    };
    auto sums = group.sums(part.count, 3, [&](Value x) {
      Value here = entry(part, x), from = b.mul(here, ways);
      Value before = entry(part, b.max(b.sub(x, one), zero));
      Value wrong = b.both(b.compare(Predicate::sgt, x, zero),
                           b.compare(Predicate::sle, here, before));
      return SmallVector<Value>{
          number(wrong),
          number(b.compare(Predicate::sle, b.add(from, ways), first)),
          number(b.compare(Predicate::slt, from, end))};
    });
    part.low = b.toIndex(sums[1]);
    part.high = b.max(b.toIndex(sums[2]), part.low);
    parts.push_back(part);
    return sums[0];
  }

  //===--------------------------------------------------------------------===//
  // Lists that ascend
  //===--------------------------------------------------------------------===//

  /// The first place with a block of at least `block`, where entry x is the
  /// first that ends above it.
  Value placeIn(const Part &part, Value x, Value block) {
    Value ways = b.index(part.ways), place = b.mul(x, ways);
    if (part.ways == 1)
      return place;
    Value isEntry = b.compare(Predicate::slt, x, part.high);
    return b.ifElse(
        isEntry, b.getIndexType(),
        [&] {
          Value inside = b.sub(block, start(part, x));
          return SmallVector<Value>{
              b.add(place, b.max(b.min(inside, ways), zero))};
        },
        [&] { return SmallVector<Value>{place}; })[0];
  }

  /// [from, to): the places of all candidates.
  std::pair<Value, Value> places(const Part &part) {
    Value from = placeIn(part, part.low, first);
    Value last = b.max(b.sub(part.high, one), part.low);
    Value to = part.ways == 1 ? part.high : placeIn(part, last, end);
    return {from, b.max(from, to)};
  }

  /// The first place with a block of at least `block`.
  Value lowerBound(const Part &part, Value block) {
    int64_t most = cast<ShapedType>(part.blocks.getType()).getDimSize(3);
    int64_t steps =
        ShapedType::isDynamic(most) ? 32 : llvm::Log2_64_Ceil(most + 1);
    Value x = b.loop(
        zero, b.index(steps), one, {part.low, part.high},
        [&](Value, ValueRange range) { return halve(part, range, block); })[0];
    return placeIn(part, x, block);
  }

  /// One step of the search for the first entry that ends above `block`.
  SmallVector<Value> halve(const Part &part, ValueRange range, Value block) {
    Value open = b.compare(Predicate::slt, range[0], range[1]);
    Value middle = b.div(b.add(range[0], range[1]), b.index(2));
    Value below = b.ifElse(
        open, b.getI1Type(),
        [&] {
          Value next = b.add(start(part, middle), b.index(part.ways));
          return SmallVector<Value>{b.compare(Predicate::sle, next, block)};
        },
        [&] { return SmallVector<Value>{open}; })[0];
    return {b.select(below, b.add(middle, one), range[0]),
            b.select(below, range[1], middle)};
  }

  /// The block at a place that there is.
  Value blockAt(const Part &part, Value place) {
    if (part.ways == 1)
      return entry(part, place);
    Value ways = b.index(part.ways);
    return b.add(start(part, b.div(place, ways)),
                 arith::RemUIOp::create(b, place, ways));
  }

  void write(Value place, Value block) {
    SmallVector<Value> at(list);
    at.push_back(place);
    b.storeIndex(block, op.getOuts()[0], at);
  }

  /// One list is its own union.
  Value copy() {
    const Part &part = parts.front();
    auto [from, to] = places(part);
    Value count = b.min(b.sub(to, from), capacity), origin = from;
    group.each(count,
               [&](Value x) { write(x, blockAt(part, b.add(origin, x))); });
    return count;
  }

  Value merge() {
    SmallVector<Value> from, to;
    for (const Part &part : parts) {
      auto [begin, stop] = places(part);
      from.push_back(begin);
      to.push_back(stop);
    }
    if (group.isSerial())
      return b.min(walk(from, to, zero, true), capacity);
    auto [low, high] = share(from, to);
    SmallVector<Value> begins, ends;
    for (const Part &part : parts) {
      begins.push_back(lowerBound(part, low));
      ends.push_back(lowerBound(part, high));
    }
    Value count = walk(begins, ends, zero, false);
    auto [before, all] = group.scan(count);
    walk(begins, ends, before, true);
    return b.min(all, capacity);
  }

  /// The blocks [low, high) of this thread: as many of the longest list for
  /// each, and of the others what is between them.
  std::pair<Value, Value> share(ValueRange from, ValueRange to) {
    Value threads = b.index(group.size()), thread = group.number();
    Value longest = b.sub(to[0], from[0]);
    for (size_t i = 1; i < parts.size(); ++i)
      longest = b.max(longest, b.sub(to[i], from[i]));
    auto edge = [&](Value turn) {
      Value step = b.div(b.mul(turn, longest), threads), block = end;
      for (auto [part, begin, stop] : llvm::zip(parts, from, to)) {
        Value x = b.add(begin, step), length = b.sub(stop, begin);
        Value has = b.both(b.compare(Predicate::eq, length, longest),
                           b.compare(Predicate::slt, x, stop));
        Value other = block;
        block = b.ifElse(
            has, b.getIndexType(),
            [&] { return SmallVector<Value>{blockAt(part, x)}; },
            [&] { return SmallVector<Value>{other}; })[0];
      }
      return block;
    };
    Value isFirst = b.compare(Predicate::eq, thread, zero);
    Value next = b.add(thread, one);
    Value isLast = b.compare(Predicate::eq, next, threads);
    return {b.select(isFirst, first, edge(thread)),
            b.select(isLast, end, edge(next))};
  }

  /// Goes through the places [from, to) of all parts in the order of their
  /// blocks, of which the first is number `number`; gives the next number.
  Value walk(ValueRange from, ValueRange to, Value number, bool writes) {
    Value steps = zero;
    for (auto [begin, stop] : llvm::zip(from, to))
      steps = b.add(steps, b.sub(stop, begin));
    SmallVector<Value> state(from.begin(), from.end());
    state.push_back(number);
    return b
        .loop(zero, steps, one, state,
              [&](Value, ValueRange now) { return advance(now, to, writes); })
        .back();
  }

  SmallVector<Value> advance(ValueRange now, ValueRange to, bool writes) {
    SmallVector<Value> blocks, next;
    Value least = end;
    for (auto [part, place, stop] : llvm::zip(parts, now, to)) {
      const Part &from = part;
      Value at = place;
      blocks.push_back(b.ifElse(
          b.compare(Predicate::slt, place, stop), b.getIndexType(),
          [&] { return SmallVector<Value>{blockAt(from, at)}; },
          [&] { return SmallVector<Value>{end}; })[0]);
      least = b.min(least, blocks.back());
    }
    Value live = b.compare(Predicate::slt, least, end);
    if (writes) {
      Value fits = b.compare(Predicate::slt, now.back(), capacity);
      b.when(b.both(live, fits), [&] { write(now.back(), least); });
    }
    auto step = [&](Value condition) { return b.select(condition, one, zero); };
    for (auto [block, place] : llvm::zip(blocks, now)) {
      Value taken = b.both(live, b.compare(Predicate::eq, block, least));
      next.push_back(b.add(place, step(taken)));
    }
    next.push_back(b.add(now.back(), step(live)));
    return next;
  }

  //===--------------------------------------------------------------------===//
  // Lists in any order
  //===--------------------------------------------------------------------===//

  Value pick() {
    Value most = zero;
    for (const Part &part : parts)
      most =
          b.add(most, b.min(b.mul(part.count, b.index(part.ways)), capacity));
    return b.loop(zero, b.min(most, capacity), one, {first, zero},
                  [&](Value, ValueRange now) { return pickNext(now); })[1];
  }

  /// {least number that is still free, how many there are}.
  SmallVector<Value> pickNext(ValueRange now) {
    Value free = now[0], count = now[1];
    SmallVector<Type> types(2, b.getIndexType());
    return b.ifElse(
        b.compare(Predicate::slt, free, end), types,
        [&] {
          Value least = b.toI32(end);
          for (const Part &part : parts)
            least = group.least(part.count, least, [&](Value x) {
              return b.toI32(leastFrom(part, x, free));
            });
          Value block = b.toIndex(least);
          Value found = b.compare(Predicate::slt, block, end);
          b.when(found, [&] { group.once([&] { write(count, block); }); });
          Value more = b.select(found, one, zero);
          return SmallVector<Value>{b.min(b.add(block, one), end),
                                    b.add(count, more)};
        },
        [&] { return SmallVector<Value>{free, count}; });
  }

  /// The least block of entry x that is at least `free`; `end` for none.
  Value leastFrom(const Part &part, Value x, Value free) {
    Value from = start(part, x), least = b.max(from, free);
    Value stop = b.min(b.add(from, b.index(part.ways)), end);
    return b.select(b.compare(Predicate::slt, least, stop), least, end);
  }

  ScalarBuilder &b;
  ThreadGroup &group;
  UnionOp op;
  SmallVector<Value> list;
  Value zero, one, capacity, first, end;
  SmallVector<Part> parts;
};

} // namespace

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, UnionOp op,
                         ValueRange list) {
  ListUnion(b, group, op, list).run();
}
