//===- SummariesTest.cpp - Summaries that a caller keeps, through C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <algorithm>

namespace hipc_test {
namespace {

// Two levels, of boxes of 16 and 4 keys, and one of 6: multiples are of 48.
constexpr const char *kBoxes =
    "union<[boxes<block_q = 32, block_k = 2, levels = [(16, 48), (4, 16)], "
    "keep = 12>, tree<block_q = 32, block_k = 2, keep = 8>, "
    "boxes<block_q = 32, block_k = 2, levels = [(6, 24)], keep = 8>]>";
constexpr int64_t kSizes[] = {16, 4, 6};
constexpr int64_t kBatch = 2, kHeads = 2, kSize = 16;

hipc_attention boxesAttention() {
  hipc_attention attention = smallAttention(kBoxes);
  attention.sink = 48;
  attention.window = 16;
  return attention;
}

class SummariesTest : public CapiTest {
protected:
  ProgramPtr compileSummaries() {
    hipc_attention attention = boxesAttention();
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile_summaries(engine.get(), &attention, &program),
              HIPC_OK)
        << hipc_last_error();
    return ProgramPtr(program);
  }

  EnginePtr engine = makeEngine();
};

/// An array of each level, with room for so many entries, filled with what no
/// entry is.
std::vector<std::unique_ptr<Floats>> room(int64_t keys) {
  std::vector<std::unique_ptr<Floats>> arrays;
  for (int64_t box : kSizes) {
    arrays.push_back(std::make_unique<Floats>(
        std::vector<int64_t>{kBatch, kHeads, keys / box, 2, kSize}, kF32));
    std::ranges::fill(arrays.back()->data, 1000.0f);
  }
  return arrays;
}

std::vector<const hipc_tensor *>
tensors(const std::vector<std::unique_ptr<Floats>> &arrays) {
  std::vector<const hipc_tensor *> all;
  for (auto &array : arrays)
    all.push_back(&array->tensor);
  return all;
}

TEST_F(SummariesTest, AreTheBoundsOfFullBoxes) {
  ProgramPtr summarize = compileSummaries();
  EXPECT_EQ(hipc_program_inputs(summarize.get()), 1);
  EXPECT_EQ(hipc_program_outputs(summarize.get()), 3);
  SmallArrays a(101);
  auto made = room(101);
  run(summarize, {&a.key.tensor}, tensors(made));
  for (size_t level = 0; level < 3; ++level) {
    int64_t box = kSizes[level], entries = 101 / box;
    for (int64_t head = 0; head < kBatch * kHeads; ++head)
      for (int64_t x = 0; x < entries; ++x)
        for (int64_t d = 0; d < kSize; ++d) {
          float low = INFINITY, high = -INFINITY;
          for (int64_t j = x * box; j < (x + 1) * box; ++j) {
            float k = a.key.data[(head * 101 + j) * kSize + d];
            low = std::min(low, k);
            high = std::max(high, k);
          }
          const float *entry =
              &made[level]->data[(head * entries + x) * 2 * kSize];
          ASSERT_EQ(entry[d], low) << level << " " << x << " " << d;
          ASSERT_EQ(entry[kSize + d], high) << level << " " << x << " " << d;
        }
  }
}

/// Keys from a multiple of all boxes on, into the entries from there on.
TEST_F(SummariesTest, OfAppendedKeysAreASlice) {
  ProgramPtr summarize = compileSummaries();
  constexpr int64_t kKeys = 167, kFrom = 96;
  SmallArrays a(kKeys);
  auto made = room(kKeys), grown = room(kKeys);
  run(summarize, {&a.key.tensor}, tensors(made));
  auto slice = [](hipc_tensor tensor, int64_t from, int64_t size, int64_t row,
                  std::vector<int64_t> &shape, std::vector<int64_t> &strides) {
    shape.assign(tensor.shape, tensor.shape + tensor.ndim);
    strides = {kHeads * shape[2] * row, shape[2] * row, row};
    for (int32_t i = 3; i < tensor.ndim; ++i)
      strides.push_back(i + 1 == tensor.ndim ? 1 : kSize);
    shape[2] = size;
    tensor.byte_offset = from * row * sizeof(float);
    tensor.shape = shape.data();
    tensor.strides = strides.data();
    return tensor;
  };
  for (auto [from, to] :
       {std::pair(int64_t(0), int64_t(100)), {kFrom, kKeys}}) {
    std::vector<int64_t> shapes[4], strides[4];
    hipc_tensor keys =
        slice(a.key.tensor, from, to - from, kSize, shapes[3], strides[3]);
    hipc_tensor parts[3];
    for (size_t i = 0; i < 3; ++i)
      parts[i] =
          slice(grown[i]->tensor, from / kSizes[i], (to - from) / kSizes[i],
                2 * kSize, shapes[i], strides[i]);
    run(summarize, {&keys}, {&parts[0], &parts[1], &parts[2]});
  }
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(made[i]->data, grown[i]->data) << i;
}

TEST_F(SummariesTest, OfTheCallerAreRead) {
  hipc_attention attention = boxesAttention();
  attention.returns_lists = 1;
  ProgramPtr search = compile(engine.get(), attention);
  attention.has_summaries = attention.scale_at_run = 1;
  ProgramPtr with = compile(engine.get(), attention);
  EXPECT_EQ(hipc_program_inputs(with.get()), 7);
  ProgramPtr summarize = compileSummaries();
  SmallArrays a(300), b(300);
  // Room for more entries than there are boxes is not read.
  auto made = room(300), more = room(396);
  run(summarize, {&a.key.tensor}, tensors(made));
  for (size_t i = 0; i < 3; ++i) {
    size_t from = made[i]->shape[2] * 2 * kSize,
           to = more[i]->shape[2] * 2 * kSize;
    for (size_t head = 0; head < kBatch * kHeads; ++head)
      std::copy_n(&made[i]->data[head * from], from, &more[i]->data[head * to]);
  }
  float scale = 0.25f;
  hipc_tensor number = {&scale, {1, 0}, 0, kF32, nullptr, nullptr, 0};
  Ints blocks({2, 2, 10, 14}, kI32), counts({2, 2, 10}, kI32);
  Ints blocks2({2, 2, 10, 14}, kI32), counts2({2, 2, 10}, kI32);
  run(search, a.inputs(), {&a.out.tensor, &blocks.tensor, &counts.tensor});
  for (auto &arrays : {std::cref(made), std::cref(more)}) {
    std::vector<const hipc_tensor *> inputs = b.inputs();
    for (const hipc_tensor *tensor : tensors(arrays.get()))
      inputs.push_back(tensor);
    inputs.push_back(&number);
    run(with, inputs, {&b.out.tensor, &blocks2.tensor, &counts2.tensor});
    EXPECT_EQ(counts.data, counts2.data);
    EXPECT_EQ(a.out.data, b.out.data);
  }
  // Equal bounds choose the first boxes, which are not the best.
  std::ranges::fill(made[0]->data, 0.0f);
  std::vector<const hipc_tensor *> inputs = b.inputs();
  for (const hipc_tensor *tensor : tensors(made))
    inputs.push_back(tensor);
  inputs.push_back(&number);
  run(with, inputs, {&b.out.tensor, &blocks2.tensor, &counts2.tensor});
  EXPECT_NE(a.out.data, b.out.data);
}

TEST_F(SummariesTest, WithTooFewEntriesAreRefused) {
  hipc_attention attention = boxesAttention();
  attention.has_summaries = 1;
  ProgramPtr with = compile(engine.get(), attention);
  SmallArrays a(300);
  auto made = room(300), few = room(284);
  std::vector<const hipc_tensor *> inputs = a.inputs();
  inputs.insert(inputs.end(),
                {&few[0]->tensor, &made[1]->tensor, &made[2]->tensor});
  const hipc_tensor *out = &a.out.tensor;
  EXPECT_EQ(hipc_run(with.get(), inputs.data(), int32_t(inputs.size()), &out, 1,
                     nullptr, 0, nullptr),
            HIPC_INVALID);
  EXPECT_NE(
      std::string(hipc_last_error()).find("pass one for each 16 keys (S10b)"),
      std::string::npos)
      << hipc_last_error();
}

TEST_F(SummariesTest, NeedBoxes) {
  hipc_attention attention = smallAttention("dense");
  hipc_program *program = nullptr;
  EXPECT_EQ(hipc_compile_summaries(engine.get(), &attention, &program),
            HIPC_INVALID);
  EXPECT_NE(std::string(hipc_last_error())
                .find("policy 'dense': has no boxes, so it reads no "
                      "summaries"),
            std::string::npos)
      << hipc_last_error();
}

} // namespace
} // namespace hipc_test
