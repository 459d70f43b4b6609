//===- RunTest.cpp - Compile and run through C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <algorithm>

namespace hipc_test {
namespace {

constexpr const char *kTree = "tree<block_q = 32, block_k = 2, keep = 16>";

TEST_F(CapiTest, SaysWhatItIs) {
  EXPECT_STREQ(hipc_version(), HIPC_TEST_VERSION);
  EXPECT_EQ(hipc_abi(), HIPC_ABI);
  EnginePtr engine = makeEngine();
  EXPECT_EQ(hipc_engine_device(engine.get()).type, 1);
  EXPECT_NE(std::string(hipc_engine_target(engine.get())), "");
}

TEST_F(CapiTest, RunsDenseAttention) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  EXPECT_EQ(hipc_program_inputs(program.get()), 3);
  EXPECT_EQ(hipc_program_outputs(program.get()), 1);
  // One program for any length.
  for (int64_t rows : {96, 33, 1}) {
    SmallArrays a(rows);
    run(program, a.inputs(), {&a.out.tensor});
    expectDense(a, a.out.data);
  }
}

TEST_F(CapiTest, ArgumentsMayBeAStruct) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  SmallArrays a;
  std::vector<const hipc_tensor *> inputs = a.inputs();
  const hipc_tensor *out = &a.out.tensor;
  hipc_call call = {
      sizeof(call), program.get(), inputs.data(), &out, 3, 1, nullptr, 0,
      nullptr};
  // Twice: the second call finds the form of the first one.
  for (int i = 0; i < 2; ++i) {
    a.out.data.assign(a.out.data.size(), -7.0f);
    EXPECT_EQ(hipc_run_call(&call), HIPC_OK) << hipc_last_error();
    expectDense(a, a.out.data);
  }
}

TEST_F(CapiTest, ProgramsOutliveTheirEngine) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  engine.reset();
  SmallArrays a;
  run(program, a.inputs(), {&a.out.tensor});
  expectDense(a, a.out.data);
}

TEST_F(CapiTest, TakesStridesAndOffsets) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  SmallArrays a;
  run(program, a.inputs(), {&a.out.tensor});
  // The query as [B, T, H, D], two numbers into its memory.
  Floats moved({2, 96, 4, 16}, kF32), out({2, 96, 4, 16}, kF32);
  moved.data.resize(moved.data.size() + 2);
  int64_t shape[] = {2, 4, 96, 16}, strides[] = {96 * 64, 16, 64, 1};
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t h = 0; h < 4; ++h)
      for (int64_t i = 0; i < 96; ++i)
        for (int64_t d = 0; d < 16; ++d)
          moved.data[b * strides[0] + h * 16 + i * 64 + d + 2] =
              a.query.data[((b * 4 + h) * 96 + i) * 16 + d];
  for (hipc_tensor *tensor : {&moved.tensor, &out.tensor}) {
    tensor->shape = shape;
    tensor->strides = strides;
  }
  moved.tensor.data = moved.data.data();
  moved.tensor.byte_offset = 2 * sizeof(float);
  run(program, {&moved.tensor, &a.key.tensor, &a.value.tensor}, {&out.tensor});
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t h = 0; h < 4; ++h)
      for (int64_t i = 0; i < 96; ++i)
        for (int64_t d = 0; d < 16; ++d)
          ASSERT_EQ(out.data[b * strides[0] + h * 16 + i * 64 + d],
                    a.out.data[((b * 4 + h) * 96 + i) * 16 + d]);
  // What was read of a call is kept for the next: null strides are row-major
  // after strided arrays of the same shape, too.
  std::vector<float> first = a.out.data;
  std::ranges::fill(a.out.data, 0);
  run(program, a.inputs(), {&a.out.tensor});
  EXPECT_EQ(a.out.data, first);
}

