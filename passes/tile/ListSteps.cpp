//===- tile/ListSteps.cpp - Steps on one range list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/ListSteps.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, PartitionOp op,
                         ValueRange list) {
  Band band = bandOf(b, op);
  Value ranges = op.getOuts()[0], counts = op.getOuts()[1];
  Value zero = b.index(0), one = b.index(1), granule = b.index(op.getGranule());
  Value keys = keyCount(b, op.getKey(), list[0]);
  QueryRows rows(b, op.getQuery(), list[0]);
  Value position =
      firstPosition(b, op.getPositions(), rows.count, keys, list[0]);
  Value end =
      bandStart(b, band, op.getBand().getBlockQ(), list[2], position, keys);
  Value first = b.div(band.sink, granule);
  Value granules = b.sub(b.div(end, granule), first);
  // More chunks than granules are one for each.
  Value chunks =
      op.getChunks()
          ? b.min(b.index(*op.getChunks()), granules)
          : b.div(granules, b.index(*op.getSize() / op.getGranule()));
  if (rows.start)
    chunks = ofLiveRows(
        b, rows, b.mul(list[2], b.index(op.getBand().getBlockQ())), chunks);
  // S6: chunk x is [floor(x N / n), floor((x + 1) N / n)), with n <= N never
  // empty.
  RangeList to{ranges, llvm::to_vector(list)};
  Value divisor = b.max(chunks, one);
  auto edge = [&](Value x) { return b.div(b.mul(x, granules), divisor); };
  Value count = b.clamp(chunks, zero, b.size(ranges, 3));
  group.each(count, [&](Value x) {
    Value from = edge(x), length = b.sub(edge(b.add(x, one)), from);
    to.write(b, x, b.add(first, from), length);
  });
  b.storeIndex(count, counts, list);
}

namespace {
/// A part of a range, and whether it is one.
struct Child {
  Value start, length, kept;
};
} // namespace

