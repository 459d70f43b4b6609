//===- support/ListSteps.h - Steps on one range list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_LISTSTEPS_H
#define HIP_PASSES_SUPPORT_LISTSTEPS_H

#include "passes/support/Keys.h"

namespace mlir::hip {

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
  /// Appends the range at `next` unless it is empty; returns the next place.
  Value append(ScalarBuilder &b, Value next, Value start, Value length) const {
    Value some = b.compare(arith::CmpIPredicate::sgt, length, b.index(0));
    b.when(some, [&] { write(b, next, start, length); });
    return b.select(some, b.add(next, b.index(1)), next);
  }
};

/// What `op` writes for list {batch, selection head, query block} (S6, S7,
/// S16). Integer work alone, the same in loops and in kernels.
void emitList(ScalarBuilder &b, PartitionOp op, ValueRange list);
void emitList(ScalarBuilder &b, SplitOp op, ValueRange list);
void emitList(ScalarBuilder &b, BlocksOp op, ValueRange list);

/// Entry {batch, KV head, box} of a summary, if its keys are all there (S10b).
void emitBox(ScalarBuilder &b, SummarizeOp op, ValueRange box);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_LISTSTEPS_H
