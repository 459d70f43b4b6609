//===- LayoutTest.cpp - Registers and shared memory -------------*- C++ -*-===//

#include "dialect/layout/Layout.h"
#include "gtest/gtest.h"

#include <map>
#include <set>

using namespace mlir::hip::layout;

namespace {

struct Grid {
  int64_t rows, columns, rowWarps, columnWarps;
};

class MmaTest : public testing::TestWithParam<Grid> {
protected:
  Grid grid = GetParam();
  Layout matrix = mma(grid.rows, grid.columns, grid.rowWarps, grid.columnWarps);
};

/// How many registers have each element.
std::map<std::pair<int64_t, int64_t>, int> holdersOf(const Layout &layout) {
  std::map<std::pair<int64_t, int64_t>, int> holders;
  for (int64_t thread = 0; thread < layout.threadCount(); ++thread)
    for (int64_t i = 0; i < layout.registerCount(); ++i) {
      Place first = layout.threadPlace(thread), more = layout.registerPlace(i);
      ++holders[{first.row + more.row, first.column + more.column}];
    }
  return holders;
}

TEST_P(MmaTest, EveryElementIsInOneRegister) {
  auto holders = holdersOf(matrix);
  for (int64_t r = 0; r < grid.rows; ++r)
    for (int64_t c = 0; c < grid.columns; ++c)
      EXPECT_EQ((holders[{r, c}]), 1) << r << ", " << c;
  int64_t unit = grid.rowWarps * kMmaRows;
  int64_t rows = ceilDiv(grid.rows, unit) * unit;
  EXPECT_EQ(int64_t(holders.size()), rows * grid.columns);
  EXPECT_EQ(matrix.hasPadding(0), rows > grid.rows);
  EXPECT_FALSE(matrix.hasPadding(1));
}

TEST_P(MmaTest, RegistersOfABlockAreAccumulatorsOfAnMma) {
  // PTX ISA, mma.m16n8k16: c0 and c1 are side by side, c2 and c3 are 8 rows on.
  int64_t blocks = matrix.registers[2].size;
  for (int64_t i = 0; i < matrix.registerCount(); ++i) {
    int64_t block = i / 4 % blocks, rowBlock = i / 4 / blocks;
    Place place = matrix.registerPlace(i);
    EXPECT_EQ(place.row, rowBlock * grid.rowWarps * kMmaRows + i % 4 / 2 * 8);
    EXPECT_EQ(place.column, block * kMmaColumns + i % 2);
    EXPECT_EQ(matrix.registerAt(place), i);
  }
  EXPECT_EQ(matrix.registerAt({1, 0}), -1);
}

TEST_P(MmaTest, SlicesAreWhereTheMatrixIs) {
  for (int64_t axis : {0, 1}) {
    Layout vector = slice(matrix, axis);
    EXPECT_EQ(vector.threadCount(), matrix.threadCount());
    for (int64_t i = 0; i < matrix.registerCount(); ++i)
      EXPECT_GE(vector.registerAt({matrix.registerPlace(i).along(1 - axis), 0}),
                0);
    for (int64_t thread = 0; thread < matrix.threadCount(); ++thread)
      EXPECT_EQ(vector.threadPlace(thread).row,
                matrix.threadPlace(thread).along(1 - axis));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, MmaTest,
                         testing::Values(Grid{64, 64, 4, 1},
                                         Grid{128, 64, 4, 1},
                                         Grid{16, 64, 1, 4}, Grid{2, 64, 1, 4},
                                         Grid{48, 80, 3, 1},
                                         Grid{32, 128, 2, 2}));

TEST(Dealt, ElementsGoRound) {
  Layout vector = dealt(96, 64);
  EXPECT_EQ(vector.registerCount(), 2);
  EXPECT_TRUE(vector.hasPadding(0));
  auto holders = holdersOf(vector);
  for (int64_t i = 0; i < 96; ++i)
    EXPECT_EQ((holders[{i, 0}]), 1);
  EXPECT_EQ(vector.registerPlace(1).row, 64);
  EXPECT_FALSE(dealt(128, 64).hasPadding(0));
}

/// Banks of four bytes that 16-byte vectors of eight rows touch.
int64_t banksOf(int64_t pitch, int64_t byte, int64_t swizzle) {
  std::set<int64_t> banks;
  for (int64_t row = 0; row < 8; ++row)
    for (int64_t word = 0; word < kVectorBytes; word += 4)
      banks.insert((offsetOf(row, byte, pitch, swizzle) + word) / 4 % 32);
  return banks.size();
}

TEST(Shared, NoPhaseOfAnLdmatrixHasABankConflict) {
  for (int64_t headSize : {16, 32, 64, 80, 96, 128, 192, 256}) {
    int64_t bytes = headSize * 2, pitch = paddedPitch(bytes);
    EXPECT_GE(pitch, bytes);
    EXPECT_EQ(pitch % kVectorBytes, 0);
    for (int64_t byte = 0; byte < bytes; byte += kVectorBytes) {
      EXPECT_EQ(banksOf(pitch, byte, 0), 32) << headSize;
      EXPECT_EQ(banksOf(bytes, byte, widestSwizzle(bytes)), 32) << headSize;
    }
  }
  EXPECT_LT(banksOf(256, 0, 0), 32);
}

TEST(Shared, EachByteOfAMatrixHasAPlaceOfItsOwn) {
  for (int64_t swizzle : {0, 32, 64, 128})
    for (int64_t strip : {8, 16, 32}) {
      std::set<int64_t> places;
      for (int64_t row = 0; row < 32; ++row)
        for (int64_t byte = 0; byte < 256; ++byte) {
          int64_t at = offsetOf(row, byte, 256, swizzle, strip);
          EXPECT_EQ(at % kVectorBytes, byte % kVectorBytes);
          places.insert(at);
        }
      EXPECT_EQ(places.size(), 32u * 256u);
      EXPECT_EQ(*places.rbegin(), 32 * 256 - 1);
    }
  EXPECT_EQ(widestSwizzle(24 * 2), 0);
}

/// As a wgmma reads it and a box is copied: the address bits from 7 on permute
/// those from 4 on.
TEST(Shared, AtomsArePermutedByTheirAddress) {
  for (int64_t swizzle : {32, 64, 128})
    for (int64_t strip : {8, 24})
      for (int64_t row = 0; row < 24; ++row)
        for (int64_t byte = 0; byte < 384; byte += kVectorBytes) {
          int64_t plain = row / strip * strip * 384 +
                          byte / swizzle * strip * swizzle +
                          row % strip * swizzle + byte % swizzle;
          int64_t bits = swizzle / kVectorBytes - 1;
          EXPECT_EQ(offsetOf(row, byte, 384, swizzle, strip),
                    plain ^ (plain / 128 & bits) * kVectorBytes);
        }
}

} // namespace
