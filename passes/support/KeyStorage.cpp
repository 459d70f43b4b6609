//===- support/KeyStorage.cpp - What keys are read from
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/KeyStorage.h"
#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

KeyStorage::KeyStorage(Value keys) : rows(keys) {
  Operation *def = keys.getDefiningOp();
  if (auto contiguous = dyn_cast_or_null<KvContiguousOp>(def)) {
    rows = contiguous.getStorage();
    axes = axesOf(contiguous.getLayout());
    scales = contiguous.getScales();
  }
  if (auto ragged = dyn_cast_or_null<KvRaggedOp>(def)) {
    rows = ragged.getStorage();
    starts = ragged.getOffsets();
    scales = ragged.getScales();
  }
  if (auto paged = dyn_cast_or_null<KvPagedOp>(def)) {
    rows = paged.getPages();
    table = paged.getTable();
    lengths = paged.getLengths();
    scales = paged.getScales();
  }
  if (auto kept = dyn_cast_or_null<KvSummariesOp>(def)) {
    rows = kept.getPages();
    table = kept.getTable();
    lengths = kept.getLengths();
    box = kept.getBox();
    span = std::max<int64_t>(1, box / int64_t(kept.getPage()));
  }
}

bool KeyStorage::isView(Operation *op) {
  return isa_and_nonnull<KvContiguousOp, KvRaggedOp, KvPagedOp, KvSummariesOp>(
      op);
}

int64_t KeyStorage::pageSize() const { return shapeOf(rows.getType())[1]; }
