//===- tile/ListSteps.h - Steps on one range list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_LISTSTEPS_H
#define HIP_PASSES_TILE_LISTSTEPS_H

#include "passes/support/Keys.h"
#include "passes/tile/ThreadGroup.h"

namespace mlir::hip {

/// S24: how many entries a list has, no more than the capacity of `entries`.
inline Value listLength(ScalarBuilder &b, Value counts, ValueRange list,
                        Value entries) {
  return b.clamp(b.loadIndex(counts, list), b.index(0), b.size(entries, 3));
}

/// S24: the i32 `length` of an entry, or 0 if it is not a range: it starts
/// before granule 0, is empty, or ends beyond an i32.
inline Value rangeLength(ScalarBuilder &b, Value start, Value length) {
  using Predicate = arith::CmpIPredicate;
  Value ends = b.compare(Predicate::sgt, b.add(start, length), start);
  Value begins = b.compare(Predicate::sge, start, b.i32(0));
  return b.select(b.both(begins, ends), length, b.i32(0));
}

/// One list of ranges, read or written entry by entry.
struct RangeList {
  Value ranges;
  SmallVector<Value> list;

  SmallVector<Value> at(ScalarBuilder &b, Value x, int64_t part) const {
    SmallVector<Value> indices = list;
    indices.append({x, b.index(part)});
    return indices;
  }
  Value count(ScalarBuilder &b, Value counts) const {
    return listLength(b, counts, list, ranges);
  }
  Value start(ScalarBuilder &b, Value x) const {
    return b.loadIndex(ranges, at(b, x, 0));
  }
  /// 0 for an entry that is not a range.
  Value length(ScalarBuilder &b, Value x) const {
    return b.toIndex(rangeLength(b, b.load(ranges, at(b, x, 0)),
                                 b.load(ranges, at(b, x, 1))));
  }
  void write(ScalarBuilder &b, Value x, Value start, Value length) const {
    b.storeIndex(start, ranges, at(b, x, 0));
    b.storeIndex(length, ranges, at(b, x, 1));
  }
  /// Writes a range at `place` if it is `kept` and the list is not full.
  void put(ScalarBuilder &b, Value place, Value kept, Value start,
           Value length) const {
    Value capacity = b.size(ranges, 3);
    Value fits = b.compare(arith::CmpIPredicate::slt, place, capacity);
    b.when(b.both(kept, fits), [&] { write(b, place, start, length); });
  }
};

/// Writes list {batch, selection head, query block} of `op` (S6, S7, S16). Only
/// integer work, the same in loops and in kernels.
void emitList(ScalarBuilder &b, ThreadGroup &group, PartitionOp op,
              ValueRange list);
void emitList(ScalarBuilder &b, ThreadGroup &group, SplitOp op,
              ValueRange list);
void emitList(ScalarBuilder &b, ThreadGroup &group, BlocksOp op,
              ValueRange list);

/// How many entries of `list` are no candidates (S24) or not above the one
/// before them (S5), and how many numbers of the view of entry {batch} name no
/// stored key (S24).
void emitList(ScalarBuilder &b, ThreadGroup &group, CheckListOp op,
              ValueRange list);
void emitList(ScalarBuilder &b, ThreadGroup &group, CheckKeysOp op,
              ValueRange batch);

/// The distinct candidates among the blocks of all lists, in order (S16b).
void emitList(ScalarBuilder &b, ThreadGroup &group, UnionOp op,
              ValueRange list);

/// The candidates in which the mask holds, in order (S16c).
void emitList(ScalarBuilder &b, ThreadGroup &group, MaskBlocksOp op,
              ValueRange list);

/// Entry {batch, KV head, box} of a summary, if its keys are all there (S10b).
void emitBox(ScalarBuilder &b, ThreadGroup &group, SummarizeOp op,
             ValueRange box);

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_LISTSTEPS_H
