//===- tile/TileSummaries.cpp - Summaries beside pages, as keys come
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "passes/support/Keys.h"
#include "passes/tile/Lowering.h"
#include "passes/tile/ThreadGroup.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

namespace {

/// What one thread block does: a box of an entry and a KV head, if the keys
/// that came have completed it (S17b).
class KeptBox {
public:
  KeptBox(ScalarBuilder &b, UpdateSummariesOp op, ValueRange place)
      : b(b), op(op), from(op.getKey()), batch(place[0]), head(place[1]) {
    int64_t page = from.pageSize(), granule = op.getGranule();
    run = std::min(page, granule);
    pages = granule / run;
    Value keys = keyCount(b, op.getKey(), batch);
    Value old = b.max(b.sub(keys, op.getRows()), b.index(0));
    box = b.add(b.div(old, b.index(granule)), place[2]);
    isWhole = b.compare(Predicate::slt, box, b.div(keys, b.index(granule)));
  }

  void update(ThreadGroup &group) {
    b.when(isWhole, [&] {
      Value page = pageOfPart(b.index(pages - 1)), kept = op.getOuts()[0];
      // S24: of a page that is not there nothing is kept.
      b.when(b.compare(Predicate::ult, page, b.size(kept, 0)), [&] {
        group.each(b.size(kept, 4), [&](Value d) {
          SmallVector<Value> ends = bounds(d);
          Value rows = b.size(kept, 1);
          Value row = arith::RemUIOp::create(b, box, rows);
          for (int64_t side : {0, 1})
            b.store(ends[side], kept, {page, row, head, b.index(side), d});
        });
      });
    });
  }

private:
  /// The first key of a part of the box, which has no keys of two pages.
  Value firstKey(Value part) {
    Value first = b.mul(box, b.index(op.getGranule()));
    return b.add(first, b.mul(part, b.index(run)));
  }

  Value pageOfPart(Value part) {
    return pageOf(b, from.table, batch, firstKey(part),
                  b.index(from.pageSize()));
  }

  /// Minimum and maximum of number `d` of the keys whose pages are there; NaN
  /// where none is. A table is read once for all keys of a page.
  SmallVector<Value> bounds(Value d) {
    auto type = cast<FloatType>(elementOf(op.getKey().getType()));
    Value none = arith::ConstantOp::create(
        b, b.getFloatAttr(type, APFloat::getNaN(type.getFloatSemantics())));
    Value no = arith::ConstantOp::create(b, b.getBoolAttr(false));
    auto ends = b.loop(b.index(0), b.index(pages), b.index(1), {none, none, no},
                       [&](Value part, ValueRange now) {
                         Value page = pageOfPart(part);
                         Value first = arith::RemUIOp::create(
                             b, firstKey(part), b.index(from.pageSize()));
                         Value isThere = b.compare(Predicate::ult, page,
                                                   b.size(from.rows, 0));
                         return b.ifElse(
                             isThere, now.getTypes(),
                             [&] { return widened(page, first, d, now); },
                             [&] { return llvm::to_vector_of<Value>(now); });
                       });
    ends.pop_back();
    return ends;
  }

  /// {minimum, maximum, whether there are any} with the keys of a page from row
  /// `start` on, several of which are loaded before the first is waited for.
  SmallVector<Value> widened(Value page, Value start, Value d, ValueRange now) {
    int64_t together = std::min<int64_t>(run, kTogether);
    return b.loop(b.index(0), b.index(run), b.index(together), now,
                  [&](Value first, ValueRange so) {
                    SmallVector<Value> keys;
                    for (int64_t x = 0; x < together; ++x) {
                      Value row = b.add(start, b.add(first, b.index(x)));
                      keys.push_back(load(page, row, d));
                    }
                    return withAll(keys, so);
                  });
  }

  SmallVector<Value> withAll(ArrayRef<Value> keys, ValueRange now) {
    Value least = now[0], most = now[1];
    for (auto [x, key] : llvm::enumerate(keys)) {
      Value low = arith::MinimumFOp::create(b, least, key),
            high = arith::MaximumFOp::create(b, most, key);
      least = x ? low : b.select(now[2], low, key);
      most = x ? high : b.select(now[2], high, key);
    }
    return {least, most, arith::ConstantOp::create(b, b.getBoolAttr(true))};
  }

  Value load(Value page, Value row, Value d) {
    Value number = b.load(from.rows, {page, row, head, d});
    return asKey(b, op.getKey(), head, number);
  }

  static constexpr int64_t kTogether = 16;

  ScalarBuilder &b;
  UpdateSummariesOp op;
  KeyStorage from;
  Value batch, head, box, isWhole;
  /// Keys of a part of a box, and its parts.
  int64_t run, pages;
};

} // namespace

/// A thread block for each box that so many rows may complete, as many as the
/// host knows of; which those are the lengths say.
void mlir::hip::tile::lower(TileBuilder &b, UpdateSummariesOp op) {
  int64_t threads = scheduleOf(op).getThreads();
  Value boxes = b.ceilDiv(op.getRows(), b.index(op.getGranule())),
        heads = b.size(op.getKey(), 1), batch = b.size(op.getKey(), 0);
  b.kernel(threads, {boxes, heads, batch}, [&](ValueRange ids) {
    ThreadGroup group(b, threads);
    KeptBox(b, op, {ids[2], ids[1], ids[0]}).update(group);
  });
}
