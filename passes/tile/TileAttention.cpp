//===- tile/TileAttention.cpp - block_sparse_attention to a tile program
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "passes/support/FloatRange.h"
#include "passes/support/Keys.h"
#include "passes/support/ScoreRegion.h"
#include "passes/tile/ListSteps.h"
#include "passes/tile/Lowering.h"
#include "passes/tile/StoredRows.h"
#include <cmath>
#include <limits>
#include <numbers>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

using Predicate = arith::CmpIPredicate;

/// Rows of a tile: at least two, for with one a GPU takes more registers.
static int64_t tileRows(BlockSparseAttentionOp op, const AttentionPart &part) {
  int64_t rows = std::min<int64_t>(op.getBlockQ(), part.rows);
  return std::max<int64_t>(rows * part.heads, 2);
}

namespace {

/// What one thread block does: the rows of a query block against one sequence
/// of keys, sinks ++ listed blocks ++ band, cut into tiles by index. So a list
/// of all candidates gives the bits of dense attention (S4), whatever Tk is.
class AttentionKernel {
public:
  AttentionKernel(TileBuilder &b, BlockSparseAttentionOp op,
                  const AttentionPart &part)
      : b(b), op(op), part(part), rows(tileRows(op, part)),
        columns(part.columns > 0 ? part.columns : scheduleOf(op).getColumns()) {
  }

  /// `piece`: which rows of the block, if not all; `split`: which part of the
  /// keys, if not all.
  void run(Value block, Value piece, Value head, Value batch, Value split) {
    locate(block, piece, head, batch);
    measureKeys();
    readScale();
    Value query = b.load(b.rows(QueryRows::arrayOf(op.getQuery()), place(),
                                rowsEnd(), part.heads),
                         rows);
    SmallVector<Value> state{b.splat(b.f32(-HUGE_VAL), rows),
                             b.splat(b.f32(0), rows),
                             b.splat(b.f32(0), {rows, headSize(op.getOut())})};
    auto [first, last] = tilesOf(split);
    state = b.loop(first, last, b.index(1), state,
                   [&](Value tile, ValueRange carried) {
                     return step(tile, query, carried);
                   });
    write(state, split);
  }

private:
  /// S21: parts depend on nothing but how many keys the row block has.
  std::pair<Value, Value> tilesOf(Value split) {
    Value zero = b.index(0), all = b.ceilDiv(total, b.index(columns));
    if (!split)
      return {zero, all};
    Value most = b.index(part.mostSplits);
    Value each = b.max(b.index(part.tiles), b.ceilDiv(all, most));
    Value first = b.mul(split, each);
    return {first, b.min(b.add(first, each), all)};
  }

  static int64_t headSize(Value array) { return shapeOf(array.getType())[3]; }

  /// Where the first row lies, and where rows end, of the query and of outs.
  SmallVector<Value> place() { return queries->at(b, head, firstRow); }
  Value rowsEnd() { return queries->placeOf(b, lastRow); }

  void locate(Value block, Value piece, Value head, Value batch) {
    this->batch = batch;
    this->head = head;
    this->block = block;
    queries.emplace(b, op.getQuery(), batch);
    queryRows = queries->count;
    firstRow = b.mul(block, b.index(op.getBlockQ()));
    lastRow = b.min(b.add(firstRow, b.index(op.getBlockQ())), queryRows);
    if (piece) {
      Value rows = b.index(part.rows);
      firstRow = b.add(firstRow, b.mul(piece, rows));
      lastRow = b.min(b.add(firstRow, rows), lastRow);
    }
    if (queries->start)
      lastRow = b.max(firstRow, lastRow);
    kvHead =
        b.div(head, b.div(b.size(op.getQuery(), 1), b.size(op.getKey(), 1)));
    keyRows = StoredRows(b, op.getKey(), batch, kvHead);
    valueRows = StoredRows(b, op.getValue(), batch, kvHead);
    keys = keyCount(b, op.getKey(), batch);
    readable.emplace(b, op.getKey(), batch, op.getValue());
    position0 = firstPosition(b, op.getPositions(), queryRows, keys, batch);
  }

