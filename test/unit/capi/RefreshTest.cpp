//===- RefreshTest.cpp - Steps that share searches, through C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include "hipc.hpp"

namespace hipc_test {
namespace {

constexpr const char *kTree = "tree<block_q = 32, block_k = 2, keep = 8>";
constexpr const char *kUnion =
    "union<[tree<block_q = 32, block_k = 2, keep = 8>, "
    "boxes<block_q = 32, block_k = 4, levels = [(8, 16)], keep = 8>]>";
constexpr int64_t kFirst = 60, kSteps = 7;
constexpr int32_t kEvery[] = {3, 1};

hipc_attention stepAttention(const char *policy) {
  hipc_attention attention = smallAttention(policy);
  attention.sink = 8;
  attention.window = 16;
  return attention;
}

hipc_attention refreshed(const char *policy, int32_t parts) {
  hipc_attention attention = stepAttention(policy);
  attention.refresh = kEvery;
  attention.refresh_count = parts;
  return attention;
}

class RefreshTest : public CapiTest {
protected:
  RefreshTest() {
    fill(query, 5);
    fill(keys, 6);
    fill(values, 7);
  }

  /// The first `count` keys, in the memory of all.
  static hipc_tensor front(const Floats &array, int64_t (&shape)[4],
                           int64_t count) {
    std::copy(array.shape.begin(), array.shape.end(), shape);
    shape[2] = count;
    hipc_tensor part = array.tensor;
    part.shape = shape;
    part.strides = const_cast<int64_t *>(kStrides);
    return part;
  }

  /// What a step gives, of a program that takes `lists` after the arrays, and
  /// gives them after out where they are kept.
  std::vector<float> step(const ProgramPtr &program, int64_t number,
                          std::vector<const hipc_tensor *> lists, bool keeps) {
    Floats out({2, 4, 1, 16}, kF32);
    int64_t keyShape[4], valueShape[4];
    hipc_tensor key = front(keys, keyShape, kFirst + number),
                value = front(values, valueShape, kFirst + number);
    std::vector<const hipc_tensor *> inputs = {&query.tensor, &key, &value},
                                     outputs = {&out.tensor};
    inputs.insert(inputs.end(), lists.begin(), lists.end());
    if (keeps)
      outputs.insert(outputs.end(), lists.begin() + 1, lists.end());
    run(program, inputs, outputs);
    return out.data;
  }

