//===- support/KeyStorage.h - What keys are read from
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_KEYSTORAGE_H
#define HIP_PASSES_SUPPORT_KEYSTORAGE_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// The arrays of keys or values: a single one, or those of a KV view (S23).
/// Passes use this rather than look for the op that made the view.
struct KeyStorage {
  KeyStorage() = default;
  explicit KeyStorage(Value keys);

  /// Whether a value of `op` is a KV view.
  static bool isView(Operation *op);

  /// Rows of a page.
  int64_t pageSize() const;
  /// Keys of a row, which is 1 except for summaries, and the pages of those
  /// keys.
  int64_t keysOfRow() const { return box; }
  int64_t pagesOfRow() const { return span; }

  /// [B, Hkv, T, D], or T and Hkv where `axes` say; of packed sequences [total,
  /// Hkv, D], of pages [P, page, Hkv, D], of their summaries [P, rows, Hkv, 2,
  /// D].
  Value rows;
  KvAxes axes = axesOf(std::nullopt);
  /// [B + 1], of packed sequences alone.
  Value starts;
  /// [B, max_pages] and [B], of pages alone.
  Value table, lengths;
  /// [Hkv], if 8-bit floats have scales.
  Value scales;

private:
  int64_t box = 1, span = 1;
};

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_KEYSTORAGE_H
