#include "tools/support/Quality.h"

#include "compiler/Compiler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

using namespace hipc;

namespace hip_tool {
namespace {

constexpr int64_t kKeys = 64, kSize = 4, kNeedle = 21;
constexpr float kScore = 40;

//===----------------------------------------------------------------------===//
// measureExactRows()
//===----------------------------------------------------------------------===//

/// Dense attention of `rows`, on the CPU.
Expected<ExactRows> exactRows(AttentionProgram program,
                              const AttentionInputs &inputs,
                              std::vector<int64_t> rows, int64_t top) {
  auto spec = [](const Tensor &array) {
    return TensorSpec{"", array.dtype, {array.dims.begin(), array.dims.end()}};
  };
  program.query = spec(inputs.query);
  program.key = spec(inputs.key);
  program.value = spec(inputs.value);
  auto device = device::createCpu(/*threads=*/1);
  HIPC_RETURN_IF_ERROR(device.status());
  Expected<Package> package =
      compile(exactRowsText(program, top), optionsFor(/*chip=*/""));
  HIPC_RETURN_IF_ERROR(package.status());
  auto executable = (*device)->load(std::move(*package));
  HIPC_RETURN_IF_ERROR(executable.status());
  return measureExactRows(**device, **executable, program, inputs,
                          std::move(rows), top, /*repeat=*/1);
}

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
  }

  /// Of the last of kKeys rows, which is the only one.
  ExactRows measure(int64_t top) {
    Expected<ExactRows> exact =
        exactRows(program,
                  {denseTensor(query.data(), DType::F32, {1, 1, 1, kSize}),
                   denseTensor(key.data(), DType::F32, {1, 1, kKeys, kSize}),
                   denseTensor(value.data(), DType::F32, {1, 1, kKeys, 1})},
                  {0}, top);
    EXPECT_TRUE(exact) << exact.status().message();
    return std::move(*exact);
  }

  std::vector<float> query, key, value;
  AttentionProgram program;
};

TEST_F(Needle, IsTheBestKey) {
  // After it the first of keys that are equal; ascending.
  ExactRows exact = measure(/*top=*/4);
  EXPECT_EQ(exact.best, std::vector<int32_t>{kNeedle});
  EXPECT_EQ(exact.keys, (std::vector<int32_t>{0, 1, 2, kNeedle}));
  EXPECT_EQ(exact.found(0), 4);
  EXPECT_NEAR(exact.out[0], 1, 1e-6);
  EXPECT_NEAR(exact.lse[0], kScore, 1e-5);
}

TEST_F(Needle, IsAmongAllKeys) {
  ExactRows exact = measure(2 * kKeys);
  EXPECT_EQ(exact.found(0), kKeys);
  std::vector<int32_t> all(kKeys);
  std::iota(all.begin(), all.end(), 0);
  exact.keys.resize(kKeys);
  EXPECT_EQ(exact.keys, all);
}

TEST_F(Needle, IsTheLeastScoreOfANegativeScale) {
  program.scale = -1;
  query[0] = -kScore;
  ExactRows exact = measure(1);
  EXPECT_EQ(exact.best[0], kNeedle);
  EXPECT_NEAR(exact.lse[0], kScore, 1e-5);
}

TEST_F(Needle, SoftcapFlattensTheMass) {
  program.softcap = 2.5f;
  float weight = std::exp(2.5f * std::tanh(kScore / 2.5f));
  EXPECT_NEAR(measure(1).lse[0], std::log(weight + kKeys - 1), 1e-5);
}

