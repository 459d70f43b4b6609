//===- TuneSearchTest.cpp - Schedules around the model's
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/hip-bench/TuneSearch.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <set>

using namespace hip_bench;

static const ScheduleText kModel("threads = 256, rows = 128, columns = 128, "
                                 "stages = 3, producers = 128, unit = wgmma, "
                                 "engine = tma");

TEST(TuneSearch, TextsOfOneScheduleAreTheSame) {
  EXPECT_EQ(kModel.number("stages"), 3);
  EXPECT_EQ(kModel.get("order"), "descending");
  EXPECT_EQ(kModel.with({{"order", "descending"}}).text(), kModel.text());
  EXPECT_EQ(kModel.with({{"producers", "0"}, {"engine", "cp_async"}}).text(),
            "threads = 256, rows = 128, columns = 128, stages = 3, "
            "unit = wgmma");
  EXPECT_EQ(
      kModel.with({{"stages", "2"}}).with({{"stages", "3"}}).get("stages"),
      "3");
}

static std::vector<std::string> namesOf(const std::vector<Dimension> &all) {
  std::vector<std::string> names;
  for (const Dimension &dimension : all)
    names.push_back(dimension.name);
  return names;
}

TEST(TuneSearch, OnlyWhatReordersChangesSums) {
  for (const Dimension &dimension : dimensionsAround(kModel, false, {132}))
    for (const ScheduleFields &choice : dimension.choices)
      EXPECT_TRUE(addAlike(kModel, kModel.with(choice))) << dimension.name;
  EXPECT_EQ(namesOf(dimensionsAround(kModel, true, {})),
            (std::vector<std::string>{"stages", "producers", "rows",
                                      "min_blocks", "order", "columns"}));
  ScheduleText parts("threads = 128, rows = 64, columns = 64, "
                     "split_keys = 64, split_rows = 16");
  EXPECT_EQ(
      namesOf(dimensionsAround(parts, true, {132})),
      (std::vector<std::string>{"stages", "threads", "swizzled", "min_blocks",
                                "order", "columns", "split_keys"}));
  EXPECT_FALSE(addAlike(parts, parts.with({{"split_keys", "128"}})));
}

TEST(TuneSearch, GoesAlongOneDimensionAfterAnother) {
  std::set<std::string> seen;
  auto measure = [&](const ScheduleText &schedule) -> std::optional<double> {
    EXPECT_TRUE(seen.insert(schedule.text()).second) << "measured twice";
    if (schedule.number("stages") == 4)
      return std::nullopt; // no candidate, however fast
    return 1 - 0.02 * double(schedule.number("stages") == 1) -
           0.1 * double(schedule.number("min_blocks") == 2);
  };
  Found found =
      searchAround(kModel, dimensionsAround(kModel, false, {}), 5, measure);
  EXPECT_EQ(found.schedule.number("stages"), 1);
  EXPECT_EQ(found.schedule.number("min_blocks"), 2);
  EXPECT_NEAR(found.relative, 0.88, 1e-9);
  EXPECT_FALSE(seen.contains(kModel.text()));
}

TEST(TuneSearch, KeepsTheModelForLessThanTimesDiffer) {
  auto measure = [](const ScheduleText &) { return std::optional(0.995); };
  Found found =
      searchAround(kModel, dimensionsAround(kModel, true, {132}), 2, measure);
  EXPECT_EQ(found.schedule.text(), kModel.text());
  EXPECT_EQ(found.relative, 1);
}
