#include "tools/support/Quality.h"
#include "tools/support/RowSample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

using namespace hipc;

namespace hip_tool {
namespace {

constexpr int64_t kKeys = 64, kSize = 4, kNeedle = 21;
constexpr float kScore = 40;

/// A row that looks at one key, whose value is 1 where all others are 0.
class Needle : public testing::Test {
protected:
  void SetUp() override {
    query.assign(kSize, 0);
    query[0] = kScore;
    key.assign(kKeys * kSize, 0);
    key[kNeedle * kSize] = 1;
    value.assign(kKeys, 0);
    value[kNeedle] = 1;
    program.scale = 1;
    program.sink = 4;
    program.window = 8;
  }

  /// Of the last of kKeys rows, which is the only one.
  Quality measure(std::string policy, std::vector<int32_t> listed, float out,
                  int64_t top = 1) {
    program.policy = std::move(policy);
    int32_t count = listed.size();
    AttendedArrays arrays{
        denseTensor(query.data(), DType::F32, {1, 1, 1, kSize}),
        denseTensor(key.data(), DType::F32, {1, 1, kKeys, kSize}),
        denseTensor(value.data(), DType::F32, {1, 1, kKeys, 1}),
        denseTensor(&out, DType::F32, {1, 1, 1, 1}),
        denseTensor(listed.data(), DType::I32, {1, 1, 1, count}),
        denseTensor(&count, DType::I32, {1, 1, 1})};
    Expected<PolicySizes> sizes = policySizes(program);
    EXPECT_TRUE(sizes) << sizes.status().message();
    Expected<Quality> quality =
        measureQuality(program, *sizes, arrays, {0}, top, 1);
    EXPECT_TRUE(quality) << quality.status().message();
    return *quality;
  }