  /// Lengths of the three parts of the sequence (S3).
  void measureKeys() {
    band.emplace(bandOf(b, op));
    start = op.getBandStart()
                ? b.loadIndex(op.getBandStart(), {batch, block})
                : bandStart(b, *band, op.getBlockQ(), block, position0, keys);
    Value end = keys;
    if (op.getBand().getCausal()) {
      end = b.max(b.min(end, b.add(position0, lastRow)), b.index(0));
    }
    Value zero = b.index(0);
    bool hasSinks = op.getDynamicSink() || op.getBand().getSink();
    sinks = hasSinks ? b.min(band->sink, end) : zero;
    listed = zero;
    if (op.getBlocks()) {
      Value share = b.div(b.size(op.getQuery(), 1), b.size(op.getCounts(), 1));
      list = {batch, b.div(head, share), block};
      Value count = listLength(b, op.getCounts(), list, op.getBlocks());
      // Blocks of more keys than an i32 counts are no candidates.
      if (int64_t(op.getBlockK()) < kMostKeys)
        listed = b.mul(count, b.index(op.getBlockK()));
    }
    bandFirst = b.max(start, band->sink);
    Value banded = b.max(b.sub(end, bandFirst), zero);
    listEnd = b.add(sinks, listed);
    total = b.add(listEnd, banded);
    total = ofLiveRows(b, *queries, firstRow, total);
  }

  /// Key number of place `x` of the sequence, an i32; -1 where there is none.
  /// Nothing but the load is under a condition, so that what follows can wait.
  Value keyAt(Value x) {
    Value end = b.toI32(listEnd),
          isSink = b.compare(Predicate::slt, x, b.toI32(sinks));
    Value inBand = b.add(x, b.sub(b.toI32(bandFirst), end));
    Value key = b.select(b.compare(Predicate::slt, x, b.toI32(total)), inBand,
                         b.i32(-1));
    if (op.getBlocks()) {
      Value isListed = b.compare(Predicate::slt, x, end);
      key = b.select(isListed, listedKey(b.sub(x, b.toI32(sinks)), isListed),
                     key);
    }
    return readable->orNone(b, b.select(isSink, x, key));
  }

  /// S24: a block outside the candidates is skipped.
  Value listedKey(Value y, Value isListed) {
    Value blockK = b.i32(op.getBlockK());
    Value hasBlock = b.both(isListed, b.compare(Predicate::sge, y, b.i32(0)));
    Value block = b.ifElse(
        hasBlock, b.getI32Type(),
        [&] {
          SmallVector<Value> at(list);
          at.push_back(b.toIndex(b.div(y, blockK)));
          return SmallVector<Value>{b.load(op.getBlocks(), at)};
        },
        [&] { return SmallVector<Value>{b.i32(0)}; })[0];
    // In i32 the product of a bad number may wrap, but not its comparison.
    auto [least, end] = candidateBlocks(b, *band, op.getBlockK(), start, keys);
    Value inside = b.both(b.compare(Predicate::sge, block, b.toI32(least)),
                          b.compare(Predicate::slt, block, b.toI32(end)));
    Value offset = arith::RemUIOp::create(b, y, blockK);
    return b.select(inside, b.add(b.mul(block, blockK), offset), b.i32(-1));
  }

