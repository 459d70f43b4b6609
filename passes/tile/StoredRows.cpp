//===- tile/StoredRows.cpp - Keys or values of a head as tiles
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/StoredRows.h"
#include "dialect/HipVerify.h"
#include "passes/support/KeyStorage.h"
#include "passes/support/Keys.h"
#include "passes/support/RowMap.h"

using namespace mlir;
using namespace mlir::hip;

StoredRows::StoredRows(TileBuilder &b, Value keys, Value batch, Value head,
                       Value side)
    : view(RowMap(keys, batch, head, side).view(b)),
      type(elementOf(keys.getType())) {
  KeyStorage from(keys);
  stored = elementOf(from.rows.getType());
  if (from.scales)
    scale = b.load(from.scales, head);
}

Value StoredRows::gather(TileBuilder &b, Value numbers, int64_t runs) const {
  Value tile = b.gather(view, numbers, runs);
  if (stored == type)
    return tile;
  return b.map({tile}, [&](ValueRange x) {
    Value number = arith::BitcastOp::create(b, stored, x[0]);
    return readNarrow(b, number, scale, type);
  });
}