  static constexpr int64_t kStrides[] = {2 * (kFirst + kSteps) * 16,
                                         (kFirst + kSteps) * 16, 16, 1};
  EnginePtr engine = makeEngine();
  Floats query{{2, 4, 1, 16}, kF32}, keys{{2, 2, kFirst + kSteps, 16}, kF32},
      values{{2, 2, kFirst + kSteps, 16}, kF32};
  Ints counter{{1}, kI32};
};

/// As a search in each third step and its lists in the others, with a window
/// that has grown since.
TEST_F(RefreshTest, SearchesWhereTheStepIsAMultiple) {
  ProgramPtr program = compile(engine.get(), refreshed(kTree, 1));
  EXPECT_EQ(hipc_program_inputs(program.get()), 6);
  EXPECT_EQ(hipc_program_outputs(program.get()), 3);
  Ints blocks({2, 2, 1, 4}, kI32), counts({2, 2, 1}, kI32);
  Ints found({2, 2, 1, 4}, kI32), sizes({2, 2, 1}, kI32);
  hipc_attention searching = stepAttention(kTree);
  searching.returns_lists = 1;
  ProgramPtr search = compile(engine.get(), searching);
  for (int32_t number = 0; number < kSteps; ++number) {
    counter.data[0] = number;
    std::vector<float> out =
        step(program, number, {&counter.tensor, &blocks.tensor, &counts.tensor},
             true);
    if (number % 3 == 0) {
      Floats first({2, 4, 1, 16}, kF32);
      int64_t keyShape[4], valueShape[4];
      hipc_tensor key = front(keys, keyShape, kFirst + number),
                  value = front(values, valueShape, kFirst + number);
      run(search, {&query.tensor, &key, &value},
          {&first.tensor, &found.tensor, &sizes.tensor});
      EXPECT_EQ(out, first.data);
    }
    EXPECT_EQ(sizes.data, counts.data) << number;
    EXPECT_EQ(found.data, blocks.data) << number;
    hipc_attention listed = stepAttention(kTree);
    listed.has_lists = 1;
    listed.window += number % 3;
    EXPECT_EQ(out, step(compile(engine.get(), listed), number,
                        {&found.tensor, &sizes.tensor}, false))
        << number;
  }
}

TEST_F(RefreshTest, EachPartHasItsInterval) {
  ProgramPtr program = compile(engine.get(), refreshed(kUnion, 2)),
             plain = compile(engine.get(), stepAttention(kUnion));
  // The boxes are searched in each step, so that they have no lists.
  EXPECT_EQ(hipc_program_inputs(program.get()), 6);
  Ints blocks({2, 2, 1, 4}, kI32), counts({2, 2, 1}, kI32);
  for (int32_t number = 0; number < kSteps; ++number) {
    counter.data[0] = number;
    std::vector<float> out =
        step(program, number, {&counter.tensor, &blocks.tensor, &counts.tensor},
             true);
    if (number % 3 == 0)
      EXPECT_EQ(out, step(plain, number, {}, false)) << number;
  }
}

TEST_F(RefreshTest, ShapesOfLists) {
  hipc_attention attention = refreshed(kUnion, 2);
  hipc_shape shapes[2];
  ASSERT_EQ(hipc_refresh_shapes(&attention, 3, 40, 1000, shapes, 2), HIPC_OK)
      << hipc_last_error();
  EXPECT_EQ(shapes[0].ndim, 4);
  EXPECT_EQ(shapes[0].dtype.bits, 32);
  EXPECT_EQ(std::vector(shapes[0].shape, shapes[0].shape + 4),
            (std::vector<int64_t>{3, 2, 2, 4}));
  EXPECT_EQ(std::vector(shapes[1].shape, shapes[1].shape + shapes[1].ndim),
            (std::vector<int64_t>{3, 2, 2}));
  EXPECT_EQ(hipc_refresh_shapes(&attention, 3, 40, 1000, shapes, 1),
            HIPC_INVALID);
  EXPECT_NE(std::string(hipc_last_error()).find("keep 2 arrays"),
            std::string::npos);
  EXPECT_EQ(hipc_refresh_shapes(&attention, -1, 40, 1000, shapes, 2),
            HIPC_INVALID);
  hipc::Attention all{.queryHeads = 4, .kvHeads = 2, .headSize = 16};
  all.policy = "tree<block_q = 32, block_k = 2, keep = 9000>";
  all.refresh = {4};
  EXPECT_EQ(all.refreshShapes(1, 1, 101)[0].sizes,
            (std::vector<int64_t>{1, 2, 1, 51}));
}

TEST_F(RefreshTest, RefusesIntervals) {
  auto refuses = [&](hipc_attention attention, const std::string &part) {
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
        << hipc_last_error();
  };
  refuses(refreshed(kUnion, 1), "has 2 parts, but there are 1 intervals");
  refuses(refreshed("dense", 1), "makes no lists that could be refreshed");
  hipc_attention attention = refreshed(kTree, 1);
  attention.refresh = nullptr;
  refuses(attention, "refresh is null, but refresh_count is 1");
  int32_t none = 0;
  attention.refresh = &none;
  refuses(attention, "refresh[0] is 0, but the least is 1");
  attention = refreshed(kTree, 1);
  attention.has_lists = 1;
  refuses(attention, "both refresh and has_lists");
  attention = refreshed(kTree, 1);
  attention.returns_lists = 1;
  refuses(attention, "both refresh and returns_lists");
}

} // namespace
} // namespace hipc_test
