//===- reference/AttentionLoops.cpp - block_sparse_attention and merge as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "passes/reference/Lowering.h"
#include "passes/reference/Ranges.h"
#include "passes/support/FloatRange.h"
#include "passes/support/ScoreRegion.h"
#include <cmath>
#include <limits>
#include <numbers>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::reference;

using Predicate = arith::CmpIPredicate;

namespace {

/// Attention of one query row: lists its keys and their scores, then
/// normalises and sums (S18 to S20).
class RowAttention {
public:
  RowAttention(ScalarBuilder &b, BlockSparseAttentionOp op) : b(b), op(op) {
    zero = b.index(0);
    one = b.index(1);
    query = op.getQuery();
    // Each key once, and each listed one for every time that it is listed.
    Value most = b.size(op.getKey(), 2);
    if (op.getBlocks()) {
      Value block = b.min(b.index(op.getBlockK()), most);
      most = b.add(most, b.mul(b.size(op.getBlocks(), 3), block));
    }
    auto scratch = [&](Type type) {
      return memref::AllocOp::create(
          b, MemRefType::get({ShapedType::kDynamic}, type), ValueRange{most});
    };
    scores = scratch(b.getF32Type());
    seen = scratch(b.getIndexType());
    group = b.div(b.size(query, 1), b.size(op.getKey(), 1));
    readScale();
  }

  void run() {
    forEach(b, query, 3, [&](ValueRange indices) {
      row = llvm::to_vector(indices);
      rows.emplace(b, query, row[0]);
      if (!rows->start)
        return attend();
      b.when(b.compare(Predicate::slt, row[2], rows->count), [&] { attend(); });
    });
    memref::DeallocOp::create(b, scores);
    memref::DeallocOp::create(b, seen);
  }

private:
  void attend() {
    kvHead = b.div(row[1], group);
    keys = keyCount(b, op.getKey(), row[0]);
    readable.emplace(b, op.getKey(), row[0], op.getValue());
    Value position0 =
        firstPosition(b, op.getPositions(), rows->count, keys, row[0]);
    position = b.add(position0, row[2]);
    block = b.div(row[2], b.index(op.getBlockQ()));
    band.emplace(bandOf(b, op));
    start = op.getBandStart()
                ? b.loadIndex(op.getBandStart(), {row[0], block})
                : bandStart(b, *band, op.getBlockQ(), block, position0, keys);
    write(visit());
  }

  /// Sums of values near the end of a type as wide as f32 need weights so
  /// light.
  static constexpr double kLighter = 0x1p-26;

  using State = SmallVector<Value>; // {number of keys seen, greatest score}

  /// Sinks, listed blocks, band, in this order (S3).
  State visit() {
    Value sink = b.min(band->sink, keys);
    Value lowest = b.f32(-std::numeric_limits<double>::infinity());
    State state = span(zero, sink, {zero, lowest});
    if (op.getBlocks())
      state = listed(state);
    return span(b.max(start, sink), keys, state);
  }

  /// Keys [from, to) that the row may see (S2).
  State span(Value from, Value to, ValueRange state) {
    Value end = to;
    if (op.getBand().getCausal())
      end = b.min(to, b.add(position, one));
    return b.loop(from, end, one, state, [&](Value j, ValueRange carried) {
      return append(j, carried);
    });
  }

  State listed(ValueRange state) {
    Value share = b.div(b.size(query, 1), b.size(op.getCounts(), 1));
    SmallVector<Value> list{row[0], b.div(row[1], share), block};
    Value count = entryCount(b, op.getCounts(), list, op.getBlocks());
    Value blockK = b.index(op.getBlockK());
    auto [least, end] = candidateBlocks(b, *band, op.getBlockK(), start, keys);
    return b.loop(zero, count, one, state,
                  [&, least = least, end = end](Value x, ValueRange carried) {
                    SmallVector<Value> at(list);
                    at.push_back(x);
                    Value entry = b.loadIndex(op.getBlocks(), at);
                    // S24: a block outside the candidates is skipped.
                    Value inside =
                        b.both(b.compare(Predicate::sge, entry, least),
                               b.compare(Predicate::slt, entry, end));
                    Value first = b.mul(b.select(inside, entry, zero), blockK);
                    Value last = b.select(inside, b.add(first, blockK), first);
                    return b.loop(first, last, one, carried,
                                  [&](Value j, ValueRange inner) {
                                    return append(j, inner);
                                  });
                  });
  }