  /// One tile of keys: scores, running maximum and sum, output (S19).
  SmallVector<Value> step(Value tile, Value query, ValueRange state) {
    Value start = b.mul(tile, b.index(columns));
    Value places =
        b.generate(b.tile(columns, b.getI32Type()), [&](ValueRange x) {
          return keyAt(b.toI32(b.add(start, x[0])));
        });
    int64_t runs = keyRuns(op, columns);
    Value key = keyRows.gather(b, places, runs);
    Value dots = b.dot(b.splat(b.f32(0), {rows, columns}), query, key, true);
    Value masked = needsMask(places);
    Value scores = maskedScores(dots, places, masked);
    Value most = b.map({state[0], b.reduce(TileReduceKind::Max, scores, 1)},
                       [&](ValueRange x) { return shiftFrom(x[0], x[1]); });
    Value shift = b.map({most}, [&](ValueRange x) {
      Value scaled = b.mul(x[0], minusFactor());
      return b.select(isNear(x[0]), scaled, b.f32(0));
    });
    // Rows without a key so far count as far, which changes nothing for them.
    Value isFar =
        b.map({most}, [&](ValueRange x) { return isFarOrNone(x[0]); });
    auto fromBase = [&](ValueRange x) { return b.sub(x[0], baseOf(x[1])); };
    Value relative = b.map({scores, perRow(most)}, fromBase, isFar);
    Value before = b.map({state[0], most}, fromBase, isFar);
    Value weights = b.map({relative, perRow(lightened(shift))},
                          [&](ValueRange x) { return powerOf(x[0], x[1]); });
    Value decay = decayOf(state[0], before, most, shift);
    Value sum =
        b.map({state[1], decay, b.reduce(TileReduceKind::Sum, weights, 1)},
              [&](ValueRange x) -> Value {
                return math::FmaOp::create(b, x[0], x[1], x[2]);
              });
    Value decays = b.map({decay}, [&](ValueRange x) {
      return b.compare(arith::CmpFPredicate::UNE, x[0], b.f32(1));
    });
    Value acc = b.map(
        {state[2], perRow(decay)},
        [&](ValueRange x) { return b.mul(x[0], x[1]); }, decays);
    Value value = valueRows.gather(b, places, runs);
    return {most, sum,
            b.dot(acc, rounded(weights), value, /*transposeB=*/false,
                  /*skipZero=*/masked)};
  }

  /// What weights are relative to: the greatest score when one was last 2^8
  /// times as heavy as what was before. So the output seldom decays.
  Value shiftFrom(Value before, Value score) {
    Value most = arith::MaximumFOp::create(b, before, score);
    Value limit = b.add(before, growth());
    Value grows = b.compare(arith::CmpFPredicate::UGT, most, limit);
    return b.select(grows, most, before);
  }

  /// Whether factor * most, which has 24 bits, is so small that the power of
  /// two that it is off by does not matter: weights are then relative to it, in
  /// one fma. Else the row is far: they are relative to the score itself, which
  /// costs a subtraction more, and no product is rounded or beyond its type's
  /// end.
  Value isNear(Value most) {
    return compareSize(arith::CmpFPredicate::OLE, most);
  }
  Value isFarOrNone(Value most) {
    return compareSize(arith::CmpFPredicate::UGT, most);
  }
  Value compareSize(arith::CmpFPredicate predicate, Value most) {
    constexpr double kFar = 1 << 24;
    Value size = math::AbsFOp::create(b, b.mul(most, minusFactor()));
    return b.compare(predicate, size, b.f32(kFar));
  }

  /// What is subtracted from scores before they are scaled: 0 for rows without
  /// a key, not -inf.
  Value baseOf(Value most) {
    return b.select(b.either(isNear(most), isLowest(most)), b.f32(0), most);
  }

  /// What earlier weights are worth; 1 exactly where the shift is as it was.
  /// `relative` is `before` less the base of `most`.
  Value decayOf(Value before, Value relative, Value most, Value shift) {
    return b.map({before, relative, most, shift}, [&](ValueRange x) {
      Value same = b.compare(arith::CmpFPredicate::OEQ, x[0], x[2]);
      return b.select(same, b.f32(1), powerOf(x[1], x[3]));
    });
  }

  /// Weights up to 2^9 of many keys are summed: values near the end of a type
  /// as wide as f32 need weights that are 2^kLighter times less, or the sum
  /// would be beyond its end although the mean is not. That is enough for 2^17
  /// keys of any weight, and leaves all bits to values from 2^-100 on.
  static constexpr int kLighter = 26;

