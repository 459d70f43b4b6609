//===- tile/TileScore.cpp - score and descend to tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipScores.h"
#include "dialect/HipVerify.h"
#include "passes/support/Keys.h"
#include "passes/tile/ListSteps.h"
#include "passes/tile/Lowering.h"
#include "passes/tile/StoredRows.h"
#include <limits>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

using Predicate = arith::CmpIPredicate;

/// The most rows of a query block.
template <typename OpTy> static int64_t mostRows(OpTy op) {
  int64_t few = scheduleOf(op).getFewRows();
  return few ? std::min<int64_t>(few, op.getBlockQ()) : op.getBlockQ();
}

namespace {

/// What one thread block does: the ranges of a list against the sampled rows of
/// every query head that shares it (S10). Heads that read one KV head are
/// stacked in a tile.
template <typename OpTy> class ScoreKernel {
public:
  ScoreKernel(TileBuilder &b, OpTy op, ScoreAttrInterface kind)
      : b(b), op(op), kind(kind), columns(scheduleOf(op).getColumns()) {
    int64_t heads = headsOf(op.getQuery());
    share = heads / headsOf(op.getCounts());
    group = heads / headsOf(op.getKey());
    stacked = std::min(share, group);
    sampled = llvm::divideCeil(mostRows(op), op.getQStride());
    // With a row alone a GPU takes more registers.
    rows = std::clamp<int64_t>(stacked * sampled, 2, scheduleOf(op).getRows());
    parts = llvm::divideCeil(stacked * sampled, rows);
    units = share / stacked * parts;
    headSize = shapeOf(op.getQuery().getType())[3];
  }

  void run(ValueRange list, function_ref<Value(Value, Value)> scoreOf) {
    this->list = llvm::to_vector(list);
    Value count = listLength(b, op.getCounts(), list, op.getRanges());
    Value zero = b.index(0);
    if (isa<QueryType>(op.getQuery().getType())) {
      liveRows.emplace(b, op.getQuery(), list[0]);
      count = ofLiveRows(b, *liveRows, b.mul(list[2], b.index(op.getBlockQ())),
                         count);
    }
    b.when(b.compare(Predicate::sgt, count, zero), [&] {
      firstHead = b.mul(list[1], b.index(share));
      firstRow = b.mul(list[2], b.index(op.getBlockQ()));
      lastRow = b.add(firstRow, b.index(op.getBlockQ()));
      if (!liveRows)
        liveRows.emplace(b, op.getQuery(), list[0]);
      lastRow = b.min(lastRow, liveRows->count);
      keys = keyCount(b, op.getKey(), list[0]);
      readable.emplace(b, op.getKey(), list[0]);
      liveParts = b.index(parts);
      if (parts > 1)
        liveParts = countParts();
      if (units == 1)
        query = makeQuery(zero);
      b.loop(zero, count, b.index(columns), [&](Value first) {
        Value starts = part(0, first, count);
        Value lengths =
            b.map({starts, part(1, first, count)},
                  [&](ValueRange x) { return rangeLength(b, x[0], x[1]); });
        Value score = b.map({scoreOf(starts, lengths)}, [&](ValueRange x) {
          // -0 counts as +0.
          return b.add(x[0], b.f32(0));
        });
        SmallVector<Value> at(this->list);
        at.push_back(first);
        b.store(score, b.numbers(op.getOuts()[0], at, count));
      });
    });
  }

  /// By the kind of the op.
  Value score(Value starts, Value lengths) {
    auto score = llvm::makeVisitor(
        [&](TokenScoreAttr) { return token(starts, lengths); },
        [&](MeanScoreAttr) { return mean(starts, lengths); },
        [&](BoxScoreAttr box) {
          return bound(starts, lengths, box.getKeys());
        });
    return visitScore(kind, score);
  }

  /// S8, S10: the best product with the keys of the representative granule;
  /// NaN where a range is empty.
  Value token(Value starts, Value lengths) {
    int64_t granule = op.getGranule(), kStride = op.getKStride();
    std::pair<Value, Value> all = granulesOf(granule);
    return overUnits([&](Value kvHead, Value query, Value best) {
      StoredRows rows(b, op.getKey(), list[0], kvHead);
      return b.loop(b.index(0), b.index(granule), b.index(kStride), {best},
                    [&](Value offset, ValueRange carried) {
                      Value places = keysAt(starts, lengths, all, offset);
                      Value dots = product(blank(), query, rows, places);
                      return SmallVector<Value>{fold(carried[0], dots, places)};
                    })[0];
    });
  }

  /// S10c: the best product with the mean of those keys; NaN where there is
  /// none.
  Value mean(Value starts, Value lengths) {
    int64_t granule = op.getGranule(), kStride = op.getKStride();
    std::pair<Value, Value> all = granulesOf(granule);
    return overUnits([&](Value kvHead, Value query, Value best) {
      Value none = b.splat(b.i32(0), columns);
      StoredRows rows(b, op.getKey(), list[0], kvHead);
      auto sums = b.loop(
          b.index(0), b.index(granule), b.index(kStride), {blank(), none},
          [&](Value offset, ValueRange now) {
            Value places = keysAt(starts, lengths, all, offset);
            Value dots = product(now[0], query, rows, places);
            // A key that is not there adds nothing, not 0 times Inf.
            Value sum =
                b.map({dots, now[0], perColumn(places)}, [&](ValueRange x) {
                  return b.select(isThere(x[2]), x[0], x[1]);
                });
            Value count = b.map({now[1], places}, [&](ValueRange x) {
              return b.add(x[0], b.select(isThere(x[1]), b.i32(1), b.i32(0)));
            });
            return SmallVector<Value>{sum, count};
          });
      Value mean = b.map({sums[0], perColumn(sums[1])}, [&](ValueRange x) {
        Value keys = arith::SIToFPOp::create(b, b.getF32Type(), x[1]);
        return Value(arith::DivFOp::create(b, x[0], keys));
      });
      return fold(best, mean, b.map({sums[1]}, [&](ValueRange x) {
        return b.sub(x[0], b.i32(1));
      }));
    });
  }

  /// S10b: [max(q, 0), min(q, 0)] . [hi, lo] with the box of each range.
  Value bound(Value starts, Value lengths, int64_t size) {
    // Of fewer keys than a box has there is no box to view.
    auto boxes = dyn_cast<MemRefType>(op.getKey().getType());
    if (boxes && llvm::is_contained(boxes.getShape(), 0))
      return b.splat(nan(), columns);
    int64_t granule = op.getGranule();
    return overUnits([&](Value kvHead, Value query, Value best) {
      Value places = placesOf(starts, lengths, [&](Value s, Value) -> Value {
        return b.div(s, b.i32(size / granule));
      });
      Value high =
          product(blank(), query, side(1, kvHead), places, Sign::Positive);
      Value both =
          product(high, query, side(0, kvHead), places, Sign::Negative);
      return fold(best, both, places);
    });
  }

  int64_t width() const { return columns; }
  Value nan() { return b.f32(std::numeric_limits<double>::quiet_NaN()); }

private:
  /// Starts or lengths of the ranges from `first`; 0 past the list's end.
  Value part(int64_t which, Value first, Value count) {
    return b.generate(b.tile(columns, b.getI32Type()), [&](ValueRange place) {
      Value x = b.add(first, place[0]);
      return b.ifElse(
          b.compare(Predicate::slt, x, count), b.getI32Type(),
          [&] {
            SmallVector<Value> at(list);
            at.append({x, b.index(which)});
            return SmallVector<Value>{b.load(op.getRanges(), at)};
          },
          [&] { return SmallVector<Value>{b.i32(0)}; })[0];
    });
  }

  Value isThere(Value place) {
    return b.compare(Predicate::sge, place, b.i32(0));
  }

  /// How many granules the keys have, and the keys of each.
  std::pair<Value, Value> granulesOf(int64_t granule) {
    Value granules = b.toI32(b.ceilDiv(keys, b.index(granule)));
    return {granules, b.i32(granule)};
  }

  /// Key `offset` of the representative granule of each range.
  Value keysAt(Value starts, Value lengths, std::pair<Value, Value> all,
               Value offset) {
    auto [granules, granuleKeys] = all;
    Value first = b.toI32(offset);
    return placesOf(
        starts, lengths,
        [&, granules = granules, granuleKeys = granuleKeys](Value s, Value n) {
          Value which = representativeOf(s, n, op.getRepresentative());
          // Of a granule past the keys the product may wrap.
          Value there = b.compare(Predicate::ult, which, granules);
          Value row = b.add(b.mul(which, granuleKeys), first);
          return b.select(there, row, b.i32(-1));
        });
  }

  Value representativeOf(Value start, Value length, Representative which) {
    if (which == Representative::First)
      return start;
    if (which == Representative::Last)
      return b.sub(b.add(start, length), b.i32(1));
    return b.add(start, arith::ShRUIOp::create(b, length, b.i32(1)));
  }

  /// Rows to read for each range; -1 for none that can be read (S24).
  Value placesOf(Value starts, Value lengths,
                 function_ref<Value(Value, Value)> rowOf) {
    Value end = b.toI32(keys);
    return b.map({starts, lengths}, [&](ValueRange x) {
      Value row = rowOf(x[0], x[1]);
      Value live = b.both(b.compare(Predicate::sgt, x[1], b.i32(0)),
                          b.compare(Predicate::ult, row, end));
      return readable->orNone(b, b.select(live, row, b.i32(-1)));
    });
  }

  Value blank() { return b.splat(b.f32(0), {rows, columns}); }

  Value product(Value acc, Value query, const StoredRows &rows, Value places,
                std::optional<Sign> sign = {}) {
    SignAttr only = sign ? SignAttr::get(b.getContext(), *sign) : SignAttr();
    return b.dot(acc, query, rows.gather(b, places), /*transposeB=*/true,
                 /*skipZero=*/Value(), only);
  }

  Value fold(Value best, Value dots, Value places) {
    Value here = b.reduce(TileReduceKind::MaxNumber, dots, 0);
    return b.map({best, here, places}, [&](ValueRange x) -> Value {
      return arith::MaxNumFOp::create(b, x[0],
                                      b.select(isThere(x[2]), x[1], nan()));
    });
  }

  /// The minima (0) or maxima (1) of a head's boxes, as rows. A subview would
  /// drop the first size of 1 that it meets, such as that of one KV head.
  StoredRows side(int64_t which, Value kvHead) {
    constexpr unsigned kSide = 3;
    if (isa<KvType>(op.getKey().getType()))
      return StoredRows(b, op.getKey(), list[0], kvHead, b.index(which));
    auto type = cast<MemRefType>(op.getKey().getType());
    auto all = memref::ExtractStridedMetadataOp::create(b, op.getKey());
    SmallVector<OpFoldResult> sizes = all.getConstifiedMixedSizes(),
                              strides = all.getConstifiedMixedStrides();
    Value stride =
        getValueOrCreateConstantIndexOp(b, b.getLoc(), strides[kSide]);
    Value offset = getValueOrCreateConstantIndexOp(
        b, b.getLoc(), all.getConstifiedMixedOffset());
    offset = b.add(offset, b.mul(stride, b.index(which)));
    sizes.erase(sizes.begin() + kSide);
    strides.erase(strides.begin() + kSide);
    auto [staticSizes, dynamicSizes] = decomposeMixedValues(sizes);
    auto [staticStrides, dynamicStrides] = decomposeMixedValues(strides);
    auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic,
                                         staticStrides);
    Value bounds = memref::ReinterpretCastOp::create(
        b, MemRefType::get(staticSizes, type.getElementType(), layout),
        all.getBaseBuffer(), OpFoldResult(offset), sizes, strides);
    return StoredRows(b, bounds, list[0], kvHead);
  }