  /// S24: a key that is not stored is skipped.
  State append(Value j, ValueRange state) {
    auto attend = [&]() -> State {
      Value score = scoreOf(j);
      b.store(score, scores, state[0]);
      b.store(j, seen, state[0]);
      Value greatest = arith::MaximumFOp::create(b, state[1], score);
      return {b.add(state[0], one), greatest};
    };
    Value has = readable->has(b, j);
    return has ? b.ifElse(has, state.getTypes(), attend,
                          [&] { return llvm::to_vector_of<Value>(state); })
               : attend();
  }

  bool hasFunction() { return op.getSoftcap() || op.hasScore(); }

  /// S18. Without a function scores are products, times the sign of the scale,
  /// in units of its size: so a power of two of a difference is exact, and no
  /// product is beyond the end of f32. A function gives scores in units of 1.
  void readScale() {
    double headSize = shapeOf(query.getType())[3];
    scale = op.getDynamicScale();
    if (!scale)
      scale = b.f32(op.getScale() ? op.getScale()->convertToFloat()
                                  : float(1.0 / std::sqrt(headSize)));
    unit = b.f32(1.0);
    if (!hasFunction()) {
      using P = arith::CmpFPredicate;
      constexpr double kGreatest = std::numeric_limits<float>::max();
      Value f0 = b.f32(0.0), isZero = b.compare(P::OEQ, scale, f0);
      Value size = arith::MinimumFOp::create(b, math::AbsFOp::create(b, scale),
                                             b.f32(kGreatest));
      // The product of `unit` and log2(e) has to be in f32.
      Value isGreat = b.compare(P::OGT, size, b.f32(kGreatest / 4));
      times = math::CopySignOp::create(b, b.select(isGreat, b.f32(4.0), unit),
                                       scale);
      // NaN and 0 make every product NaN or 0.
      Value isNan = b.compare(P::UNO, scale, scale);
      times = b.select(b.either(isZero, isNan), b.mul(scale, f0), times);
      size = b.mul(size, b.select(isGreat, b.f32(0.25), unit));
      unit = b.select(isZero, unit, size);
    }
    factor = b.mul(unit, b.f32(std::numbers::log2e));
  }

  /// f(scale q.k) of S18 in units.
  Value scoreOf(Value j) {
    Value d = b.size(query, 3);
    auto dot = b.loop(zero, d, one, {b.f32(0.0)}, [&](Value i, ValueRange acc) {
      Value q = b.widen(b.load(QueryRows::arrayOf(query), place(i)));
      Value k = b.widen(loadKey(b, op.getKey(), row[0], kvHead, j, i));
      return State{math::FmaOp::create(b, q, k, acc[0])};
    });
    if (!hasFunction())
      return b.mul(dot[0], times);
    Value score = b.mul(dot[0], scale);
    if (!op.getSoftcap())
      return inlineScore(b, op.getScore(), {score, row[0], row[1], row[2], j});
    Value cap = b.f32(op.getSoftcap()->convertToDouble());
    Value ratio = arith::DivFOp::create(b, score, cap);
    return b.mul(math::TanhOp::create(b, ratio), cap);
  }