/// A thread keeps the form of its last call: no strides stand for row-major
/// order also after a call with others, and others after none.
TEST_F(CapiTest, StridesOfOneCallAreNotThoseOfTheNext) {
  EnginePtr engine = makeEngine();
  ProgramPtr program =
      compile(engine.get(), smallAttention("dense<block_q = 32>"));
  SmallArrays a;
  int64_t padded[] = {4 * 96 * 20, 96 * 20, 20, 1};
  Floats wide({2, 4, 96, 20}, kF32), out({2, 4, 96, 20}, kF32);
  for (size_t row = 0; row < 2 * 4 * 96; ++row)
    std::copy_n(&a.query.data[row * 16], 16, &wide.data[row * 20]);
  hipc_tensor strided = wide.tensor, written = out.tensor;
  for (hipc_tensor *tensor : {&strided, &written}) {
    tensor->shape = a.query.shape.data();
    tensor->strides = padded;
  }
  for (int round = 0; round < 3; ++round) {
    run(program, {&strided, &a.key.tensor, &a.value.tensor}, {&written});
    a.out.data.assign(a.out.data.size(), 0);
    run(program, a.inputs(), {&a.out.tensor});
    expectDense(a, a.out.data);
    for (size_t row = 0; row < 2 * 4 * 96; ++row)
      for (size_t d = 0; d < 16; ++d)
        ASSERT_EQ(out.data[row * 20 + d], a.out.data[row * 16 + d]);
  }
}

/// Each batch entry has the position of its place in the list (S1).
TEST_F(CapiTest, PositionsAreThoseOfTheirBatchEntry) {
  EnginePtr engine = makeEngine();
  ProgramPtr program = compileText(
      engine.get(),
      "func.func @f(%q: tensor<?x4x?x16xf32>, %k: tensor<?x2x?x16xf32>,\n"
      "             %v: tensor<?x2x?x16xf32>, %p: tensor<?xi32>,\n"
      "             %o: tensor<?x4x?x16xf32>) -> tensor<?x4x?x16xf32> {\n"
      "  %0 = hip.attention ins(%q, %k, %v : tensor<?x4x?x16xf32>,\n"
      "      tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>)\n"
      "    positions(%p : tensor<?xi32>) outs(%o : tensor<?x4x?x16xf32>)\n"
      "    policy #hip.dense<block_q = 32> {causal}\n"
      "    -> tensor<?x4x?x16xf32>\n"
      "  return %0 : tensor<?x4x?x16xf32>\n}\n");
  ASSERT_TRUE(program);
  SmallArrays a;
  Floats base({2, 4, 96, 16}, kF32);
  Ints positions({2}, kI32);
  auto attend = [&](int32_t first, int32_t second) {
    positions.data = {first, second};
    positions.tensor.data = positions.data.data();
    run(program,
        {&a.query.tensor, &a.key.tensor, &a.value.tensor, &positions.tensor,
         &base.tensor},
        {&a.out.tensor});
    return a.out.data;
  };
  std::vector<float> none = attend(0, 0), back = attend(-40, 0),
                     other = attend(0, -40);
  expectDense(a, none);
  size_t half = none.size() / 2;
  auto same = [&](const std::vector<float> &x, size_t from) {
    return std::equal(&x[from], &x[from] + half, &none[from]);
  };
  EXPECT_FALSE(same(back, 0));
  EXPECT_TRUE(same(back, half));
  EXPECT_TRUE(same(other, 0));
  EXPECT_FALSE(same(other, half));
  // Rows before the first key see none (S20).
  EXPECT_EQ(std::count(&back[0], &back[40 * 16], 0.0f), 40 * 16);
  // One for each batch entry.
  Ints three({3}, kI32);
  std::vector<const hipc_tensor *> in = {&a.query.tensor, &a.key.tensor,
                                         &a.value.tensor, &three.tensor,
                                         &base.tensor};
  expectInvalid(program, in, {&a.out.tensor},
                "input 3 has B = 3 in dimension 0, but input 0 has 2");
}