  /// Tiles of stacked rows, less those past the last query row.
  Value countParts() {
    Value live = b.ceilDiv(b.sub(lastRow, firstRow), b.index(op.getQStride()));
    return b.ceilDiv(b.mul(live, b.index(stacked)), b.index(rows));
  }

  /// Which KV head of those that share the list, and which tile of its rows.
  std::pair<Value, Value> locate(Value unit) {
    if (share == stacked)
      return {b.index(0), unit};
    return {b.div(unit, liveParts),
            b.createOrFold<arith::RemUIOp>(unit, liveParts)};
  }

  /// Folds what `visit` gives over the tiles of query rows.
  Value
  overUnits(function_ref<Value(Value kvHead, Value query, Value best)> visit) {
    Value none = b.splat(nan(), columns);
    Value firstKv = b.div(firstHead, b.index(group));
    if (units == 1)
      return visit(firstKv, query, none);
    Value tiles = b.mul(b.index(share / stacked), liveParts);
    return b.loop(b.index(0), tiles, b.index(1), {none},
                  [&](Value unit, ValueRange carried) {
                    Value kvHead = b.add(firstKv, locate(unit).first);
                    return SmallVector<Value>{
                        visit(kvHead, makeQuery(unit), carried[0])};
                  })[0];
  }

