#include "passes/gpu/Occupancy.h"

#include <gtest/gtest.h>

namespace mlir::hip {
namespace {

Occupancy on(llvm::StringRef chip, const BlockUse &block) {
  return occupancyOf(*findChip(chip), block);
}

TEST(Occupancy, KnowsEveryChip) {
  // One block can have all but what the system keeps.
  for (const Chip &chip : kChips)
    EXPECT_EQ(
        on(chip.name, {.threads = 32, .sharedBytes = chip.sharedBytes}).blocks,
        1)
        << chip.name;
  EXPECT_FALSE(findChip("sm_70"));
}

TEST(Occupancy, IsFullWhereNothingLimits) {
  Occupancy full = on("sm_90a", {.threads = 256, .registers = 32});
  EXPECT_EQ(full.warps, 64);
  EXPECT_EQ(full.mostWarps, 64);
  EXPECT_EQ(full.blocks, 8);
  EXPECT_EQ(full.limit, "warps");
  EXPECT_EQ(on("sm_89", {.threads = 256, .registers = 32}).warps, 48);
}

TEST(Occupancy, IsLimitedByBlocks) {
  Occupancy small = on("sm_90a", {.threads = 32, .registers = 16});
  EXPECT_EQ(small.warps, 32);
  EXPECT_EQ(small.limit, "blocks");
  EXPECT_EQ(on("sm_120a", {.threads = 32, .registers = 16}).blocks, 24);
}

TEST(Occupancy, IsLimitedByRegisters) {
  // 168 registers are 5376 a warp, 3 warps in a part, 12 in an SM.
  Occupancy wide = on("sm_90a", {.threads = 128, .registers = 168});
  EXPECT_EQ(wide.blocks, 3);
  EXPECT_EQ(wide.limit, "registers");
  // One more is 5632 a warp, still with 2 warps in a part.
  EXPECT_EQ(on("sm_90a", {.threads = 128, .registers = 169}).blocks, 2);
  // Registers of a block lie in all four parts: 255 leave 2 warps in each.
  EXPECT_EQ(on("sm_90a", {.threads = 256, .registers = 255}).blocks, 1);
}

TEST(Occupancy, IsLimitedBySharedMemory) {
  BlockUse block{.threads = 128, .registers = 40, .sharedBytes = 113 * 1024};
  EXPECT_EQ(on("sm_90a", block).blocks, 2);
  EXPECT_EQ(on("sm_90a", block).limit, "shared memory");
  block.sharedBytes += 1;
  EXPECT_EQ(on("sm_90a", block).blocks, 1);
  EXPECT_EQ(on("sm_89", block).blocks, 0);
}

} // namespace
} // namespace mlir::hip
