//===- TuneTableTest.cpp - Tables of measured schedules
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/hip-bench/TuneTable.h"

#include "compiler/Tuning.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace hip_bench;
using hipc::readTuning;
namespace json = llvm::json;

static json::Object kernelOf(const char *name, const char *schedule) {
  json::Object kernel{{"kernel", name}, {"gain", 1.1}};
  if (schedule)
    kernel["schedule"] = schedule;
  return kernel;
}

TEST(TuneTable, HasOneScheduleOfAKernel) {
  std::string path = testing::TempDir() + "tuned.json";
  std::filesystem::remove(path);
  ASSERT_TRUE(mergeKernel(path, "sm_80", kernelOf("b", "rows = 1")).ok());
  ASSERT_TRUE(mergeKernel(path, "sm_80", kernelOf("a", "rows = 2")).ok());
  ASSERT_TRUE(mergeKernel(path, "sm_80", kernelOf("b", "rows = 3")).ok());
  auto table = readTuning(path);
  ASSERT_TRUE(table) << table.status().message();
  EXPECT_EQ(table->chip, "sm_80");
  ASSERT_EQ(table->kernels.size(), 2u);
  EXPECT_EQ(table->kernels[0].name, "a");
  EXPECT_EQ(table->kernels[1].schedule, "rows = 3");
  // The model's is as fast now.
  ASSERT_TRUE(mergeKernel(path, "sm_80", kernelOf("b", nullptr)).ok());
  EXPECT_EQ(readTuning(path)->kernels.size(), 1u);
  hipc::Status other = mergeKernel(path, "sm_90a", kernelOf("b", "rows = 1"));
  EXPECT_NE(other.message().find("for sm_80, but these are for sm_90a"),
            std::string::npos);
  std::filesystem::remove(path);
}
