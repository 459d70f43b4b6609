//===- reference/ScoreLoops.cpp - summarize, score and descend as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipScores.h"
#include "dialect/HipVerify.h"
#include "passes/reference/Lowering.h"
#include "passes/reference/Ranges.h"
#include <limits>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::reference;

using Predicate = arith::CmpIPredicate;

/// S10b: the least and the greatest of number `d` of the keys [first, end), of
/// those that can be read; NaN where none can (S24).
static SmallVector<Value> boundsOf(ScalarBuilder &b, Value keys, Value batch,
                                   Value head, Value first, Value end,
                                   Value d) {
  Value zero = b.index(0), one = b.index(1);
  Value none = b.narrow(b.f32(std::numeric_limits<double>::quiet_NaN()),
                        elementOf(keys.getType()));
  ReadableKeys readable(b, keys, batch);
  // A number that is missing yields to one that there is.
  SmallVector<Value> ends =
      b.loop(first, end, one, {none, none, zero}, [&](Value j, ValueRange now) {
        auto widen = [&]() -> SmallVector<Value> {
          Value key = loadKey(b, keys, batch, head, j, d);
          Value least = arith::MinimumFOp::create(b, now[0], key);
          Value most = arith::MaximumFOp::create(b, now[1], key);
          Value isFirst = b.compare(Predicate::eq, now[2], zero);
          return {b.select(isFirst, key, least), b.select(isFirst, key, most),
                  one};
        };
        Value has = readable.has(b, j);
        if (!has)
          return widen();
        return b.ifElse(has, now.getTypes(), widen,
                        [&] { return llvm::to_vector_of<Value>(now); });
      });
  ends.pop_back();
  return ends;
}

/// Boxes that are not whole are not written.
void mlir::hip::reference::lower(ScalarBuilder &b, SummarizeOp op) {
  Value boxes = op.getOuts()[0], granule = b.index(op.getGranule());
  Value zero = b.index(0), one = b.index(1);
  forEach(b, boxes, 3, [&](ValueRange at) {
    SmallVector<Value> box = llvm::to_vector(at);
    Value whole = b.div(keyCount(b, op.getKey(), box[0]), granule);
    Value first = b.mul(box[2], granule), end = b.add(first, granule);
    b.when(b.compare(Predicate::slt, box[2], whole), [&] {
      b.loop(b.size(boxes, 4), [&](Value d) {
        auto ends = boundsOf(b, op.getKey(), box[0], box[1], first, end, d);
        b.store(ends[0], boxes, {box[0], box[1], box[2], zero, d});
        b.store(ends[1], boxes, {box[0], box[1], box[2], one, d});
      });
    });
  });
}

/// S17b: boxes that the last rows have made whole, beside the page of their
/// last key if there is one (S24).
void mlir::hip::reference::lower(ScalarBuilder &b, UpdateSummariesOp op) {
  Value keys = op.getKey(), kept = op.getOuts()[0];
  Value zero = b.index(0), one = b.index(1), granule = b.index(op.getGranule());
  KeyStorage from(keys);
  Value page = b.size(from.rows, 1), rows = b.size(kept, 1);
  b.loop(b.size(keys, 0), [&](Value batch) {
    Value count = keyCount(b, keys, batch);
    Value old = b.max(b.sub(count, op.getRows()), zero);
    Value before = b.div(old, granule), whole = b.div(count, granule);
    b.loop(before, whole, one, [&](Value box) {
      Value first = b.mul(box, granule), end = b.add(first, granule);
      Value which = pageOf(b, from.table, batch, b.sub(end, one), page);
      Value row = arith::RemUIOp::create(b, box, rows);
      b.when(b.compare(Predicate::ult, which, b.size(kept, 0)), [&] {
        b.loop(b.size(kept, 2), [&](Value head) {
          b.loop(b.size(kept, 4), [&](Value d) {
            auto ends = boundsOf(b, keys, batch, head, first, end, d);
            b.store(ends[0], kept, {which, row, head, zero, d});
            b.store(ends[1], kept, {which, row, head, one, d});
          });
        });
      });
    });
  });
}

