//===- support/RowMap.h - Where rows of a view lie
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_ROWMAP_H
#define HIP_PASSES_SUPPORT_ROWMAP_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Where a row lies: `storage[indices..., :]`. Those of the indices that are
/// the same for all rows of the view are `fixed`.
struct RowPlace {
  Value storage;
  SmallVector<Value> indices, fixed;
};

/// From the number of a row to its position in memory: of a `hip.tile.view`, or
/// of the keys of an entry and a head. Page tables and offsets of sequences are
/// read nowhere else.
class RowMap {
public:
  explicit RowMap(TileViewOp view);
  /// Rows of a memref [B, H, T, D] or a KV view on memrefs: row j is key j. Of
  /// a view of summaries row j is one `side` of box j: minima (0) or maxima
  /// (1).
  RowMap(Value keys, Value batch, Value head, Value side = {});

  /// The view that has this map, with rows of the array's last dimension.
  Value view(ScalarBuilder &b) const;

  /// Row `r`; any place where `live` is given and not set.
  RowPlace at(ScalarBuilder &b, Value r, Value live = {}) const;

  /// Row `r`, whose last index is clamped to `last` if that is given.
  RowPlace held(ScalarBuilder &b, Value r, Value last) const;

  /// What `boundary` clamps the last index of a row to; null for nothing.
  Value lastIndex(ScalarBuilder &b, Boundary boundary) const;
  /// Whether a row at this place is before the end.
  Value isThere(ScalarBuilder &b, const RowPlace &place) const;

private:
  Value lookUp(ScalarBuilder &b, Value r, Value live) const;
  Value lastPages(ScalarBuilder &b) const;

  Value source;
  /// Null for 0.
  SmallVector<Value> indices;
  AffineMap map;
  Value end, table, entry;
  std::optional<int64_t> page;
  /// Pages of a row, the last of which has it.
  int64_t span = 1;
};

/// The view that rows are of.
TileViewOp viewOf(Value rows);

/// Where an entry of packed sequences starts, clamped to what is stored (S24).
Value startOf(ScalarBuilder &b, Value starts, Value entry, Value storage);

/// The page that has row `r` of an entry, as the table says. A row of several
/// pages is with the last one.
Value pageOf(ScalarBuilder &b, Value table, Value entry, Value r, Value page,
             int64_t span = 1);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_ROWMAP_H