  /// S19, S20: one division at the end; 0 and -inf where no key was seen.
  void write(const State &state) {
    Value count = state[0], greatest = state[1], f0 = b.f32(0.0);
    Type storage = elementType(op.getValue());
    auto sum = b.loop(zero, count, one, {f0}, [&](Value x, ValueRange acc) {
      Value shifted = b.mul(b.sub(b.load(scores, x), greatest), factor);
      Value p = math::Exp2Op::create(b, shifted);
      b.store(p, scores, x);
      return State{b.add(acc[0], p)};
    });
    // No key, or only keys of score -inf.
    Value lowest = b.f32(-std::numeric_limits<double>::infinity());
    Value none = b.compare(arith::CmpFPredicate::OEQ, greatest, lowest);
    Value out = op.getOut();
    b.loop(b.size(out, 3), [&](Value d) {
      auto acc = b.loop(zero, count, one, {f0}, [&](Value x, ValueRange a) {
        Value p = b.widen(b.narrow(b.load(scores, x), storage));
        if (reachesF32(storage))
          p = b.mul(p, b.f32(kLighter));
        Value v = b.widen(
            loadKey(b, op.getValue(), row[0], kvHead, b.load(seen, x), d));
        return State{math::FmaOp::create(b, p, v, a[0])};
      });
      Value weight =
          reachesF32(storage) ? b.mul(sum[0], b.f32(kLighter)) : sum[0];
      Value mean = b.mean(acc[0], weight, elementType(out));
      Value value = b.narrow(b.select(none, f0, mean), elementType(out));
      b.store(value, out, place(d));
    });
    if (!op.getLse())
      return;
    Value log =
        b.mul(math::Log2Op::create(b, sum[0]), b.f32(std::numbers::ln2));
    Value whole = math::FmaOp::create(b, greatest, unit, log);
    Value lse = b.select(none, lowest, whole);
    b.store(lse, op.getLse(), rows->at(b, row[1], row[2]));
  }

  static Type elementType(Value array) { return elementOf(array.getType()); }

  /// Number `d` of the row, of the query and of out.
  SmallVector<Value> place(Value d) {
    SmallVector<Value> at = rows->at(b, row[1], row[2]);
    at.push_back(d);
    return at;
  }

  ScalarBuilder &b;
  BlockSparseAttentionOp op;
  Value zero, one, query, scores, seen, group;
  SmallVector<Value> row; ///< batch entry, head, row of the entry
  std::optional<QueryRows> rows;
  std::optional<ReadableKeys> readable;
  std::optional<Band> band;
  Value kvHead, keys, position, block, start;
  Value scale, times, unit, factor;
};

} // namespace

void mlir::hip::reference::lower(ScalarBuilder &b, BlockSparseAttentionOp op) {
  if (op.hasScore())
    defineIntegers(op.getScore());
  RowAttention(b, op).run();
}

void mlir::hip::reference::lower(ScalarBuilder &b, MergeOp op) {
  Value out = op.getOuts()[0];
  Value lowest = b.f32(-std::numeric_limits<double>::infinity());
  Value f0 = b.f32(0.0);
  forEach(b, out, 3, [&](ValueRange row) {
    SmallVector<Value> lses;
    Value greatest = lowest;
    for (Value partial : op.getPartialLses()) {
      lses.push_back(b.load(partial, row));
      greatest = arith::MaximumFOp::create(b, greatest, lses.back());
    }
    Value none = b.compare(arith::CmpFPredicate::OEQ, greatest, lowest);
    Value sum = f0;
    SmallVector<Value> weights;
    for (Value lse : lses) {
      Value weight = math::ExpOp::create(b, b.sub(lse, greatest));
      weight = b.mul(weight, b.f32(kMergeWeight));
      weights.push_back(b.select(none, f0, weight));
      sum = b.add(sum, weights.back());
    }
    b.loop(b.size(out, 3), [&](Value d) {
      SmallVector<Value> at = llvm::to_vector(row);
      at.push_back(d);
      Value acc = f0;
      for (auto [partial, weight] : llvm::zip(op.getPartials(), weights))
        acc = math::FmaOp::create(b, weight, b.load(partial, at), acc);
      Type type = cast<MemRefType>(out.getType()).getElementType();
      Value mean = b.mean(acc, sum, type);
      b.store(b.narrow(b.select(none, f0, mean), type), out, at);
    });
    if (op.getOuts().size() < 2)
      return;
    Value whole = b.mul(sum, b.f32(1 / kMergeWeight));
    Value log = math::LogOp::create(b, whole);
    b.store(b.select(none, greatest, b.add(greatest, log)), op.getOuts()[1],
            row);
  });
}