/// Lists of one call give the next one the same bits (S17).
TEST_F(CapiTest, ListsComeBack) {
  EnginePtr engine = makeEngine();
  for (hipc_list_heads heads :
       {HIPC_LISTS_PER_QUERY_HEAD, HIPC_LISTS_PER_KV_HEAD,
        HIPC_LISTS_FOR_ALL_HEADS}) {
    hipc_attention attention = smallAttention(kTree);
    attention.sink = 4;
    attention.window = 8;
    attention.list_heads = heads;
    attention.returns_lse = attention.returns_lists = 1;
    ProgramPtr first = compile(engine.get(), attention);
    attention.returns_lists = 0;
    attention.has_lists = 1;
    ProgramPtr again = compile(engine.get(), attention);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(hipc_program_outputs(first.get()), 4);
    EXPECT_EQ(hipc_program_inputs(again.get()), 5);

    SmallArrays a, b;
    hipc_shape shapes[4];
    ASSERT_EQ(hipc_program_output_shapes(first.get(), a.inputs().data(), 3,
                                         shapes, 4),
              HIPC_OK)
        << hipc_last_error();
    int64_t sharers = heads == HIPC_LISTS_PER_QUERY_HEAD ? 4
                      : heads == HIPC_LISTS_PER_KV_HEAD  ? 2
                                                         : 1;
    std::vector<int64_t> blocksShape(shapes[2].shape, shapes[2].shape + 4);
    EXPECT_EQ(blocksShape, (std::vector<int64_t>{2, sharers, 3, 8}));
    EXPECT_EQ(shapes[3].ndim, 3);
    EXPECT_EQ(shapes[3].dtype.bits, 32);
    Ints blocks(blocksShape, kI32), counts({2, sharers, 3}, kI32);
    run(first, a.inputs(),
        {&a.out.tensor, &a.lse.tensor, &blocks.tensor, &counts.tensor});
    run(again,
        {&a.query.tensor, &a.key.tensor, &a.value.tensor, &blocks.tensor,
         &counts.tensor},
        {&b.out.tensor, &b.lse.tensor});
    EXPECT_EQ(a.out.data, b.out.data);
    EXPECT_EQ(a.lse.data, b.lse.data);
    // A list backwards, with each block twice, is the same list.
    Ints twice({2, sharers, 3, 16}, kI32);
    for (size_t x = 0; x < twice.data.size(); ++x)
      twice.data[x] = blocks.data[x / 16 * 8 + (15 - x % 16) / 2];
    Ints most({2, sharers, 3}, kI32);
    for (size_t x = 0; x < most.data.size(); ++x) {
      int32_t count = counts.data[x];
      std::rotate(&twice.data[16 * x], &twice.data[16 * x] + 16 - 2 * count,
                  &twice.data[16 * x] + 16);
      most.data[x] = 2 * count;
    }
    run(again,
        {&a.query.tensor, &a.key.tensor, &a.value.tensor, &twice.tensor,
         &most.tensor},
        {&b.out.tensor, &b.lse.tensor});
    EXPECT_EQ(a.out.data, b.out.data);
    // They are read: others give other results.
    counts.data.assign(counts.data.size(), 0);
    run(again,
        {&a.query.tensor, &a.key.tensor, &a.value.tensor, &blocks.tensor,
         &counts.tensor},
        {&b.out.tensor, &b.lse.tensor});
    EXPECT_NE(a.out.data, b.out.data);
  }
}

TEST_F(CapiTest, ScoreRegionsChangeScores) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("dense<block_q = 32>");
  attention.score =
      "^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n"
      "  %d = arith.subi %i, %j : index\n"
      "  %n = arith.index_cast %d : index to i32\n"
      "  %f = arith.sitofp %n : i32 to f32\n"
      "  %c = arith.constant -0.125 : f32\n"
      "  %m = arith.mulf %f, %c : f32\n"
      "  %t = arith.addf %s, %m : f32\n"
      "  hip.yield %t : f32";
  ProgramPtr program = compile(engine.get(), attention);
  ASSERT_TRUE(program);
  SmallArrays a;
  run(program, a.inputs(), {&a.out.tensor});
  expectDense(a, a.out.data,
              [](double score, int64_t, int64_t, int64_t i, int64_t j) {
                return score - 0.125 * (i - j);
              });
}

