//===- support/Queries.h - Rows of a batch entry
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_QUERIES_H
#define HIP_PASSES_SUPPORT_QUERIES_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// The query rows of a batch entry: of an array [B, Hq, Tq, D], or packed with
/// those of other entries (S1b). Outs of attention are stored like queries.
struct QueryRows {
  QueryRows(ScalarBuilder &b, Value query, Value batch);

  /// The array that has the rows of `query`.
  static Value arrayOf(Value query);
  /// Whether a value of `op` is a view of queries.
  static bool isView(Operation *op);

  /// Row `i` of query head `head`: in the array of queries, of outs and of lse.
  SmallVector<Value> at(ScalarBuilder &b, Value head, Value i) const {
    return {entry, head, placeOf(b, i)};
  }
  /// The last index of row `i`.
  Value placeOf(ScalarBuilder &b, Value i) const {
    return start ? b.add(start, i) : i;
  }

  /// Of packed queries 0, and [B + 1].
  Value entry, offsets;
  /// The first row and the number of rows, clamped to what is stored (S24). An
  /// array has no first row.
  Value start, count;
};

/// `number` of a list for the query rows from `firstRow` on; 0 past the last
/// row of packed queries, where no list has anything.
Value ofLiveRows(ScalarBuilder &b, const QueryRows &rows, Value firstRow,
                 Value number);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_QUERIES_H