namespace {

/// Scores of ranges for one op: sampled rows (S9) against keys or boxes (S10).
template <typename OpTy> class Scorer {
public:
  Scorer(ScalarBuilder &b, OpTy op)
      : b(b), op(op), query(op.getQuery()), key(op.getKey()) {
    zero = b.index(0);
    one = b.index(1);
    headSize = b.size(query, 3);
    queryHeads = b.size(query, 1);
    group = b.div(queryHeads, b.size(key, 1));
  }

  /// Loops over all ranges, storing what `scoreOf` gives for each.
  void run(function_ref<Value(Value start, Value length)> scoreOf) {
    forEach(b, op.getCounts(), 3, [&](ValueRange indices) {
      list = llvm::to_vector(indices);
      rows.emplace(b, query, list[0]);
      firstRow = b.mul(list[2], b.index(op.getBlockQ()));
      Ranges from(b, op.getRanges(), list);
      Value present = entryCount(b, op.getCounts(), list, op.getRanges());
      present = ofLiveRows(b, *rows, firstRow, present);
      b.loop(present, [&](Value x) {
        Value score = scoreOf(from.start(x), from.length(x));
        // -0 counts as +0.
        b.store(b.add(score, b.f32(0.0)), op.getOuts()[0], entryAt(list, x));
      });
    });
  }

  /// S8, S10: the best product with the keys of the representative granule;
  /// NaN where it has none, or there is no range (S24).
  Value token(Value start, Value length) {
    auto [first, end] = granuleOf(start, length);
    return overRows([&](Value head, Value row, Value best) {
      auto bests = b.loop(zero, end, b.index(op.getKStride()), {best},
                          [&](Value offset, ValueRange carried) {
                            Value j = b.add(first, offset);
                            return SmallVector<Value>{
                                tokenProduct(head, row, j, carried[0])};
                          });
      return bests[0];
    });
  }

  /// S10c: the best product with the mean of those keys.
  Value mean(Value start, Value length) {
    auto [first, end] = granuleOf(start, length);
    return overRows([&](Value head, Value row, Value best) {
      auto sums =
          b.loop(zero, end, b.index(op.getKStride()), {b.f32(0), b.f32(0)},
                 [&](Value offset, ValueRange now) {
                   return addKey(head, row, b.add(first, offset), now);
                 });
      // Of no keys 0 / 0 is NaN.
      return keepGreater(arith::DivFOp::create(b, sums[0], sums[1]), best);
    });
  }

  /// S10b: the bound of one box, for every row; NaN where there is no range, or
  /// no summary of it (S24).
  Value box(Value start, Value length, int64_t size) {
    Value which = b.div(start, b.index(size / op.getGranule()));
    Value boxes = keyCount(b, key, list[0]);
    Value some = b.both(b.compare(Predicate::sgt, length, zero),
                        b.compare(Predicate::slt, which, boxes));
    auto bounds = [&]() -> SmallVector<Value> {
      return {overRows([&](Value head, Value row, Value best) {
        Value kv = b.div(head, group);
        Value high = boxProduct(head, row, {list[0], kv, which, one}, b.f32(0));
        Value both = boxProduct(head, row, {list[0], kv, which, zero}, high);
        return keepGreater(both, best);
      })};
    };
    auto none = [&]() -> SmallVector<Value> { return {nan()}; };
    auto bound = [&]() -> SmallVector<Value> {
      Value has = ReadableKeys(b, key, list[0]).has(b, which);
      return has ? b.ifElse(has, b.getF32Type(), bounds, none) : bounds();
    };
    return b.ifElse(some, b.getF32Type(), bound, none)[0];
  }

private:
  /// The first key of the representative granule and how many it has; none
  /// where there is no range.
  std::pair<Value, Value> granuleOf(Value start, Value length) {
    Value granule = b.index(op.getGranule());
    Value keys = keyCount(b, key, list[0]);
    Value which = representative(start, length);
    Value some =
        b.both(b.compare(Predicate::sgt, length, zero),
               b.compare(Predicate::slt, which, b.ceilDiv(keys, granule)));
    Value first = b.mul(b.select(some, which, zero), granule);
    readable.emplace(b, key, list[0]);
    return {first, b.select(some, b.min(granule, b.sub(keys, first)), zero)};
  }

  /// {sum, number of keys} with q(row) . k(j); a key that is skipped takes no
  /// part.
  SmallVector<Value> addKey(Value head, Value row, Value j, ValueRange now) {
    auto add = [&]() -> SmallVector<Value> {
      return {product(head, row, j, now[0]), b.add(now[1], b.f32(1))};
    };
    Value has = readable->has(b, j);
    return has ? b.ifElse(has, now.getTypes(), add,
                          [&] { return llvm::to_vector_of<Value>(now); })
               : add();
  }

  /// acc + sum_d max(q_d, 0) hi_d of maxima `side`; of minima, min(q_d, 0)
  /// lo_d.
  Value boxProduct(Value head, Value row, ArrayRef<Value> side, Value acc) {
    bool maxima = side.back() == one;
    SmallVector<Value> place = llvm::to_vector(side);
    Value array = key;
    if (isa<KvType>(key.getType())) {
      RowPlace row = RowMap(key, side[0], side[1], side[3]).at(b, side[2]);
      array = row.storage;
      place = row.indices;
    }
    return b.loop(zero, headSize, one, {acc}, [&](Value d, ValueRange sum) {
      Value q = rowElement(head, row, d), none = b.f32(0);
      Value part = maxima ? Value(arith::MaximumFOp::create(b, q, none))
                          : Value(arith::MinimumFOp::create(b, q, none));
      SmallVector<Value> at = place;
      at.push_back(d);
      return SmallVector<Value>{
          math::FmaOp::create(b, part, b.widen(b.load(array, at)), sum[0])};
    })[0];
  }

  Value keepGreater(Value candidate, Value best) {
    return b.select(b.greater(candidate, best), candidate, best);
  }

  Value representative(Value start, Value length) {
    switch (op.getRepresentative()) {
    case Representative::First:
      return start;
    case Representative::Center:
      return b.add(start, b.div(length, b.index(2)));
    case Representative::Last:
      return b.sub(b.add(start, length), one);
    }
    llvm_unreachable("unknown representative");
  }

  /// The best over the query heads that share the list and their sampled
  /// rows; `visit` folds one (head, first row) into the best so far.
  Value overRows(function_ref<Value(Value, Value, Value)> visit) {
    Value share = b.div(queryHeads, b.size(op.getCounts(), 1));
    Value firstHead = b.mul(list[1], share);
    lastRow = b.min(b.add(firstRow, b.index(op.getBlockQ())), rows->count);
    auto best =
        b.loop(firstHead, b.add(firstHead, share), one, {nan()},
               [&](Value head, ValueRange outer) {
                 return b.loop(firstRow, lastRow, b.index(op.getQStride()),
                               outer, [&](Value row, ValueRange carried) {
                                 return SmallVector<Value>{
                                     visit(head, row, carried[0])};
                               });
               });
    return best[0];
  }

  /// S9: element `d` of a sampled row: the row itself, or the mean of the live
  /// rows of its group, rounded to the input type.
  Value rowElement(Value head, Value row, Value d) {
    auto element = [&](Value i) {
      SmallVector<Value> at = rows->at(b, head, i);
      at.push_back(d);
      return b.load(QueryRows::arrayOf(query), at);
    };
    if (op.getReduce() == RowReduce::Max)
      return b.widen(element(row));
    Value end = b.min(b.add(row, b.index(op.getQStride())), lastRow);
    auto sum =
        b.loop(row, end, one, {b.f32(0.0)}, [&](Value i, ValueRange acc) {
          return SmallVector<Value>{b.add(acc[0], b.widen(element(i)))};
        });
    Value live =
        arith::SIToFPOp::create(b, b.getF32Type(), b.toI32(b.sub(end, row)));
    Value mean = arith::DivFOp::create(b, sum[0], live);
    return b.widen(b.narrow(mean, elementOf(query.getType())));
  }

  /// acc + q(row) . k(j).
  Value product(Value head, Value row, Value j, Value acc) {
    return b.loop(zero, headSize, one, {acc}, [&](Value d, ValueRange sum) {
      Value k = b.widen(loadKey(b, key, list[0], b.div(head, group), j, d));
      return SmallVector<Value>{
          math::FmaOp::create(b, rowElement(head, row, d), k, sum[0])};
    })[0];
  }

  /// Folds q(row) . k(j) into `best`; a key that is skipped takes no part.
  Value tokenProduct(Value head, Value row, Value j, Value best) {
    auto fold = [&]() -> SmallVector<Value> {
      return {keepGreater(product(head, row, j, b.f32(0.0)), best)};
    };
    Value has = readable->has(b, j);
    return has ? b.ifElse(has, best.getType(), fold,
                          [&] { return SmallVector<Value>{best}; })[0]
               : fold()[0];
  }

  Value nan() { return b.f32(std::numeric_limits<double>::quiet_NaN()); }

  ScalarBuilder &b;
  OpTy op;
  Value query, key, zero, one, headSize, queryHeads, group, firstRow, lastRow;
  SmallVector<Value> list;
  std::optional<QueryRows> rows;
  std::optional<ReadableKeys> readable;
};

} // namespace

