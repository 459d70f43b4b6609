//===- support/Queries.cpp - Rows of a batch entry
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Queries.h"

using namespace mlir;
using namespace mlir::hip;

static QueryRaggedOp packed(Value query) {
  return query.getDefiningOp<QueryRaggedOp>();
}

Value QueryRows::arrayOf(Value query) {
  QueryRaggedOp view = packed(query);
  return view ? view.getStorage() : query;
}

bool QueryRows::isView(Operation *op) {
  return isa_and_nonnull<QueryRaggedOp>(op);
}

QueryRows::QueryRows(ScalarBuilder &b, Value query, Value batch)
    : entry(batch) {
  QueryRaggedOp view = packed(query);
  if (!view) {
    count = b.size(query, 2);
    return;
  }
  offsets = view.getOffsets();
  Value total = b.size(view.getStorage(), 2);
  entry = b.index(0);
  start = b.clamp(b.loadIndex(offsets, batch), entry, total);
  Value end = b.loadIndex(offsets, b.add(batch, b.index(1)));
  count = b.min(b.sub(b.clamp(end, start, total), start), view.getMost());
}

Value mlir::hip::ofLiveRows(ScalarBuilder &b, const QueryRows &rows,
                            Value firstRow, Value number) {
  if (!rows.start)
    return number;
  Value live = b.compare(arith::CmpIPredicate::slt, firstRow, rows.count);
  return b.select(live, number, b.index(0));
}
