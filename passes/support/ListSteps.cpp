//===- support/ListSteps.cpp - Steps on one range list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ListSteps.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

void mlir::hip::emitList(ScalarBuilder &b, Team &team, PartitionOp op,
                         ValueRange list) {
  BandAttr band = op.getBand();
  Value ranges = op.getOuts()[0], counts = op.getOuts()[1];
  Value zero = b.index(0), one = b.index(1), granule = b.index(op.getGranule());
  Value keys = keyCount(b, op.getKey(), list[0]);
  Value position = firstPosition(b, op.getPositions(), b.size(op.getQuery(), 2),
                                 keys, list[0]);
  Value end = bandStart(b, band, band.getBlockQ(), list[2], position, keys);
  Value first = b.div(b.index(band.getSink()), granule);
  Value granules = b.sub(b.div(end, granule), first);
  Value chunks =
      op.getChunks()
          ? b.index(*op.getChunks())
          : b.div(granules, b.index(*op.getSize() / op.getGranule()));
  // S6: chunk x is [floor(x N / n), floor((x + 1) N / n)), empty ones
  // dropped.
  RangeList to{ranges, llvm::to_vector(list)};
  Value divisor = b.max(chunks, one);
  auto edge = [&](Value x) { return b.div(b.mul(x, granules), divisor); };
  auto count =
      team.rounds(chunks, {zero}, [&](Value x, Value live, ValueRange next) {
        Value from = edge(x), length = b.sub(edge(b.add(x, one)), from);
        Value kept = b.both(live, b.compare(Predicate::sgt, length, zero));
        return SmallVector<Value>{
            to.append(b, team, next[0], kept, b.add(first, from), length)};
      });
  b.storeIndex(count[0], counts, list);
}

void mlir::hip::emitList(ScalarBuilder &b, Team &team, SplitOp op,
                         ValueRange list) {
  Value zero = b.index(0);
  Value ways = b.index(op.getWays());
  SmallVector<Value> parent = llvm::to_vector(list);
  parent[2] = b.div(list[2], b.index(op.getQueryWays()));
  RangeList from{op.getRanges(), parent},
      to{op.getOuts()[0], llvm::to_vector(list)};
  Value present = b.loadIndex(op.getCounts(), parent);
  Value children = b.mul(present, ways);
  auto count = team.rounds(
      children, {zero}, [&](Value child, Value live, ValueRange next) {
        Value x = b.div(child, ways);
        Value way = arith::RemUIOp::create(b, child, ways);
        // S7: the first of two children gets ceil(n / 2); more are equal.
        Value length = from.length(b, x), part = b.ceilDiv(length, ways);
        Value offset = b.mul(way, part);
        Value own = b.min(part, b.sub(length, offset));
        Value kept = b.both(live, b.compare(Predicate::sgt, own, zero));
        return SmallVector<Value>{to.append(
            b, team, next[0], kept, b.add(from.start(b, x), offset), own)};
      });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

void mlir::hip::emitList(ScalarBuilder &b, Team &team, BlocksOp op,
                         ValueRange list) {
  Value zero = b.index(0);
  Value granule = b.index(op.getGranule()), blockK = b.index(op.getBlockK());
  RangeList from{op.getRanges(), llvm::to_vector(list)};
  Value present = b.loadIndex(op.getCounts(), list);
  auto count =
      team.rounds(present, {zero}, [&](Value x, Value live, ValueRange next) {
        Value start = b.div(b.mul(from.start(b, x), granule), blockK);
        Value blocks = b.div(b.mul(from.length(b, x), granule), blockK);
        blocks = b.select(live, blocks, zero);
        auto [before, all] = team.scan(blocks);
        Value first = b.add(next[0], before);
        b.loop(blocks, [&](Value i) {
          SmallVector<Value> at = llvm::to_vector(list);
          at.push_back(b.add(first, i));
          b.storeIndex(b.add(start, i), op.getOuts()[0], at);
        });
        return SmallVector<Value>{b.add(next[0], all)};
      });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

Value mlir::hip::heldCount(ScalarBuilder &b, Value counts, Value blocks,
                           ValueRange list) {
  Value claimed = b.loadIndex(counts, list);
  return b.min(b.max(claimed, b.index(0)), b.size(blocks, 3));
}

void mlir::hip::emitList(ScalarBuilder &b, Team &team, CheckListOp op,
                         ValueRange list) {
  Value zero = b.index(0), one = b.index(1);
  auto [first, end] = candidatesOf(b, op, list);
  auto blockAt = [&](Value x) {
    SmallVector<Value> at = llvm::to_vector(list);
    at.push_back(x);
    return b.loadIndex(op.getBlocks(), at);
  };
  Value present = heldCount(b, op.getCounts(), op.getBlocks(), list);
  auto wrong = team.sums(present, 1, [&](Value x) {
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

void mlir::hip::emitBox(ScalarBuilder &b, Team &team, SummarizeOp op,
                        ValueRange box) {
  Value boxes = op.getOuts()[0], granule = b.index(op.getGranule());
  Value zero = b.index(0), one = b.index(1);
  // Entries past floor(length / granule) of a short entry are not written.
  Value last = b.mul(b.add(box[2], one), granule);
  Value full =
      b.compare(Predicate::sle, last, keyCount(b, op.getKey(), box[0]));
  b.when(full, [&] {
    team.each(b.size(boxes, 4), [&](Value d) {
      Value first = b.mul(box[2], granule);
      auto at = [&](Value j) {
        return loadKey(b, op.getKey(), box[0], box[1], j, d);
      };
      Value start = at(first);
      auto bounds = b.loop(b.add(first, one), last, one, {start, start},
                           [&](Value j, ValueRange best) {
                             Value key = at(j);
                             return SmallVector<Value>{
                                 arith::MinimumFOp::create(b, best[0], key),
                                 arith::MaximumFOp::create(b, best[1], key)};
                           });
      b.store(bounds[0], boxes, {box[0], box[1], box[2], zero, d});
      b.store(bounds[1], boxes, {box[0], box[1], box[2], one, d});
    });
  });
}