  std::vector<float> query, key, value;
  AttentionProgram program;
};

constexpr const char *kTree = "tree<block_k = 4, keep = 16>";

TEST_F(Needle, IsKeptByDense) {
  Quality all = measure("dense<block_q = 64>", {}, 1);
  EXPECT_EQ(all.seen, std::vector<int64_t>{kKeys});
  EXPECT_EQ(all.keys[0], kKeys);
  EXPECT_EQ(all.best[0], 1);
  EXPECT_EQ(all.recall[0], 1);
  EXPECT_NEAR(all.mass[0], 1, 1e-6);
  EXPECT_NEAR(all.error[0], 0, 1e-6);
}

TEST_F(Needle, IsKeptByItsBlock) {
  // Sinks [0, 4), the block [20, 24), and the band, which begins at
  // 4 + (64 - 8 - 4) / 4 * 4 = 56.
  Quality kept = measure(kTree, {kNeedle / 4}, 1);
  EXPECT_EQ(kept.keys[0], 4 + 4 + 8);
  EXPECT_DOUBLE_EQ(kept.share(), 16.0 / kKeys);
  EXPECT_EQ(kept.best[0], 1);
  EXPECT_EQ(kept.recall[0], 1);
  EXPECT_NEAR(kept.mass[0], 1, 1e-6);
  EXPECT_NEAR(kept.error[0], 0, 1e-6);
}

TEST_F(Needle, IsLostByAnotherBlock) {
  Quality lost = measure(kTree, {kNeedle / 4 + 1}, 0);
  EXPECT_EQ(lost.keys[0], 4 + 4 + 8);
  EXPECT_EQ(lost.best[0], 0);
  EXPECT_EQ(lost.recall[0], 0);
  EXPECT_NEAR(lost.mass[0], 0, 1e-6);
  EXPECT_NEAR(lost.error[0], 1, 1e-6);
}

TEST_F(Needle, IsLostByAWindow) {
  Quality lost = measure("window<block_q = 64>", {}, 0);
  EXPECT_EQ(lost.keys[0], 4 + 8);
  EXPECT_EQ(lost.recall[0], 0);
}

TEST_F(Needle, MassIsThatOfTheKeysKept) {
  // e^0 of every other key, of which 15 are kept.
  query[0] = 3;
  float weight = std::exp(3.f), all = weight + kKeys - 1;
  Quality kept = measure(kTree, {kNeedle / 4}, weight / (weight + 15));
  EXPECT_NEAR(kept.mass[0], (weight + 15) / all, 1e-6);
  EXPECT_NEAR(kept.error[0], all / (weight + 15) - 1, 1e-5);
}

TEST_F(Needle, TopCountsTheBestKeys) {
  // After the needle, the first of keys that are equal: sinks, then 4.
  Quality kept = measure(kTree, {kNeedle / 4}, 1, /*top=*/8);
  EXPECT_DOUBLE_EQ(kept.recall[0], 5.0 / 8);
  EXPECT_DOUBLE_EQ(measure(kTree, {}, 0, 2 * kKeys).recall[0], 12.0 / kKeys);
}

TEST_F(Needle, IsTheLeastScoreOfANegativeScale) {
  program.scale = -1;
  query[0] = -kScore;
  EXPECT_EQ(measure(kTree, {kNeedle / 4}, 1).best[0], 1);
  EXPECT_EQ(measure(kTree, {}, 0).best[0], 0);
}

TEST_F(Needle, SoftcapFlattensTheMass) {
  program.softcap = 2;
  float weight = std::exp(2 * std::tanh(kScore / 2));
  EXPECT_NEAR(measure(kTree, {}, 0).mass[0], 12 / (weight + kKeys - 1), 1e-6);
}

TEST_F(Needle, WhatIsNoCandidateIsNotAttendedForBeingListed) {
  // A sink, a block of the band, and numbers of no key.
  EXPECT_EQ(measure(kTree, {0, 15, 900, -3}, 0).keys[0], 4 + 8);
}

TEST(QualityOf, ShapesWithoutARow) {
  AttentionProgram program;
  AttendedArrays arrays;
  arrays.query = denseTensor(nullptr, DType::F32, {0, 2, 3, 4});
  Expected<Quality> none = measureQuality(program, {}, arrays, {0}, 1, 1);
  ASSERT_FALSE(none);
  EXPECT_NE(none.status().message().find("[0, 2, 3, 4]"), std::string::npos);
}

/// 16-bit inputs and several heads: head h reads KV head h / 2, and the second
/// list, of two, is for heads 2 and 3.
TEST(QualityOf, HeadsShareKeysAndLists) {
  constexpr uint16_t kOne = 0x3c00, kSixty = 0x5380;
  std::vector<uint16_t> query(4, kSixty), key(2 * kKeys), value(2 * kKeys);
  key[5] = value[5] = key[kKeys + 40] = value[kKeys + 40] = kOne;
  std::vector<uint16_t> out = {kOne, 0, kOne, kOne};
  std::vector<int32_t> blocks = {2, 20}, counts = {1, 1};
  AttentionProgram program;
  program.policy = "tree<block_k = 2, keep = 2>";
  program.scale = 1;
  AttendedArrays arrays{denseTensor(query.data(), DType::F16, {1, 4, 1, 1}),
                        denseTensor(key.data(), DType::F16, {1, 2, kKeys, 1}),
                        denseTensor(value.data(), DType::F16, {1, 2, kKeys, 1}),
                        denseTensor(out.data(), DType::F16, {1, 4, 1, 1}),
                        denseTensor(blocks.data(), DType::I32, {1, 2, 1, 1}),
                        denseTensor(counts.data(), DType::I32, {1, 2, 1})};
  Expected<PolicySizes> sizes = policySizes(program);
  ASSERT_TRUE(sizes) << sizes.status().message();
  Expected<Quality> quality =
      measureQuality(program, *sizes, arrays, {0}, 1, 2);
  ASSERT_TRUE(quality) << quality.status().message();
  for (int head = 0; head < 4; ++head) {
    EXPECT_EQ(quality->best[head], 1) << head;
    EXPECT_NEAR(quality->mass[head], 1, 1e-6) << head;
    EXPECT_NEAR(quality->error[head], head == 1, 1e-6) << head;
  }
  Spread error = spread(*quality, quality->error);
  EXPECT_NEAR(error.mean, 0.25, 1e-6);
  EXPECT_NEAR(error.least, 0, 1e-6);
  EXPECT_NEAR(error.greatest, 1, 1e-6);
}

TEST(QualityOf, Text) {
  Quality quality{.top = 8,
                  .heads = 2,
                  .rows = {3, 9},
                  .seen = {100, 200},
                  .mass = {1, 0.5, 0.25, 0.25},
                  .best = {1, 1, 0, 0},
                  .recall = {1, 1, 1, 0},
                  .error = {0, 0, 0, 0.5},
                  .keys = {10, 20, 10, 20}};
  EXPECT_EQ(toText(quality, "tree<keep = 16>"),
            "tree<keep = 16> on 2 query rows\n"
            "  mass kept        0.5000, heads 0.2500 to 0.7500\n"
            "  best key kept    0.5000, heads 0.0000 to 1.0000\n"
            "  best 8 kept      0.7500, heads 0.5000 to 1.0000\n"
            "  output error     0.1250, heads 0.0000 to 0.2500\n"
            "  keys attended    15, 10.0% of those seen\n");
  quality.error[3] = NAN;
  llvm::json::Object object = toJson(quality, "tree<keep = 16>");
  EXPECT_EQ(object.getObject("mass")->getNumber("mean"), 0.5);
  EXPECT_EQ((*object.getObject("keys")->getArray("heads"))[1], 15.0);
  EXPECT_EQ(*object.getObject("error")->get("mean"), nullptr);
}

//===----------------------------------------------------------------------===//
// sampleRows()
//===----------------------------------------------------------------------===//

TEST(SampleRows, AreSpreadInFewBlocks) {
  RowRange range{.rows = 20000, .keys = 20000};
  Expected<std::vector<int64_t>> rows = sampleRows(range, 0);
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows,
            (std::vector<int64_t>{2506, 2528, 2549, 7498, 7520, 7541, 12490,
                                  12512, 12533, 17482, 17504, 17525}));
}

TEST(SampleRows, AreThoseThatSeeAKey) {
  RowRange range{.rows = 40, .keys = 8, .block = 16};
  Expected<std::vector<int64_t>> rows = sampleRows(range, 100);
  ASSERT_TRUE(rows);
  std::vector<int64_t> all(8);
  std::iota(all.begin(), all.end(), 32);
  EXPECT_EQ(*rows, all);
  EXPECT_EQ(range.seen(32), 1);
  range.causal = false;
  EXPECT_EQ(range.seen(0), 8);
  EXPECT_EQ(sampleRows(range, 1)->size(), 1u);
}

TEST(SampleRows, NeedAKey) {
  EXPECT_FALSE(sampleRows({.rows = 4, .keys = 0}, 0));
  EXPECT_FALSE(sampleRows({.rows = 0, .keys = 4}, 0));
}

} // namespace
} // namespace hip_tool