  /// The query rows of a unit.
  Value makeQuery(Value unit) {
    if (isLoaded())
      return loadQuery(unit);
    return b.generate(b.tile({rows, headSize}, stored()), [&](ValueRange at) {
      return queryNumber(unit, at[0], at[1]);
    });
  }

  Type stored() { return elementOf(op.getQuery().getType()); }

  /// Whether each tile begins with the first of the stacked heads.
  bool isLoaded() {
    return op.getReduce() == RowReduce::Max &&
           (parts == 1 || rows % stacked == 0);
  }

  /// Sampled rows of the stacked heads; past the last one it is there again,
  /// which no maximum notices.
  Value loadQuery(Value unit) {
    Value array = QueryRows::arrayOf(op.getQuery());
    auto type = cast<MemRefType>(array.getType());
    Value samples =
        b.ceilDiv(b.sub(lastRow, firstRow), b.index(op.getQStride()));
    SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)), sizes,
        strides(4, b.getIndexAttr(1));
    for (int64_t i = 0; i < 4; ++i)
      sizes.push_back(getAsOpFoldResult(b.size(array, i)));
    offsets[2] = liveRows->placeOf(b, firstRow);
    sizes[2] = samples;
    strides[2] = b.getIndexAttr(op.getQStride());
    auto sampled = cast<MemRefType>(
        memref::SubViewOp::inferResultType(type, offsets, sizes, strides));
    Value view =
        memref::SubViewOp::create(b, sampled, array, offsets, sizes, strides);
    auto [which, part] = locate(unit);
    Value head = b.add(firstHead, b.mul(which, b.index(stacked)));
    Value first = b.mul(part, b.index(rows / stacked));
    return b.load(
        b.rows(view, {liveRows->entry, head, first}, samples, stacked), rows,
        Boundary::Clamp);
  }

  /// Number `d` of tile row `r`; a row that takes no part is NaN, which no
  /// maximum keeps.
  Value queryNumber(Value unit, Value r, Value d) {
    Value heads = b.index(stacked);
    auto [which, part] = locate(unit);
    // Heads take turns, so that the rows of a short block are in front.
    Value number = b.add(b.mul(part, b.index(rows)), r);
    Value head = b.add(b.add(firstHead, b.mul(which, heads)),
                       b.createOrFold<arith::RemUIOp>(number, heads));
    Value sample = b.div(number, heads);
    Value row = b.add(firstRow, b.mul(sample, b.index(op.getQStride())));
    Value live =
        b.both(b.compare(Predicate::slt, number, b.index(stacked * sampled)),
               b.compare(Predicate::slt, row, lastRow));
    return b.ifElse(
        live, stored(),
        [&] { return SmallVector<Value>{rowNumber(head, row, d)}; },
        [&] { return SmallVector<Value>{b.narrow(nan(), stored())}; })[0];
  }

  /// S9: the row itself, or the mean of the live rows of its group.
  Value rowNumber(Value head, Value row, Value d) {
    auto number = [&](Value i) {
      SmallVector<Value> at = liveRows->at(b, head, i);
      at.push_back(d);
      return b.load(QueryRows::arrayOf(op.getQuery()), at);
    };
    if (op.getReduce() == RowReduce::Max)
      return number(row);
    Value end = b.min(b.add(row, b.index(op.getQStride())), lastRow);
    Value sum =
        b.loop(row, end, b.index(1), {b.f32(0)}, [&](Value i, ValueRange acc) {
          return SmallVector<Value>{b.add(acc[0], b.widen(number(i)))};
        })[0];
    Value live =
        arith::SIToFPOp::create(b, b.getF32Type(), b.toI32(b.sub(end, row)));
    Value mean = arith::DivFOp::create(b, sum, live);
    return b.narrow(mean, stored());
  }

  TileBuilder &b;
  OpTy op;
  ScoreAttrInterface kind;
  /// Ranges scored at a time.
  int64_t columns;
  int64_t share, group, stacked, sampled, rows, parts, units, headSize;
  SmallVector<Value> list;
  Value query, firstHead, firstRow, lastRow, keys, liveParts;
  std::optional<QueryRows> liveRows;
  std::optional<ReadableKeys> readable;
};