/// S7: the first of two children gets ceil(n / 2); more are equal.
static Child childOf(ScalarBuilder &b, const RangeList &from,
                     const ThreadGroup::Place &place, int64_t count) {
  Value ways = b.index(count), x = b.div(place.x, ways);
  Value way = arith::RemUIOp::create(b, place.x, ways);
  Value length = from.length(b, x), part = b.ceilDiv(length, ways);
  Value offset = b.mul(way, part);
  Value own = b.min(part, b.sub(length, offset));
  Value kept = b.both(place.live, b.compare(Predicate::sgt, own, b.index(0)));
  return {b.add(from.start(b, x), offset), own, kept};
}

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, SplitOp op,
                         ValueRange list) {
  Value zero = b.index(0);
  SmallVector<Value> parent = llvm::to_vector(list);
  parent[2] = b.div(list[2], b.index(op.getQueryWays()));
  RangeList from{op.getRanges(), parent},
      to{op.getOuts()[0], llvm::to_vector(list)};
  Value one = b.index(1), capacity = b.size(to.ranges, 3);
  Value children = b.mul(from.count(b, op.getCounts()), b.index(op.getWays()));
  int64_t most = cast<MemRefType>(to.ranges.getType()).getDimSize(3);
  // One round for as many as there may be, but no long run of places.
  constexpr int64_t kMostPlaces = 4;
  int64_t places =
      ShapedType::isDynamic(most)
          ? 1
          : std::clamp<int64_t>(llvm::divideCeil(most, group.size()), 1,
                                kMostPlaces);
  auto count = group.runs(
      children, places, {zero},
      [&](ArrayRef<ThreadGroup::Place> its, ValueRange next) {
        SmallVector<Child> found;
        Value own = zero;
        for (const ThreadGroup::Place &place : its) {
          found.push_back(childOf(b, from, place, op.getWays()));
          own = b.add(own, b.select(found.back().kept, one, zero));
        }
        auto [before, all] = group.scan(own);
        Value at = b.add(next[0], before);
        for (const Child &child : found) {
          to.put(b, at, child.kept, child.start, child.length);
          at = b.add(at, b.select(child.kept, one, zero));
        }
        return SmallVector<Value>{b.min(b.add(next[0], all), capacity)};
      });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, BlocksOp op,
                         ValueRange list) {
  Value zero = b.index(0), capacity = b.size(op.getOuts()[0], 3);
  RangeList from{op.getRanges(), llvm::to_vector(list)};
  Value present = from.count(b, op.getCounts());
  // One of the two sizes divides the other.
  int64_t many = std::max<int64_t>(op.getGranule() / op.getBlockK(), 1);
  int64_t few = std::max<int64_t>(op.getBlockK() / op.getGranule(), 1);
  auto inBlocks = [&](Value granules) {
    Value times = b.index(many);
    return b.div(b.mul(granules, times), b.index(few));
  };
  auto count =
      group.rounds(present, {zero}, [&](Value x, Value live, ValueRange next) {
        Value start = inBlocks(from.start(b, x));
        Value blocks = inBlocks(from.length(b, x));
        Value last = b.add(start, blocks), most = b.index(kMostKeys);
        live = b.both(live, b.compare(Predicate::sle, last, most));
        blocks = b.select(live, b.min(blocks, capacity), zero);
        auto [before, all] = group.scan(blocks);
        // Sums of a list that names far more blocks than there is room for may
        // wrap: then these are not written.
        Value first = b.add(next[0], before);
        Value fits = b.compare(Predicate::ult, first, capacity);
        b.loop(b.select(fits, b.min(blocks, b.sub(capacity, first)), zero),
               [&](Value i) {
                 SmallVector<Value> at = llvm::to_vector(list);
                 at.push_back(b.add(first, i));
                 b.storeIndex(b.add(start, i), op.getOuts()[0], at);
               });
        return SmallVector<Value>{b.clamp(b.add(next[0], all), zero, capacity)};
      });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, CheckListOp op,
                         ValueRange list) {
  Value zero = b.index(0), one = b.index(1);
  auto [first, end] = candidatesOf(b, op, list);
  auto blockAt = [&](Value x) {
    SmallVector<Value> at = llvm::to_vector(list);
    at.push_back(x);
    return b.loadIndex(op.getBlocks(), at);
  };
  Value present = listLength(b, op.getCounts(), list, op.getBlocks());
  auto wrong = group.sums(present, 1, [&](Value x) {
    Value block = blockAt(x), before = blockAt(b.max(b.sub(x, one), zero));
    Value inside = b.both(b.compare(Predicate::sge, block, first),
                          b.compare(Predicate::slt, block, end));
    Value above = b.either(b.compare(Predicate::eq, x, zero),
                           b.compare(Predicate::sgt, block, before));
    return SmallVector<Value>{
        b.toI32(b.select(b.both(inside, above), zero, one))};
  });
  Value held =
      b.compare(Predicate::ne, b.loadIndex(op.getCounts(), list), present);
  Value more = b.select(held, one, zero);
  b.storeIndex(b.add(b.toIndex(wrong[0]), more), op.getOuts()[0], list);
}

/// 1 for each of two numbers that differ, as an i32.
static Value differ(ScalarBuilder &b, Value x, Value y) {
  return b.select(b.compare(Predicate::ne, x, y), b.i32(1), b.i32(0));
}