/// Rows of two entries and four heads, of which head h reads KV head h / 2:
/// each row has the best key that its own number says.
TEST(ExactRowsOf, BatchesHeadsAndRows) {
  constexpr int64_t kRows = 80, kTaken[] = {3, 40, 79};
  constexpr uint16_t kOne = 0x3c00, kSixty = 0x5380;
  std::vector<uint16_t> query(2 * 4 * kRows * 4), key(2 * 2 * kRows * 4),
      value(2 * 2 * kRows);
  auto at = [](int64_t batch, int64_t heads, int64_t head, int64_t row) {
    return (batch * heads + head) * kRows + row;
  };
  for (int64_t batch = 0; batch < 2; ++batch)
    for (int64_t head = 0; head < 4; ++head)
      for (int64_t row = 0; row < kRows; ++row)
        query[at(batch, 4, head, row) * 4 + (head + row) % 4] = kSixty;
  // Number n is the best key of its KV head for queries with a one there.
  auto best = [](int64_t batch, int64_t head, int64_t n) {
    return batch + 2 * (head / 2) + 4 * n;
  };
  for (int64_t batch = 0; batch < 2; ++batch)
    for (int64_t head = 0; head < 4; ++head)
      for (int64_t n = 0; n < 4; ++n) {
        int64_t place = at(batch, 2, head / 2, best(batch, head, n));
        key[place * 4 + n] = kOne;
        value[place] = kOne;
      }
  AttentionProgram program;
  program.scale = 1;
  program.causal = false;
  Expected<ExactRows> exact =
      exactRows(program,
                {denseTensor(query.data(), DType::F16, {2, 4, kRows, 4}),
                 denseTensor(key.data(), DType::F16, {2, 2, kRows, 4}),
                 denseTensor(value.data(), DType::F16, {2, 2, kRows, 1})},
                {std::begin(kTaken), std::end(kTaken)}, /*top=*/1);
  ASSERT_TRUE(exact) << exact.status().message();
  size_t place = 0;
  for (int64_t batch = 0; batch < 2; ++batch)
    for (int64_t head = 0; head < 4; ++head)
      for (int64_t row : kTaken) {
        EXPECT_EQ(exact->best[place], best(batch, head, (head + row) % 4))
            << batch << " " << head << " " << row;
        EXPECT_NEAR(exact->out[place++], 1, 1e-3);
      }
}

