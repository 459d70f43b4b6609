//===- tile/StoredRows.h - Keys or values of a head as tiles
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TILE_STOREDROWS_H
#define HIP_PASSES_TILE_STOREDROWS_H

#include "passes/tile/TileBuilder.h"

namespace mlir::hip {

/// The rows of an entry and a head of a memref [B, H, T, D] or a KV view on
/// memrefs.
class StoredRows {
public:
  StoredRows() = default;
  /// Of a view of summaries one `side` of their boxes (RowMap).
  StoredRows(TileBuilder &b, Value keys, Value batch, Value head,
             Value side = {});

  /// Rows by their numbers, of which each `runs` follow each other, in the type
  /// of the view (S23).
  Value gather(TileBuilder &b, Value numbers, int64_t runs = 1) const;

private:
  Value view, scale;
  Type stored, type;
};

} // namespace mlir::hip

#endif // HIP_PASSES_TILE_STOREDROWS_H