void mlir::hip::emitList(ScalarBuilder &b, ThreadGroup &group, CheckKeysOp op,
                         ValueRange list) {
  Value batch = list[0], faults = b.i32(0);
  KeyStorage from(op.getKeys());
  auto heldOffsets = [&](Value offsets, Value first, Value count) {
    Value next = b.add(batch, b.index(1)), end = b.add(first, count);
    return b.add(differ(b, b.loadIndex(offsets, batch), first),
                 differ(b, b.loadIndex(offsets, next), end));
  };
  if (isa<QueryType>(op.getKeys().getType())) {
    QueryRows rows(b, op.getKeys(), batch);
    faults = heldOffsets(rows.offsets, rows.start, rows.count);
  } else if (from.starts) {
    Value first = startOf(b, from.starts, batch, from.rows);
    faults = heldOffsets(from.starts, first, keyCount(b, op.getKeys(), batch));
  } else if (from.table) {
    Value count = keyCount(b, op.getKeys(), batch);
    Value used = b.ceilDiv(count, b.size(from.rows, 1));
    auto wrong = group.sums(used, 1, [&](Value x) {
      Value page = b.loadIndex(from.table, {batch, x});
      Value there = b.compare(Predicate::ult, page, b.size(from.rows, 0));
      return SmallVector<Value>{b.select(there, b.i32(0), b.i32(1))};
    });
    Value claimed = b.loadIndex(from.lengths, batch);
    faults = b.add(wrong[0], differ(b, claimed, count));
  }
  b.store(faults, op.getOuts()[0], list);
}

/// {minimum, maximum} of two bounds and a key.
static SmallVector<Value> widened(ScalarBuilder &b, ValueRange bounds,
                                  Value key) {
  return {arith::MinimumFOp::create(b, bounds[0], key),
          arith::MaximumFOp::create(b, bounds[1], key)};
}

/// The bounds of `start` and of the keys [first, last).
static SmallVector<Value> boundsFrom(ScalarBuilder &b, Value start, Value first,
                                     Value last,
                                     function_ref<Value(Value)> keyAt) {
  return b.loop(
      first, last, b.index(1), {start, start},
      [&](Value j, ValueRange bounds) { return widened(b, bounds, keyAt(j)); });
}

/// The bounds of those keys of [first, last) that can be read; NaN, which
/// scores below every number (S10), where there are none.
static SmallVector<Value> readableBounds(ScalarBuilder &b, SummarizeOp op,
                                         const ReadableKeys &readable,
                                         Value first, Value last,
                                         function_ref<Value(Value)> keyAt) {
  auto type = cast<FloatType>(
      cast<MemRefType>(op.getOuts()[0].getType()).getElementType());
  Value none = arith::ConstantOp::create(
      b, b.getFloatAttr(type, APFloat::getNaN(type.getFloatSemantics())));
  Value no = arith::ConstantOp::create(b, b.getBoolAttr(false));
  auto ends = b.loop(
      first, last, b.index(1), {none, none, no}, [&](Value j, ValueRange now) {
        return b.ifElse(
            readable.has(b, j), now.getTypes(),
            [&] {
              Value key = keyAt(j);
              auto all = widened(b, now.take_front(2), key);
              return SmallVector<Value>{
                  b.select(now[2], all[0], key), b.select(now[2], all[1], key),
                  arith::ConstantOp::create(b, b.getBoolAttr(true))};
            },
            [&] { return llvm::to_vector_of<Value>(now); });
      });
  ends.pop_back();
  return ends;
}

void mlir::hip::emitBox(ScalarBuilder &b, ThreadGroup &group, SummarizeOp op,
                        ValueRange box) {
  Value boxes = op.getOuts()[0], granule = b.index(op.getGranule());
  Value zero = b.index(0), one = b.index(1);
  // Entries past floor(length / granule) of a short entry are not written.
  Value keys = keyCount(b, op.getKey(), box[0]);
  Value full = b.compare(Predicate::slt, box[2], b.div(keys, granule));
  ReadableKeys readable(b, op.getKey(), box[0]);
  b.when(full, [&] {
    group.each(b.size(boxes, 4), [&](Value d) {
      Value first = b.mul(box[2], granule), last = b.add(first, granule);
      auto at = [&](Value j) {
        return loadKey(b, op.getKey(), box[0], box[1], j, d);
      };
      auto bounds = readable.mayLack()
                        ? readableBounds(b, op, readable, first, last, at)
                        : boundsFrom(b, at(first), b.add(first, one), last, at);
      b.store(bounds[0], boxes, {box[0], box[1], box[2], zero, d});
      b.store(bounds[1], boxes, {box[0], box[1], box[2], one, d});
    });
  });
}