TEST_F(CapiTest, ScaleAndSoftcapAreTaken) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("dense<block_q = 32>");
  attention.has_scale = 1;
  attention.scale = 0.5f;
  attention.softcap = 2.0f;
  ProgramPtr program = compile(engine.get(), attention);
  SmallArrays a;
  run(program, a.inputs(), {&a.out.tensor});
  // expectDense scales by 1/4.
  expectDense(a, a.out.data, [](double score, auto...) {
    return 2 * std::tanh(2 * score / 2);
  });
}

TEST_F(CapiTest, ScaleMayBeAnInput) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("dense<block_q = 32>");
  attention.scale_at_run = 1;
  ProgramPtr program = compile(engine.get(), attention);
  EXPECT_EQ(hipc_program_inputs(program.get()), 4);
  SmallArrays a;
  float scale = 0;
  hipc_tensor number = {&scale, {1, 0}, 0, kF32, nullptr, nullptr, 0};
  std::vector<const hipc_tensor *> inputs = a.inputs();
  inputs.push_back(&number);
  for (float given : {0.25f, 0.5f, 0.0f, -1.0f}) {
    scale = given;
    run(program, inputs, {&a.out.tensor});
    // expectDense scales by 1/4.
    expectDense(a, a.out.data,
                [&](double score, auto...) { return 4 * given * score; });
  }
  scale = NAN;
  run(program, inputs, {&a.out.tensor});
  EXPECT_TRUE(std::isnan(a.out.data.back()));
  number.device = {2, 1};
  expectInvalid(program, inputs, {&a.out.tensor},
                "input 3 is on CUDA device 1, but it is a number");
}

TEST_F(CapiTest, SinkAndWindowMayBeInputs) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("window<block_q = 32>");
  attention.sink_at_run = attention.window_at_run = 1;
  ProgramPtr program = compile(engine.get(), attention);
  EXPECT_EQ(hipc_program_inputs(program.get()), 5);
  SmallArrays a, b;
  int32_t sink = 0, window = 0;
  hipc_tensor sinks = {&sink, {1, 0}, 0, kI32, nullptr, nullptr, 0},
              newest = {&window, {1, 0}, 0, kI32, nullptr, nullptr, 0};
  std::vector<const hipc_tensor *> inputs = a.inputs();
  inputs.insert(inputs.end(), {&sinks, &newest});
  attention.sink_at_run = attention.window_at_run = 0;
  // Numbers below 0 count as 0 (S3).
  const std::pair<int32_t, int32_t> calls[] = {{0, 16}, {3, 1}, {-7, -1}};
  for (auto [s, w] : calls) {
    sink = s;
    window = w;
    run(program, inputs, {&a.out.tensor});
    attention.sink = std::max(s, 0);
    attention.window = std::max(w, 0);
    run(compile(engine.get(), attention), b.inputs(), {&b.out.tensor});
    EXPECT_EQ(a.out.data, b.out.data) << s << " sinks, window " << w;
  }
  float real = 1;
  newest.data = &real;
  newest.dtype = kF32;
  expectInvalid(program, inputs, {&a.out.tensor},
                "has element type f32, but the program takes i32");
}

TEST_F(CapiTest, WindowFollowsListsAndScale) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kTree);
  attention.returns_lists = attention.window_at_run = 1;
  ProgramPtr search = compile(engine.get(), attention);
  attention.returns_lists = 0;
  attention.has_lists = attention.scale_at_run = 1;
  ProgramPtr again = compile(engine.get(), attention);
  SmallArrays a, b;
  Ints blocks({2, 2, 3, 8}, kI32), counts({2, 2, 3}, kI32);
  int32_t window = 9;
  float scale = 0.25f;
  hipc_tensor newest = {&window, {1, 0}, 0, kI32, nullptr, nullptr, 0},
              number = {&scale, {1, 0}, 0, kF32, nullptr, nullptr, 0};
  std::vector<const hipc_tensor *> inputs = a.inputs();
  inputs.push_back(&newest);
  run(search, inputs, {&a.out.tensor, &blocks.tensor, &counts.tensor});
  inputs = b.inputs();
  inputs.insert(inputs.end(),
                {&blocks.tensor, &counts.tensor, &number, &newest});
  run(again, inputs, {&b.out.tensor});
  for (size_t i = 0; i < a.out.data.size(); ++i)
    ASSERT_NEAR(a.out.data[i], b.out.data[i], 1e-6) << i;
}