  /// bf16 rounds weights to 8 bits, so that an exponent may lose some; those of
  /// f32 are multiplied after the exponential.
  bool lightensExponent() {
    return reachesF32(values()) && roundsF32(values());
  }
  bool lightensWeights() {
    return reachesF32(values()) && !roundsF32(values());
  }
  Type values() { return elementOf(op.getValue().getType()); }
  Value lightened(Value shift) {
    if (!lightensExponent())
      return shift;
    return b.map({shift},
                 [&](ValueRange x) { return b.sub(x[0], b.f32(kLighter)); });
  }

  Value isLowest(Value x) {
    return b.compare(arith::CmpFPredicate::OEQ, x, b.f32(-HUGE_VAL));
  }

  /// 2^(factor score + shift).
  Value powerOf(Value score, Value shift) {
    return math::Exp2Op::create(b,
                                math::FmaOp::create(b, score, factor(), shift));
  }

  /// S19: probabilities in the input type before P V.
  Value rounded(Value weights) {
    Type type = elementOf(op.getValue().getType());
    if (lightensWeights())
      return b.map({weights}, [&](ValueRange x) {
        return b.mul(x[0], b.f32(std::ldexp(1.0, -kLighter)));
      });
    return b.map({weights}, [&](ValueRange x) { return b.narrow(x[0], type); });
  }

  /// Whether a place of the tile has no key, or one that its first row does
  /// not see.
  Value needsMask(Value places) {
    Value zero = b.i32(0), first;
    if (op.getBand().getCausal())
      first = b.toI32(b.add(position0, firstRow));
    return b.any(places, [&](Value place) {
      Value hidden = b.compare(Predicate::slt, place, zero);
      return first ? b.either(hidden, b.compare(Predicate::sgt, place, first))
                   : hidden;
    });
  }

  Value maskedScores(Value dots, Value places, Value masked) {
    Value rowNumbers =
        b.generate(b.tile(rows, b.getI32Type()), [&](ValueRange r) {
          Value row = b.div(r[0], b.index(part.heads));
          return b.toI32(b.add(firstRow, row));
        });
    Value origin = b.toI32(position0);
    Value zero = b.i32(0);
    Value scores = dots;
    if (hasFunction())
      scores = b.map(
          {dots, perColumn(places), perRow(rowNumbers), perRow(headNumbers())},
          [&](ValueRange x) { return scoreOf(x); });
    else if (times)
      scores = b.map(
          {dots}, [&](ValueRange x) { return b.mul(x[0], times); }, hasTimes);
    auto mask = [&](ValueRange x) {
      Value seen = b.compare(Predicate::sge, x[1], zero);
      if (op.getBand().getCausal())
        seen =
            b.both(seen, b.compare(Predicate::sle, x[1], b.add(origin, x[2])));
      return b.select(seen, x[0], b.f32(-HUGE_VAL));
    };
    return b.map({scores, perColumn(places), perRow(rowNumbers)}, mask, masked);
  }

  bool hasFunction() { return op.getSoftcap() || op.hasScore(); }

  /// S18. Without a function the greatest product is the greatest score, or the
  /// least one is, so that the scale can wait for the exponential: scores are
  /// products, `times` its sign where that is not 1, in units of `unit`. Of a
  /// scale whose product with log2(e) could be beyond f32 `times` has a part.
  /// A function gets the scale, and its scores have the unit 1.
  void readScale() {
    if (Value given = op.getDynamicScale())
      return readDynamicScale(given);
    double size = headSize(op.getQuery());
    float given = op.getScale() ? op.getScale()->convertToFloat()
                                : float(1.0 / std::sqrt(size));
    scale = b.f32(given);
    if (hasFunction())
      return;
    float part = std::abs(given) > kGreatest / 4 ? 4 : 1;
    if (given <= 0 || part > 1)
      times = b.f32(given < 0 ? -part : given > 0 ? part : 0);
    constantUnit = given == 0 ? 1 : std::abs(given) / part;
  }

