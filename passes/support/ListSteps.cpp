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

void mlir::hip::emitList(ScalarBuilder &b, PartitionOp op, ValueRange list) {
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
  auto count = b.loop(zero, chunks, one, {zero}, [&](Value x, ValueRange n) {
    Value from = edge(x), to_ = edge(b.add(x, one));
    return SmallVector<Value>{
        to.append(b, n[0], b.add(first, from), b.sub(to_, from))};
  });
  b.storeIndex(count[0], counts, list);
}

void mlir::hip::emitList(ScalarBuilder &b, SplitOp op, ValueRange list) {
  Value zero = b.index(0), one = b.index(1);
  Value ways = b.index(op.getWays());
  SmallVector<Value> parent = llvm::to_vector(list);
  parent[2] = b.div(list[2], b.index(op.getQueryWays()));
  RangeList from{op.getRanges(), parent},
      to{op.getOuts()[0], llvm::to_vector(list)};
  Value present = b.loadIndex(op.getCounts(), parent);
  auto count = b.loop(zero, present, one, {zero}, [&](Value x, ValueRange n) {
    Value start = from.start(b, x), length = from.length(b, x);
    // S7: the first of two children gets ceil(n / 2); more are equal.
    Value part = b.ceilDiv(length, ways);
    return b.loop(zero, ways, one, n, [&](Value way, ValueRange next) {
      Value offset = b.mul(way, part);
      Value rest = b.sub(length, offset);
      return SmallVector<Value>{
          to.append(b, next[0], b.add(start, offset), b.min(part, rest))};
    });
  });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

void mlir::hip::emitList(ScalarBuilder &b, BlocksOp op, ValueRange list) {
  Value zero = b.index(0), one = b.index(1);
  Value granule = b.index(op.getGranule()), blockK = b.index(op.getBlockK());
  RangeList from{op.getRanges(), llvm::to_vector(list)};
  Value present = b.loadIndex(op.getCounts(), list);
  auto count = b.loop(zero, present, one, {zero}, [&](Value x, ValueRange n) {
    Value start = b.div(b.mul(from.start(b, x), granule), blockK);
    Value blocks = b.div(b.mul(from.length(b, x), granule), blockK);
    b.loop(blocks, [&](Value i) {
      SmallVector<Value> at = llvm::to_vector(list);
      at.push_back(b.add(n[0], i));
      b.storeIndex(b.add(start, i), op.getOuts()[0], at);
    });
    return SmallVector<Value>{b.add(n[0], blocks)};
  });
  b.storeIndex(count[0], op.getOuts()[1], list);
}

void mlir::hip::emitBox(ScalarBuilder &b, SummarizeOp op, ValueRange box) {
  Value boxes = op.getOuts()[0], granule = b.index(op.getGranule());
  Value zero = b.index(0), one = b.index(1);
  // Entries past floor(length / granule) of a short entry are not written.
  Value last = b.mul(b.add(box[2], one), granule);
  Value full =
      b.compare(Predicate::sle, last, keyCount(b, op.getKey(), box[0]));
  b.when(full, [&] {
    b.loop(b.size(boxes, 4), [&](Value d) {
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
