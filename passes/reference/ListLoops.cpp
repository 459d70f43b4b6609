//===- reference/ListLoops.cpp - partition, split, select and blocks as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/reference/Lowering.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

void mlir::hip::reference::forEach(ScalarBuilder &b, Value array, int64_t rank,
                                   function_ref<void(ValueRange)> body) {
  SmallVector<Value> indices;
  std::function<void(int64_t)> nest = [&](int64_t dimension) {
    if (dimension == rank)
      return body(indices);
    b.loop(b.size(array, dimension), [&](Value iv) {
      indices.push_back(iv);
      nest(dimension + 1);
      indices.pop_back();
    });
  };
  nest(0);
}

Value mlir::hip::reference::greater(ScalarBuilder &b, Value x, Value y) {
  Value above = b.compare(arith::CmpFPredicate::OGT, x, y);
  Value yIsNan = b.compare(arith::CmpFPredicate::UNO, y, y);
  Value xIsNumber = b.compare(arith::CmpFPredicate::ORD, x, x);
  return b.either(above, b.both(yIsNan, xIsNumber));
}

namespace {

/// Entry `x` of one list, read or written.
struct Entry {
  Value ranges;
  SmallVector<Value> list;

  SmallVector<Value> at(ScalarBuilder &b, Value x, int64_t part) const {
    SmallVector<Value> indices = list;
    indices.append({x, b.index(part)});
    return indices;
  }
  Value start(ScalarBuilder &b, Value x) const {
    return b.loadIndex(ranges, at(b, x, 0));
  }
  Value length(ScalarBuilder &b, Value x) const {
    return b.loadIndex(ranges, at(b, x, 1));
  }
  void write(ScalarBuilder &b, Value x, Value start, Value length) const {
    b.storeIndex(start, ranges, at(b, x, 0));
    b.storeIndex(length, ranges, at(b, x, 1));
  }
  /// Appends the range at `next` unless it is empty; returns the next place.
  Value append(ScalarBuilder &b, Value next, Value start, Value length) const {
    Value some = b.compare(Predicate::sgt, length, b.index(0));
    b.when(some, [&] { write(b, next, start, length); });
    return b.select(some, b.add(next, b.index(1)), next);
  }
};

} // namespace

void mlir::hip::reference::lower(ScalarBuilder &b, PartitionOp op) {
  BandAttr band = op.getBand();
  Value ranges = op.getOuts()[0], counts = op.getOuts()[1];
  Value zero = b.index(0), one = b.index(1), granule = b.index(op.getGranule());
  forEach(b, counts, 3, [&](ValueRange list) {
    Value keys = keyCount(b, op.getKey(), list[0]);
    Value position = firstPosition(b, op.getPositions(),
                                   b.size(op.getQuery(), 2), keys, list[0]);
    Value end = bandStart(b, band, band.getBlockQ(), list[2], position, keys);
    Value first = b.div(b.index(band.getSink()), granule);
    Value granules = b.sub(b.div(end, granule), first);
    Value chunks =
        op.getChunks()
            ? b.index(*op.getChunks())
            : b.div(granules, b.index(*op.getSize() / op.getGranule()));
    // S6: chunk x is [floor(x N / n), floor((x + 1) N / n)), empty ones
    // dropped.
    Entry to{ranges, llvm::to_vector(list)};
    Value divisor = b.max(chunks, one);
    auto edge = [&](Value x) { return b.div(b.mul(x, granules), divisor); };
    auto count = b.loop(zero, chunks, one, {zero}, [&](Value x, ValueRange n) {
      Value from = edge(x), to_ = edge(b.add(x, one));
      return SmallVector<Value>{
          to.append(b, n[0], b.add(first, from), b.sub(to_, from))};
    });
    b.storeIndex(count[0], counts, list);
  });
}

void mlir::hip::reference::lower(ScalarBuilder &b, SplitOp op) {
  Value zero = b.index(0), one = b.index(1);
  Value ways = b.index(op.getWays());
  forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    SmallVector<Value> parent = llvm::to_vector(list);
    parent[2] = b.div(list[2], b.index(op.getQueryWays()));
    Entry from{op.getRanges(), parent},
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
  });
}

/// How many of the `present` ranges come before range `x` by S12.
static Value rankOf(ScalarBuilder &b, Value scores, ValueRange list,
                    Value present, Value x) {
  SmallVector<Value> at = llvm::to_vector(list);
  auto score = [&](Value i) {
    SmallVector<Value> indices = at;
    indices.push_back(i);
    return b.load(scores, indices);
  };
  Value mine = score(x), zero = b.index(0), one = b.index(1);
  auto rank = b.loop(zero, present, one, {zero}, [&](Value y, ValueRange n) {
    Value other = score(y);
    // Lists ascend by start, so of equal scores the earlier entry goes first.
    Value above = reference::greater(b, other, mine);
    Value below = reference::greater(b, mine, other);
    Value differs = b.either(above, below);
    Value earlier = b.compare(Predicate::slt, y, x);
    Value first = b.select(differs, above, earlier);
    return SmallVector<Value>{b.select(first, b.add(n[0], one), n[0])};
  });
  return rank[0];
}

void mlir::hip::reference::lower(ScalarBuilder &b, SelectOp op) {
  Value zero = b.index(0), one = b.index(1), keep = b.index(op.getKeep());
  forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    Entry from{op.getRanges(), llvm::to_vector(list)};
    Entry to{op.getOuts()[0], llvm::to_vector(list)};
    Value present = b.loadIndex(op.getCounts(), list);
    auto count = b.loop(zero, present, one, {zero}, [&](Value x, ValueRange n) {
      Value rank = rankOf(b, op.getScores(), list, present, x);
      Value kept = b.compare(Predicate::slt, rank, keep);
      Value length = b.select(kept, from.length(b, x), zero);
      return SmallVector<Value>{to.append(b, n[0], from.start(b, x), length)};
    });
    b.storeIndex(count[0], op.getOuts()[1], list);
  });
}

void mlir::hip::reference::lower(ScalarBuilder &b, BlocksOp op) {
  Value zero = b.index(0), one = b.index(1);
  Value granule = b.index(op.getGranule()), blockK = b.index(op.getBlockK());
  forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    Entry from{op.getRanges(), llvm::to_vector(list)};
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
  });
}
