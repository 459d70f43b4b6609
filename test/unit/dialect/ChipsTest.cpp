#include "dialect/gpu/Chips.h"
#include <gtest/gtest.h>

using namespace mlir::hip;

TEST(ChipsTest, GpuOfAChipRunsItsCode) {
  for (const Chip &chip : kChips) {
    EXPECT_EQ(chipFor(chip.name), chip.name);
    std::string capability = "sm_" + std::to_string(chipNumber(chip.name));
    EXPECT_EQ(chipFor(capability), chip.name);
    EXPECT_TRUE(chipNames().contains(chip.name));
  }
  EXPECT_TRUE(findChip(kDefaultChip));
}

TEST(ChipsTest, OtherGpuRunsCodeOfTheNewestOlderChipWithoutAnA) {
  EXPECT_EQ(chipFor("sm_86"), "sm_80");
  EXPECT_EQ(chipFor("sm_103"), "sm_89");
  EXPECT_EQ(chipFor("sm_122"), "sm_89");
}

TEST(ChipsTest, WhatHasNoChipKeepsItsName) {
  EXPECT_EQ(chipFor("sm_75"), "sm_75");
  EXPECT_EQ(chipFor("H100"), "H100");
  EXPECT_EQ(chipHint("sm_75"), "it is older than sm_80, which code needs");
}
