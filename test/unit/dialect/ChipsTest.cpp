#include "dialect/gpu/Chips.h"
#include <gtest/gtest.h>

using namespace mlir::hip;

TEST(ChipsTest, GpuOfAChipRunsItsCode) {
  for (const Chip &chip : kChips) {
    EXPECT_EQ(chipFor(chip.name), chip.name);
    std::string capability = "sm_" + std::to_string(chipNumber(chip.name));
    EXPECT_EQ(chipFor(capability), chip.name);
    EXPECT_TRUE(isGpuName(chip.name));
    EXPECT_TRUE(isGpuName(capability));
    EXPECT_TRUE(chipNames().find(chip.name) != std::string::npos);
  }
  EXPECT_TRUE(findChip(kDefaultChip));
}

TEST(ChipsTest, OtherGpuRunsCodeOfTheNewestOlderChipWithoutAnA) {
  EXPECT_EQ(chipFor("sm_87"), "sm_86");
  EXPECT_EQ(chipFor("sm_103"), "sm_89");
  EXPECT_EQ(chipFor("sm_122"), "sm_89");
}

/// The code of another chip must not ask for more than a GPU has.
TEST(ChipsTest, CodeForOtherGpusAsksForLittleSharedMemory) {
  int64_t least = 1 << 30;
  for (const Chip &chip : kChips)
    least = std::min(least, chip.sharedBytes);
  for (const Served &served : kServed) {
    const Chip *chip = findChip(served.chip);
    ASSERT_TRUE(chip) << served.chip;
    if (chipNumber(served.name) != chipNumber(served.chip))
      EXPECT_EQ(chip->sharedBytes, least) << served.name;
  }
}

TEST(ChipsTest, WhatHasNoChipKeepsItsName) {
  EXPECT_EQ(chipFor("sm_75"), "sm_75");
  EXPECT_EQ(chipFor("H100"), "H100");
  for (const char *name : {"sm_75", "H100", "sm_91", "sm_103a", "sm_", ""})
    EXPECT_FALSE(isGpuName(name)) << name;
  EXPECT_EQ(chipHint("sm_75"), "it is older than sm_80, which code needs");
}