/// S11 on a tile of ranges: halves, of which the better one is kept.
class Descent {
public:
  Descent(TileBuilder &b, DescendOp op)
      : b(b), op(op), kernel(b, op, TokenScoreAttr::get(b.getContext())) {}

  void run(ValueRange list) {
    kernel.run(list, [&](Value s, Value n) { return descend(s, n); });
  }

private:
  Value token(Value starts, Value lengths) {
    return kernel.token(starts, lengths);
  }

  Value descend(Value starts, Value lengths) {
    bool first = op.getRepresentative() == Representative::First;
    if (op.getLevels() == 0)
      return token(starts, lengths);
    // With `first`, a range and its first half have one representative.
    Value none = b.splat(kernel.nan(), kernel.width());
    Value score = first ? token(starts, lengths) : none;
    auto state =
        b.loop(b.index(0), b.index(op.getLevels()), b.index(1),
               {starts, lengths, score, none},
               [&](Value, ValueRange now) { return step(now, first); });
    return state[op.getPathScore() == PathScore::Leaf ? 2 : 3];
  }

  SmallVector<Value> step(ValueRange now, bool first) {
    Value half = b.map({now[1]}, [&](ValueRange n) -> Value {
      Value more = b.add(n[0], b.i32(1));
      return arith::ShRUIOp::create(b, more, b.i32(1));
    });
    Value rest =
        b.map({now[1], half}, [&](ValueRange n) { return b.sub(n[0], n[1]); });
    Value second =
        b.map({now[0], half}, [&](ValueRange s) { return b.add(s[0], s[1]); });
    Value left = first ? Value(now[2]) : token(now[0], half);
    Value right = token(second, rest);
    // An empty half scores NaN, so the first one stays.
    auto choose = [&](Value ifRight, Value ifLeft) {
      return b.map({ifRight, ifLeft, right, left}, [&](ValueRange x) {
        return b.select(b.greater(x[2], x[3]), x[0], x[1]);
      });
    };
    Value leaf = choose(right, left);
    Value path = b.map({leaf, now[3]}, [&](ValueRange x) {
      return b.select(b.greater(x[0], x[1]), x[0], x[1]);
    });
    return {choose(second, now[0]), choose(rest, half), leaf, path};
  }

  TileBuilder &b;
  DescendOp op;
  ScoreKernel<DescendOp> kernel;
};

} // namespace

void mlir::hip::tile::lower(TileBuilder &b, ScoreOp op) {
  onEachList(b, op, op.getCounts(), [&](ValueRange list) {
    ScoreKernel<ScoreOp> kernel(b, op, op.getKind());
    kernel.run(list, [&](Value starts, Value lengths) {
      return kernel.score(starts, lengths);
    });
  });
}

void mlir::hip::tile::lower(TileBuilder &b, DescendOp op) {
  onEachList(b, op, op.getCounts(),
             [&](ValueRange list) { Descent(b, op).run(list); });
}
