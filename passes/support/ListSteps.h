//===- support/ListSteps.h - Steps on one range list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_LISTSTEPS_H
#define HIP_PASSES_SUPPORT_LISTSTEPS_H

#include "passes/support/Keys.h"
#include "passes/support/Team.h"

namespace mlir::hip {

/// On a step on lists: the query has at most so many rows.
constexpr StringLiteral kFewRows = "hip.few_rows";

/// One list of ranges, read or written entry by entry.
struct RangeList {
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
  /// Appends the range of each thread at `next` where `kept`; returns the next
  /// place.
  Value append(ScalarBuilder &b, Team &team, Value next, Value kept,
               Value start, Value length) const {
    Value one = b.select(kept, b.index(1), b.index(0));
    auto [before, all] = team.scan(one);
    b.when(kept, [&] { write(b, b.add(next, before), start, length); });
    return b.add(next, all);
  }
};

/// What `op` writes for list {batch, selection head, query block} (S6, S7,
/// S16). Integer work alone, the same in loops and in kernels.
void emitList(ScalarBuilder &b, Team &team, PartitionOp op, ValueRange list);
void emitList(ScalarBuilder &b, Team &team, SplitOp op, ValueRange list);
void emitList(ScalarBuilder &b, Team &team, BlocksOp op, ValueRange list);

/// The blocks of block_k keys that are candidates of a list: [first, end), of
/// keys that there are (S3, S24).
struct Candidates {
  Value first, end;
};
template <typename OpTy>
Candidates candidatesOf(ScalarBuilder &b, OpTy op, ValueRange list) {
  Value batch = list[0], block = list[2], blockK = b.index(op.getBlockK());
  Value keys = keyCount(b, op.getKey(), batch);
  Value position0 = firstPosition(b, op.getPositions(),
                                  b.size(op.getQuery(), 2), keys, batch);
  Value band =
      op.getBandStart()
          ? b.loadIndex(op.getBandStart(), {batch, block})
          : bandStart(b, op.getBand(), op.getBlockQ(), block, position0, keys);
  Value end = b.max(b.min(band, keys), b.index(0));
  return {b.ceilDiv(b.index(op.getBand().getSink()), blockK),
          b.div(end, blockK)};
}
/// A count held to 0 and the length of its list (S24).
Value heldCount(ScalarBuilder &b, Value counts, Value blocks, ValueRange list);

/// How many entries of `list` are no candidates (S24) or not above the one
/// before them (S5).
void emitList(ScalarBuilder &b, Team &team, CheckListOp op, ValueRange list);

/// The distinct candidates among the blocks of all lists, in order (S16b).
void emitList(ScalarBuilder &b, Team &team, UnionOp op, ValueRange list);

/// Entry {batch, KV head, box} of a summary, if its keys are all there (S10b).
void emitBox(ScalarBuilder &b, Team &team, SummarizeOp op, ValueRange box);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_LISTSTEPS_H
