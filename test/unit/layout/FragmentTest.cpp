//===- FragmentTest.cpp - Fragments and shared memory -----------*- C++ -*-===//

#include "dialect/layout/Fragment.h"
#include "gtest/gtest.h"

#include <map>
#include <set>

using namespace mlir::hip::layout;

namespace {

class FragmentTest : public testing::TestWithParam<Fragment> {};

TEST_P(FragmentTest, EveryPlaceIsOneRegister) {
  Fragment f = GetParam();
  std::map<std::pair<int64_t, int64_t>, int> holders;
  for (int64_t thread = 0; thread < f.rowWarps * f.columnWarps * kWarp;
       ++thread)
    for (int64_t i = 0; i < f.registers(); ++i) {
      int64_t row = f.firstRow(thread) + f.rowOffset(f.rowOf(i));
      int64_t column = f.firstColumn(thread) + f.columnOffset(f.columnOf(i));
      ++holders[{row, column}];
    }
  for (int64_t r = 0; r < f.rows; ++r)
    for (int64_t c = 0; c < f.columns; ++c)
      EXPECT_EQ((holders[{r, c}]), 1) << r << ", " << c;
  int64_t rows = f.rowBlocks() * f.rowWarps * kMmaRows;
  EXPECT_EQ(int64_t(holders.size()), rows * f.columns);
  EXPECT_EQ(f.hasPadding(), rows > f.rows);
}

TEST_P(FragmentTest, RegistersOfABlockAreAccumulatorsOfAnMma) {
  Fragment f = GetParam();
  // PTX ISA, mma.m16n8k16: c0 and c1 are side by side, c2 and c3 are 8 rows on.
  for (int64_t m = 0; m < f.rowBlocks(); ++m)
    for (int64_t n = 0; n < f.columnBlocks(); ++n)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t number = f.registerOf(m, n, i);
        int64_t row = m * f.rowWarps * kMmaRows + i / 2 * 8;
        EXPECT_EQ(f.rowOffset(f.rowOf(number)), row);
        EXPECT_EQ(f.columnOffset(f.columnOf(number)), n * kMmaColumns + i % 2);
      }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, FragmentTest,
    testing::Values(Fragment{64, 64, 4, 1}, Fragment{128, 64, 4, 1},
                    Fragment{16, 64, 1, 4}, Fragment{2, 64, 1, 4},
                    Fragment{48, 80, 3, 1}, Fragment{32, 128, 2, 2}));

/// Banks of four bytes that the eight rows of an ldmatrix phase touch.
int64_t banksOfPhase(int64_t pitch, int64_t column) {
  std::set<int64_t> banks;
  for (int64_t row = 0; row < 8; ++row)
    for (int64_t word = 0; word < 4; ++word)
      banks.insert((row * pitch + column + word * 4) / 4 % 32);
  return banks.size();
}

TEST(SharedPitch, NoPhaseOfAnLdmatrixHasABankConflict) {
  for (int64_t headSize : {16, 32, 64, 80, 96, 128, 192, 256}) {
    int64_t pitch = sharedPitch(headSize * 2);
    EXPECT_GE(pitch, headSize * 2);
    EXPECT_EQ(pitch % 16, 0);
    for (int64_t column = 0; column < headSize * 2; column += 16)
      EXPECT_EQ(banksOfPhase(pitch, column), 32) << headSize;
  }
  EXPECT_LT(banksOfPhase(256, 0), 32);
}

} // namespace