  void readDynamicScale(Value given) {
    scale = given;
    if (hasFunction())
      return;
    using P = arith::CmpFPredicate;
    Value zero = b.f32(0), one = b.f32(1);
    Value above = b.compare(P::OGT, given, zero),
          below = b.compare(P::OLT, given, zero);
    // NaN is neither above nor below, and stays.
    Value sign =
        b.select(above, one, b.select(below, b.f32(-1), b.mul(given, zero)));
    Value size =
        arith::MinimumFOp::create(b, b.mul(given, sign), b.f32(kGreatest));
    Value isGreat = b.compare(P::OGT, size, b.f32(kGreatest / 4));
    times = b.mul(sign, b.select(isGreat, b.f32(4), one));
    hasTimes = b.compare(P::UNE, times, one);
    size = b.mul(size, b.select(isGreat, b.f32(0.25), one));
    dynamicUnit = b.select(b.compare(P::OEQ, given, zero), one, size);
    dynamicFactor = b.mul(dynamicUnit, b.f32(std::numbers::log2e));
    dynamicGrowth = arith::DivFOp::create(b, b.f32(kMostGrowth), dynamicFactor);
    dynamicMinus = b.sub(zero, dynamicFactor);
  }

  /// What a score is multiplied by to be in base 2, in which powers of two are
  /// exact.
  float constantFactor() { return float(constantUnit * std::numbers::log2e); }
  Value factor() {
    return dynamicFactor ? dynamicFactor : b.f32(constantFactor());
  }
  Value minusFactor() {
    return dynamicMinus ? dynamicMinus : b.f32(-constantFactor());
  }
  /// What makes a score 2^kMostGrowth times as heavy.
  Value growth() {
    return dynamicGrowth ? dynamicGrowth
                         : b.f32(kMostGrowth / constantFactor());
  }
  Value unit() { return dynamicUnit ? dynamicUnit : b.f32(constantUnit); }

  static constexpr double kMostGrowth = 8;
  static constexpr double kGreatest = std::numeric_limits<float>::max();

  Value headNumbers() {
    return b.generate(b.tile(rows, b.getI32Type()), [&](ValueRange r) {
      Value turn = b.createOrFold<arith::RemUIOp>(r[0], b.index(part.heads));
      return b.toI32(b.add(head, turn));
    });
  }

  /// f(scale q.k) of S18, of {dot, key, row, head}.
  Value scoreOf(ValueRange x) {
    Value score = b.mul(x[0], scale);
    if (!op.getSoftcap())
      return userScore(score, x[1], x[2], x[3]);
    Value cap = b.f32(op.getSoftcap()->convertToDouble());
    Value ratio = arith::DivFOp::create(b, score, cap);
    return b.mul(math::TanhOp::create(b, ratio), cap);
  }

  Value userScore(Value score, Value key, Value row, Value head) {
    // Places without a key or a row read those at the edge; they are masked.
    Value i = b.min(b.toIndex(row), b.sub(queryRows, b.index(1)));
    Value j = b.max(b.toIndex(key), b.index(0));
    return inlineScore(b, op.getScore(), {score, batch, b.toIndex(head), i, j});
  }

  /// S19, S20: one division at the end; 0 and -inf where no key was seen.
  void write(ValueRange state, Value split) {
    SmallVector<Value> at = place();
    if (split)
      at.insert(at.begin(), split);
    Value target = split ? part.out : op.getOut();
    Type element = cast<ShapedType>(target.getType()).getElementType();
    Value out = b.map(
        {state[2], perRow(state[1]), perRow(state[0])}, [&](ValueRange x) {
          Value sum = x[1];
          if (lightensWeights())
            sum = b.mul(sum, b.f32(std::ldexp(1.0, -kLighter)));
          return b.select(isLowest(x[2]), b.f32(0), b.mean(x[0], sum, element));
        });
    b.store(out, b.rows(target, at, rowsEnd(), part.heads));
    Value lses = split ? part.lse : op.getLse();
    if (!lses)
      return;
    Value lse = b.map({state[0], state[1]}, [&](ValueRange x) {
      Value sum = x[1];
      if (lightensExponent())
        sum = b.mul(sum, b.f32(std::ldexp(1.0, kLighter)));
      Value log = b.mul(math::Log2Op::create(b, sum), b.f32(std::numbers::ln2));
      Value natural = math::FmaOp::create(b, x[0], unit(), log);
      return b.select(isLowest(x[0]), x[0], natural);
    });
    b.store(lse, b.numbers(lses, at, rowsEnd(), part.heads));
  }

