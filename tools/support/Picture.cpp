//===- Picture.cpp - What a list keeps, as a picture
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Picture.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace hipc;

namespace hip_tool {

constexpr int64_t kMostCells = 128;
/// Opacities of cells, so that neighbours are often equal and drawn at once.
constexpr int64_t kLevels = 8;
/// Of the plot in the picture, and what is around it.
constexpr int64_t kSide = 256, kLeft = 20, kTop = 24, kRight = 4, kBottom = 20;
// Read on white as well as on black.
constexpr const char *kTextColor = "#768390", *kKeptColor = "#2f81f7";

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

static int64_t cellSize(int64_t count, int64_t multiple) {
  int64_t pieces = llvm::divideCeil(count, multiple);
  return multiple * std::max<int64_t>(1, llvm::divideCeil(pieces, kMostCells));
}

namespace {
/// Pairs of a row and a key that it attends, counted by cells.
struct Cells {
  Cells(const RowRange &range, const PolicySizes &sizes)
      : range(range), listRows(sizes.listBlockQ),
        rowsEach(cellSize(range.rows, sizes.listBlockQ)),
        keysEach(cellSize(range.keys, sizes.listBlockK)),
        down(llvm::divideCeil(range.rows, rowsEach)),
        across(llvm::divideCeil(range.keys, keysEach)), pairs(down * across) {}

  /// What the rows of the list that starts at `row` attend.
  void add(int64_t row, const KeptOfRow &kept);
  int64_t level(int64_t y, int64_t x) const;
  /// Of the pairs that are seen, the share that is attended.
  double share() const;

  int64_t seenBefore(int64_t row, int64_t end) const;
  int64_t seenIn(int64_t row, int64_t begin, int64_t end) const {
    return begin < end ? seenBefore(row, end) - seenBefore(row, begin) : 0;
  }

  RowRange range;
  int64_t listRows, rowsEach, keysEach, down, across;
  std::vector<int64_t> pairs;
};
} // namespace

/// Pairs of the list's rows and the keys before `end` that they see.
int64_t Cells::seenBefore(int64_t row, int64_t end) const {
  int64_t sum = 0;
  for (int64_t last = std::min(row + listRows, range.rows); row < last; ++row)
    sum += std::clamp<int64_t>(range.seen(row), 0, end);
  return sum;
}

void Cells::add(int64_t row, const KeptOfRow &kept) {
  int64_t *cells = &pairs[row / rowsEach * across];
  for (int64_t x = 0; x < across; ++x) {
    int64_t begin = x * keysEach, end = std::min(begin + keysEach, range.keys);
    cells[x] += seenIn(row, begin, std::min(end, kept.sink)) +
                seenIn(row, std::max(begin, kept.band), end);
  }
  // Every row of the list sees all of its blocks (S3).
  int64_t each = kept.blockSize * std::min(listRows, range.rows - row);
  for (int64_t block : kept.blocks)
    cells[block * kept.blockSize / keysEach] += each;
}

int64_t Cells::level(int64_t y, int64_t x) const {
  int64_t rows = std::min(rowsEach, range.rows - y * rowsEach),
          keys = std::min(keysEach, range.keys - x * keysEach);
  double share = double(pairs[y * across + x]) / (rows * keys);
  return std::ceil(kLevels * std::sqrt(share));
}

double Cells::share() const {
  double attended = 0, seen = 0;
  for (int64_t count : pairs)
    attended += count;
  for (int64_t row = 0; row < range.rows; ++row)
    seen += std::max<int64_t>(0, range.seen(row));
  return seen > 0 ? attended / seen : 0;
}

//===----------------------------------------------------------------------===//
// SVG
//===----------------------------------------------------------------------===//

/// Cells of one opacity are a path, those side by side a line of it.
static void drawLevel(llvm::raw_ostream &out, const Cells &cells,
                      int64_t level) {
  out << "<path opacity=\"" << llvm::format("%g", double(level) / kLevels)
      << "\" d=\"";
  for (int64_t y = 0; y < cells.down; ++y)
    for (int64_t x = 0; x < cells.across;) {
      int64_t begin = x++;
      if (cells.level(y, begin) != level)
        continue;
      while (x < cells.across && cells.level(y, x) == level)
        ++x;
      out << "M" << begin << " " << y << "h" << x - begin;
    }
  out << "\"/>\n";
}

static void drawCells(llvm::raw_ostream &out, const Cells &cells) {
  double width = double(kSide) / std::max<int64_t>(1, cells.across),
         height = double(kSide) / std::max<int64_t>(1, cells.down);
  out << "<g transform=\"translate(" << kLeft << " " << kTop
      << ")\">\n<rect width=\"" << kSide << "\" height=\"" << kSide
      << "\" fill=\"none\" stroke=\"" << kTextColor << "\"/>\n"
      << "<g transform=\"scale(" << llvm::format("%g %g", width, height)
      << ") translate(0 .5)\" stroke=\"" << kKeptColor
      << "\" shape-rendering=\"crispEdges\">\n";
  for (int64_t level = 1; level <= kLevels; ++level)
    drawLevel(out, cells, level);
  out << "</g>\n</g>\n";
}

std::string drawKept(const AttentionProgram &program, const PolicySizes &sizes,
                     const RowRange &range, const Tensor &blocks,
                     const Tensor &counts, int64_t listHead) {
  KeptKeys keys(program, sizes, range, blocks, counts);
  Cells cells(range, sizes);
  for (int64_t row = 0; row < range.rows; row += sizes.listBlockQ)
    cells.add(row, keys.of(0, listHead, row));

  std::string svg;
  llvm::raw_string_ostream out(svg);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
      << kLeft + kSide + kRight << " " << kTop + kSide + kBottom
      << "\" font-family=\"sans-serif\" font-size=\"11\" fill=\"" << kTextColor
      << "\">\n<title>";
  llvm::printHTMLEscaped(program.policy, out);
  llvm::StringRef name = program.policy;
  name.consume_front("#hip.");
  out << "</title>\n<text x=\"20\" y=\"16\">" << name.split('<').first << ": "
      << llvm::format("%.3g", 100 * cells.share())
      << "% of the keys seen</text>\n"
      << "<text x=\"20\" y=\"295\">" << range.keys << " keys</text>\n"
      << "<text transform=\"translate(14 280) rotate(-90)\">" << range.rows
      << " query rows</text>\n";
  drawCells(out, cells);
  out << "</svg>\n";
  return svg;
}

} // namespace hip_tool