void mlir::hip::reference::lower(ScalarBuilder &b, ScoreOp op) {
  Scorer<ScoreOp> scorer(b, op);
  scorer.run([&](Value start, Value length) {
    auto score = llvm::makeVisitor(
        [&](TokenScoreAttr) { return scorer.token(start, length); },
        [&](MeanScoreAttr) { return scorer.mean(start, length); },
        [&](BoxScoreAttr box) {
          return scorer.box(start, length, box.getKeys());
        });
    return visitScore(op.getKind(), score);
  });
}

void mlir::hip::reference::lower(ScalarBuilder &b, DescendOp op) {
  Scorer<DescendOp> scorer(b, op);
  Value zero = b.index(0), one = b.index(1);
  Value none = b.f32(std::numeric_limits<double>::quiet_NaN());
  auto descend = [&](Value start, Value length) -> Value {
    if (op.getLevels() == 0)
      return scorer.token(start, length);
    auto kept = b.loop(
        zero, b.index(op.getLevels()), one, {start, length, none, none},
        [&](Value, ValueRange state) {
          Value half = b.ceilDiv(state[1], b.index(2));
          Value rest = b.sub(state[1], half);
          Value second = b.add(state[0], half);
          Value left = scorer.token(state[0], half);
          Value some = b.compare(Predicate::sgt, rest, zero);
          auto right = b.ifElse(
              some, left.getType(),
              [&] { return SmallVector<Value>{scorer.token(second, rest)}; },
              [&] { return SmallVector<Value>{left}; });
          Value goRight = b.both(some, b.greater(right[0], left));
          Value leaf = b.select(goRight, right[0], left);
          Value path = b.select(b.greater(leaf, state[3]), leaf, state[3]);
          return SmallVector<Value>{b.select(goRight, second, state[0]),
                                    b.select(goRight, rest, half), leaf, path};
        });
    return op.getPathScore() == PathScore::Leaf ? kept[2] : kept[3];
  };
  scorer.run(descend);
}