  TileBuilder &b;
  BlockSparseAttentionOp op;
  const AttentionPart &part;
  int64_t rows, columns;
  Value batch, head, block, kvHead, queryRows, firstRow, lastRow, keys,
      position0;
  std::optional<QueryRows> queries;
  StoredRows keyRows, valueRows;
  std::optional<Band> band;
  Value start, bandFirst, sinks, listed, listEnd, total;
  SmallVector<Value> list;
  Value scale, times, hasTimes;
  float constantUnit = 1;
  Value dynamicUnit, dynamicFactor, dynamicMinus, dynamicGrowth;
  std::optional<ReadableKeys> readable;
};

} // namespace

void mlir::hip::tile::attend(TileBuilder &b, BlockSparseAttentionOp op,
                             const AttentionPart &part) {
  int64_t threads = scheduleOf(op).getThreads();
  if (part.splits && threads > 1)
    threads = layout::warpsOfRows(tileRows(op, part)) * layout::kWarp;
  Value blocks = b.ceilDiv(b.size(op.getQuery(), 2), b.index(op.getBlockQ()));
  Value heads = b.div(b.size(op.getQuery(), 1), b.index(part.heads));
  Value gridX = part.splits ? b.mul(blocks, part.splits) : blocks;
  // A query block of more rows than a tile is several thread blocks.
  Value pieces;
  if (!part.splits && part.rows < int64_t(op.getBlockQ())) {
    Value most = b.min(b.size(op.getQuery(), 2), b.index(op.getBlockQ()));
    pieces = b.ceilDiv(most, b.index(part.rows));
    gridX = b.mul(blocks, pieces);
  }
  b.kernel(
      threads, {gridX, heads, b.size(op.getQuery(), 0)}, [&](ValueRange ids) {
        Value turn = ids[0], split, piece;
        if (pieces) {
          turn = b.div(ids[0], pieces);
          piece = arith::RemUIOp::create(b, ids[0], pieces);
        }
        if (part.splits) {
          turn = b.div(ids[0], part.splits);
          split = arith::RemUIOp::create(b, ids[0], part.splits);
        }
        bool lastFirst = scheduleOf(op).getOrder() == BlockOrder::Descending;
        Value block = lastFirst ? b.sub(b.sub(blocks, b.index(1)), turn) : turn;
        Value head = b.mul(ids[1], b.index(part.heads));
        AttentionKernel(b, op, part).run(block, piece, head, ids[2], split);
      });
}

/// The most query heads that share a tile on a CPU: a decode step of as many is
/// a vector or two.
constexpr int64_t kMostHeads = 16;

/// By whole rows: a tile has those of heads that read the same keys.
static void attendWhole(TileBuilder &b, BlockSparseAttentionOp op) {
  ScheduleAttr schedule = scheduleOf(op);
  int64_t sharing = headsWithOneList(op), blockQ = op.getBlockQ();
  int64_t rows = std::min(blockQ, schedule.getRows());
  // A CPU computes rows that are there: heads share a tile whatever it has.
  if (b.onCpu) {
    int64_t heads = packedHeads(sharing, kMostHeads);
    return attend(b, op, {heads, std::max<int64_t>(rows / heads, 1)});
  }
  // Rows of a tile that heads fill together.
  int64_t room = schedule.getUnit() == MatrixUnit::Wgmma ? schedule.getRows()
                                                         : layout::kMmaRows;
  attend(b, op, {packedHeads(sharing, room / blockQ), rows});
}

void mlir::hip::tile::lower(TileBuilder &b, BlockSparseAttentionOp op) {
  if (op.hasScore())
    defineIntegers(op.getScore());
  if (scheduleOf(op).getSplitKeys() > 0)
    attendByParts(b, op);
  else
    attendWhole(b, op);
}