TEST_F(CapiTest, ScaleFollowsLists) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kTree);
  attention.returns_lists = 1;
  ProgramPtr search = compile(engine.get(), attention);
  attention.returns_lists = 0;
  attention.has_lists = attention.scale_at_run = 1;
  ProgramPtr again = compile(engine.get(), attention);
  SmallArrays a, b;
  Ints blocks({2, 2, 3, 8}, kI32), counts({2, 2, 3}, kI32);
  run(search, a.inputs(), {&a.out.tensor, &blocks.tensor, &counts.tensor});
  float scale = 0.25f;
  hipc_tensor number = {&scale, {1, 0}, 0, kF32, nullptr, nullptr, 0};
  std::vector<const hipc_tensor *> inputs = b.inputs();
  inputs.insert(inputs.end(), {&blocks.tensor, &counts.tensor, &number});
  run(again, inputs, {&b.out.tensor});
  for (size_t i = 0; i < a.out.data.size(); ++i)
    ASSERT_NEAR(a.out.data[i], b.out.data[i], 1e-6) << i;
}

TEST_F(CapiTest, TextsAreProgramsToo) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("dense<block_q = 32>");
  char *text = nullptr;
  ASSERT_EQ(hipc_attention_text(&attention, &text), HIPC_OK);
  ProgramPtr program = compileText(engine.get(), text);
  hipc_free(text);
  SmallArrays a;
  run(program, a.inputs(), {&a.out.tensor});
  expectDense(a, a.out.data);
}

TEST_F(CapiTest, EntriesAreChosenByName) {
  EnginePtr engine = makeEngine();
  std::string text = "func.func @one(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
                     "  return %a : tensor<2xf32>\n}\n"
                     "func.func @two(%a: tensor<3xf32>) -> tensor<3xf32> {\n"
                     "  return %a : tensor<3xf32>\n}\n";
  for (auto [entry, size] : {std::pair("one", 2), std::pair("two", 3)}) {
    hipc_program *program = nullptr;
    ASSERT_EQ(
        hipc_compile(engine.get(), text.data(), text.size(), entry, &program),
        HIPC_OK)
        << hipc_last_error();
    ProgramPtr owner(program);
    Floats in({size}, kF32), out({size}, kF32);
    fill(in, 1);
    run(owner, {&in.tensor}, {&out.tensor});
    EXPECT_EQ(in.data, out.data);
  }
}

TEST_F(CapiTest, ExplainsWhatWasChosen) {
  EnginePtr engine = makeEngine();
  ProgramPtr program = compile(engine.get(), smallAttention(kTree));
  std::string explained = explain(program);
  EXPECT_NE(explained.find("attention"), std::string::npos);
  EXPECT_NE(explained.find("what was chosen"), std::string::npos) << explained;
}

TEST_F(CapiTest, TheCpuNeedsNoWorkspace) {
  EnginePtr engine = makeEngine();
  ProgramPtr program = compile(engine.get(), smallAttention(kTree));
  SmallArrays a;
  size_t bytes = 1;
  EXPECT_EQ(hipc_program_workspace(program.get(), a.inputs().data(), 3, &bytes),
            HIPC_OK);
  EXPECT_EQ(bytes, 0u);
}

TEST_F(CapiTest, NullHandlesCanBeDestroyed) {
  hipc_engine_destroy(nullptr);
  hipc_program_destroy(nullptr);
  hipc_free(nullptr);
  EXPECT_EQ(hipc_engine_device(nullptr).type, 0);
  EXPECT_STREQ(hipc_engine_target(nullptr), "");
  EXPECT_EQ(hipc_program_inputs(nullptr), 0);
  EXPECT_EQ(hipc_program_outputs(nullptr), 0);
}

} // namespace
} // namespace hipc_test