TEST(ExactRowsOf, ShapesWithoutARow) {
  float none = 0;
  Tensor array = denseTensor(&none, DType::F32, {0, 2, 3, 4});
  Expected<ExactRows> exact =
      exactRows({}, {array, array, array}, {0}, /*top=*/1);
  ASSERT_FALSE(exact);
  EXPECT_NE(exact.status().message().find("[0, 2, 3, 4]"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// compare()
//===----------------------------------------------------------------------===//

constexpr const char *kTree = "tree<block_k = 4, keep = 16>";

/// The needle is the best key, and the sinks come next.
class Compared : public testing::Test {
protected:
  Quality measure(std::string policy, std::vector<int32_t> listed,
                  float out = 1, float lse = 0) {
    program.policy = std::move(policy);
    program.sink = 4;
    program.window = 8;
    int32_t count = listed.size();
    ExactRows exact;
    exact.range = {1, kKeys};
    exact.rows = {0};
    exact.top = keys.size();
    exact.batches = exact.heads = exact.valueSize = 1;
    exact.out = {1};
    exact.lse = {0};
    exact.best = {kNeedle};
    exact.keys = keys;
    Expected<PolicySizes> sizes = policySizes(program);
    EXPECT_TRUE(sizes) << sizes.status().message();
    return compare(program, *sizes,
                   {denseTensor(&out, DType::F32, {1, 1, 1, 1}),
                    denseTensor(&lse, DType::F32, {1, 1, 1}),
                    denseTensor(listed.data(), DType::I32, {1, 1, 1, count}),
                    denseTensor(&count, DType::I32, {1, 1, 1})},
                   exact);
  }

  std::vector<int32_t> keys = {kNeedle};
  AttentionProgram program;
};

TEST_F(Compared, DenseKeepsAll) {
  Quality all = measure("dense<block_q = 64>", {});
  EXPECT_EQ(all.seen, std::vector<int64_t>{kKeys});
  EXPECT_EQ(all.keys[0], kKeys);
  EXPECT_EQ(all.best[0], 1);
  EXPECT_EQ(all.recall[0], 1);
  EXPECT_EQ(all.mass[0], 1);
  EXPECT_EQ(all.error[0], 0);
}

TEST_F(Compared, ABlockKeepsTheNeedle) {
  // Sinks [0, 4), the block [20, 24), and the band, which begins at
  // 4 + (64 - 8 - 4) / 4 * 4 = 56.
  Quality kept = measure(kTree, {kNeedle / 4});
  EXPECT_EQ(kept.keys[0], 4 + 4 + 8);
  EXPECT_DOUBLE_EQ(kept.share(), 16.0 / kKeys);
  EXPECT_EQ(kept.best[0], 1);
  EXPECT_EQ(kept.recall[0], 1);
}

TEST_F(Compared, AnotherBlockLosesIt) {
  Quality lost = measure(kTree, {kNeedle / 4 + 1}, /*out=*/0.25f);
  EXPECT_EQ(lost.keys[0], 4 + 4 + 8);
  EXPECT_EQ(lost.best[0], 0);
  EXPECT_EQ(lost.recall[0], 0);
  EXPECT_DOUBLE_EQ(lost.error[0], 0.75);
}

TEST_F(Compared, AWindowLosesIt) {
  Quality lost = measure("window<block_q = 64>", {});
  EXPECT_EQ(lost.keys[0], 4 + 8);
  EXPECT_EQ(lost.recall[0], 0);
}

TEST_F(Compared, MassIsTheShareOfTheExponentials) {
  EXPECT_DOUBLE_EQ(measure(kTree, {}, 1, -1).mass[0], std::exp(-1.0));
  // More than all is rounding.
  EXPECT_EQ(measure(kTree, {}, 1, 1e-6f).mass[0], 1);
}

TEST_F(Compared, RecallCountsTheBestKeys) {
  // Sinks, the needle, a key of no block, and the band's first and last.
  keys = {0, 3, kNeedle, 24, 55, 56, 63};
  EXPECT_DOUBLE_EQ(measure(kTree, {kNeedle / 4}).recall[0], 5.0 / 7);
}

TEST_F(Compared, WhatIsNoCandidateIsNotAttendedForBeingListed) {
  // A sink, a block of the band, and numbers of no key.
  EXPECT_EQ(measure(kTree, {0, 15, 900, -3}).keys[0], 4 + 8);
}

TEST_F(Compared, ListsMayRepeatBlocksInAnyOrder) {
  EXPECT_EQ(measure(kTree, {9, 5, 9}).keys[0], 4 + 2 * 4 + 8);
  EXPECT_EQ(measure(kTree, {9, 5, 9}).best[0], 1);
}

/// Head h reads list h / 2 of two, and rows are taken from whole arrays.
TEST(QualityOf, HeadsShareLists) {
  constexpr uint16_t kOne = 0x3c00;
  std::vector<uint16_t> out = {0, kOne, 0, 0, 0, kOne, 0, kOne};
  std::vector<float> lse(8);
  std::vector<int32_t> blocks = {2, 20}, counts = {1, 1};
  AttentionProgram program;
  program.policy = "tree<block_k = 2, keep = 2>";
  ExactRows exact;
  exact.range = {2, kKeys};
  exact.rows = {1};
  exact.top = exact.batches = exact.valueSize = 1;
  exact.heads = 4;
  exact.out = {1, 1, 1, 1};
  exact.lse = {0, 0, 0, 0};
  exact.best = exact.keys = {5, 40, 40, 5};
  Expected<PolicySizes> sizes = policySizes(program);
  ASSERT_TRUE(sizes) << sizes.status().message();
  Quality quality =
      compare(program, *sizes,
              {denseTensor(out.data(), DType::F16, {1, 4, 2, 1}),
               denseTensor(lse.data(), DType::F32, {1, 4, 2}),
               denseTensor(blocks.data(), DType::I32, {1, 2, 1, 1}),
               denseTensor(counts.data(), DType::I32, {1, 2, 1})},
              exact);
  EXPECT_EQ(quality.best, (std::vector<double>{1, 0, 1, 0}));
  EXPECT_EQ(quality.error, (std::vector<double>{0, 1, 0, 0}));
  Spread error = spread(quality, quality.error);
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
  EXPECT_EQ(*rows, (std::vector<int64_t>{2528, 7520, 12512, 17504}));
  // One of 8,192 of long prompts.
  EXPECT_EQ(sampleRows({.rows = 131072, .keys = 131072}, 0)->size(), 16u);
  EXPECT_EQ(sampleRows({.rows = 1048576, .keys = 1048576}, 0)->size(), 64u);
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
