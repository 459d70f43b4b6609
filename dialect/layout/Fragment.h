//===- layout/Fragment.h - Where the numbers of a tile are on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain integers, so that code generation and tests call the same functions.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_LAYOUT_FRAGMENT_H
#define HIP_DIALECT_LAYOUT_FRAGMENT_H

#include <cstdint>

namespace mlir::hip::layout {

constexpr int64_t kWarp = 32;

/// Sizes of one mma m16n8k16 for f16 and bf16.
constexpr int64_t kMmaRows = 16, kMmaColumns = 8, kMmaInner = 16;

/// A warp for every 16 rows of a tile, up to 8.
constexpr int64_t warpsOfRows(int64_t rows) {
  int64_t warps = (rows + kMmaRows - 1) / kMmaRows;
  return warps < 8 ? warps : 8;
}

/// Threads for `numbers` numbers: whole warps, up to 8.
constexpr int64_t threadsOf(int64_t numbers) {
  int64_t warps = (numbers + kWarp - 1) / kWarp;
  return (warps < 8 ? warps : 8) * kWarp;
}

/// A tile as accumulators of mma m16n8, over a grid of warps. Warps take turns
/// at blocks of 16 rows; each has a contiguous strip of columns. A thread holds
/// `registers()` numbers; number i is at the thread's first row and column plus
/// the offsets of i. Rows and columns past the tile's are padding.
struct Fragment {
  int64_t rows, columns;
  int64_t rowWarps, columnWarps;

  /// Blocks of 16 rows and of 8 columns that one warp has.
  int64_t rowBlocks() const { return ceilDiv(rows, kMmaRows * rowWarps); }
  int64_t columnBlocks() const {
    return ceilDiv(columns, kMmaColumns * columnWarps);
  }
  int64_t registers() const { return rowBlocks() * columnBlocks() * 4; }
  /// Rows and columns of which a thread holds numbers.
  int64_t threadRows() const { return rowBlocks() * 2; }
  int64_t threadColumns() const { return columnBlocks() * 2; }
  bool hasPadding() const { return rowBlocks() * rowWarps * kMmaRows > rows; }

  int64_t registerOf(int64_t rowBlock, int64_t columnBlock, int64_t i) const {
    return (rowBlock * columnBlocks() + columnBlock) * 4 + i;
  }
  /// Which of the thread's rows and columns register i belongs to.
  int64_t rowOf(int64_t i) const {
    return i / (columnBlocks() * 4) * 2 + i % 4 / 2;
  }
  int64_t columnOf(int64_t i) const {
    return i / 4 % columnBlocks() * 2 + i % 2;
  }
  /// Distance of a thread's row or column from its first one.
  int64_t rowOffset(int64_t row) const {
    return row / 2 * rowWarps * kMmaRows + row % 2 * 8;
  }
  int64_t columnOffset(int64_t column) const {
    return column / 2 * kMmaColumns + column % 2;
  }

  int64_t firstRow(int64_t thread) const {
    return thread / kWarp / columnWarps * kMmaRows + thread % kWarp / 4;
  }
  int64_t firstColumn(int64_t thread) const {
    return thread / kWarp % columnWarps * columnBlocks() * kMmaColumns +
           thread % 4 * 2;
  }

private:
  static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
};

/// Bytes from a row in shared memory to the next, for rows of `bytes`: an odd
/// number of 16-byte pieces, so that the eight rows of an ldmatrix phase lie in
/// different banks.
constexpr int64_t sharedPitch(int64_t bytes) {
  return ((bytes + 15) / 16 | 1) * 16;
}

} // namespace mlir::hip::layout

#endif // HIP_DIALECT_LAYOUT_FRAGMENT_H
