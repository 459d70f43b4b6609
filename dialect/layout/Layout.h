//===- layout/Layout.h - Which thread has which element of a tile
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One algebra for all layouts of registers, and the form of rows in shared
// memory. Plain integers, so that code generation and tests call the same
// functions.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_LAYOUT_LAYOUT_H
#define HIP_DIALECT_LAYOUT_LAYOUT_H

#include <cstdint>
#include <vector>

namespace mlir::hip::layout {

constexpr int64_t kWarp = 32, kWarpgroup = 4 * kWarp;

/// Sizes of one mma m16n8k16 for f16 and bf16.
constexpr int64_t kMmaRows = 16, kMmaColumns = 8, kMmaInner = 16;

constexpr int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The position of an element in a tile, or the distance between two. Vectors
/// have only rows.
struct Place {
  int64_t row = 0, column = 0;

  bool operator==(const Place &) const = default;
  int64_t along(int64_t axis) const { return axis == 0 ? row : column; }
};

/// One digit of a mixed-radix number: it counts up to `size`, and each count
/// moves by `step` in the tile. A step of zero makes copies.
struct Digit {
  int64_t size;
  Place step;

  bool isCopy() const { return step == Place{}; }
};

/// Register r of thread t has the element at the sum of their digits' steps,
/// the least significant digit first. Sizes need not be powers of two. Elements
/// outside of `shape` are padding.
struct Layout {
  Place shape;
  std::vector<Digit> registers, threads;

  static int64_t count(const std::vector<Digit> &digits) {
    int64_t count = 1;
    for (const Digit &digit : digits)
      count *= digit.size;
    return count;
  }
  int64_t registerCount() const { return count(registers); }
  int64_t threadCount() const { return count(threads); }

  /// Distance of a register's element from that of register 0.
  Place registerPlace(int64_t number) const { return place(registers, number); }
  /// The element of register 0.
  Place threadPlace(int64_t number) const { return place(threads, number); }

  /// The register whose element is `distance` from that of register 0, or -1.
  int64_t registerAt(Place distance) const {
    for (int64_t i = 0, e = registerCount(); i < e; ++i)
      if (registerPlace(i) == distance)
        return i;
    return -1;
  }

  /// Whether threads have elements past the tile's end along an axis.
  bool hasPadding(int64_t axis) const {
    int64_t last = 0;
    for (const auto *digits : {&registers, &threads})
      for (const Digit &digit : *digits)
        last += (digit.size - 1) * digit.step.along(axis);
    return last >= shape.along(axis);
  }

private:
  static Place place(const std::vector<Digit> &digits, int64_t number) {
    Place at;
    for (const Digit &digit : digits) {
      int64_t value = number % digit.size;
      at.row += value * digit.step.row;
      at.column += value * digit.step.column;
      number /= digit.size;
    }
    return at;
  }
};

/// A matrix as accumulators of mma m16n8 over a grid of warps: blocks of 16
/// rows go round-robin to the warps of a grid column, and each warp of a grid
/// row has a strip of columns.
inline Layout mma(int64_t rows, int64_t columns, int64_t rowWarps,
                  int64_t columnWarps) {
  int64_t rowBlocks = ceilDiv(rows, kMmaRows * rowWarps),
          columnBlocks = ceilDiv(columns, kMmaColumns * columnWarps);
  Layout layout{{rows, columns}, {}, {}};
  layout.registers = {{2, {0, 1}},
                      {2, {8, 0}},
                      {columnBlocks, {0, kMmaColumns}},
                      {rowBlocks, {kMmaRows * rowWarps, 0}}};
  layout.threads = {{4, {0, 2}},
                    {8, {1, 0}},
                    {columnWarps, {0, columnBlocks * kMmaColumns}},
                    {rowWarps, {kMmaRows, 0}}};
  return layout;
}

/// A vector aligned with the rows (axis 1 is dropped) or columns (axis 0) of a
/// matrix: registers that differ only along that axis become one, and threads
/// that do hold copies.
inline Layout slice(const Layout &matrix, int64_t axis) {
  auto kept = [&](const Digit &digit) {
    return Digit{digit.size, {digit.step.along(1 - axis), 0}};
  };
  Layout vector{{matrix.shape.along(1 - axis), 1}, {}, {}};
  for (const Digit &digit : matrix.registers)
    if (Digit rest = kept(digit); !rest.isCopy())
      vector.registers.push_back(rest);
  for (const Digit &digit : matrix.threads)
    vector.threads.push_back(kept(digit));
  return vector;
}

/// A vector distributed cyclically over `count` threads.
inline Layout dealt(int64_t size, int64_t count) {
  return {{size, 1}, {{ceilDiv(size, count), {count, 0}}}, {{count, {1, 0}}}};
}

//===----------------------------------------------------------------------===//
// Rows in shared memory
//===----------------------------------------------------------------------===//

/// Bytes of the vectors that ldmatrix, cp.async and swizzles move.
constexpr int64_t kVectorBytes = 16;

/// Bytes from a row in shared memory to the next, for rows of `bytes`: an odd
/// number of 16-byte vectors, so that the eight rows of an ldmatrix phase are
/// in different banks.
constexpr int64_t paddedPitch(int64_t bytes) {
  return (ceilDiv(bytes, kVectorBytes) | 1) * kVectorBytes;
}

/// The widest swizzle for rows of `bytes`: 128, 64 or 32 bytes, the names that
/// wgmma descriptors and tensor maps use, of which a row is a multiple; else 0.
constexpr int64_t widestSwizzle(int64_t bytes) {
  for (int64_t width : {128, 64, 32})
    if (bytes % width == 0)
      return width;
  return 0;
}

/// Rows of an atom of a swizzled matrix.
constexpr int64_t kAtomRows = 8;

/// The offset of a byte of a row in a matrix whose rows are `pitch` bytes
/// apart. A swizzled matrix consists of atoms of eight rows by `swizzle` bytes:
/// first those of `strip` rows below each other, then those beside them, as in
/// wgmma descriptors and boxes of tensor maps. In an atom the vectors of a row
/// are permuted by the row's number; rows of less than 128 bytes share a line
/// across all banks, and are permuted by the number of that line.
constexpr int64_t offsetOf(int64_t row, int64_t byte, int64_t pitch,
                           int64_t swizzle, int64_t strip = kAtomRows) {
  if (swizzle == 0)
    return row * pitch + byte;
  int64_t atom = row / strip * pitch * strip + byte / swizzle * swizzle * strip;
  int64_t inner = row % strip, line = inner * swizzle / 128;
  int64_t moved = line % (swizzle / kVectorBytes) * kVectorBytes;
  return atom + inner * swizzle + (byte % swizzle ^ moved);
}

//===----------------------------------------------------------------------===//
// Thread blocks
//===----------------------------------------------------------------------===//

/// A warp for every 16 rows of a tile, up to 8.
constexpr int64_t warpsOfRows(int64_t rows) {
  int64_t warps = ceilDiv(rows, kMmaRows);
  return warps < 8 ? warps : 8;
}

/// Threads for `count` elements: whole warps, up to 8.
constexpr int64_t threadsOf(int64_t count) {
  int64_t warps = ceilDiv(count, kWarp);
  return (warps < 8 ? warps : 8) * kWarp;
}

} // namespace mlir::hip::layout

#endif // HIP_DIALECT_LAYOUT_LAYOUT_H
