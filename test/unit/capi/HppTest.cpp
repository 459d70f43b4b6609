//===- HppTest.cpp - The C API as classes
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hipc.hpp"

#include "CapiTest.h"

namespace hipc_test {
namespace {

constexpr const char *kTree = "tree<block_q = 32, block_k = 2, keep = 16>";

hipc::Engine cpuEngine() {
  return hipc::Engine({.device = "cpu", .cache = "", .threads = 2});
}

hipc::Attention small(const char *policy) {
  return {.queryHeads = 4, .kvHeads = 2, .headSize = 16, .policy = policy};
}

/// Views of SmallArrays.
struct Views {
  explicit Views(SmallArrays &a)
      : query(std::span(a.query.data), {2, 4, 96, 16}),
        key(std::span(std::as_const(a.key.data)), {2, 2, 96, 16}),
        value(std::span(a.value.data), {2, 2, 96, 16}),
        out(std::span(a.out.data), {2, 4, 96, 16}),
        lse(std::span(a.lse.data), {2, 4, 96}) {}

  hipc::Tensor query, key, value, out, lse;
};

TEST(Hpp, RunsDenseAttention) {
  hipc::Program program = cpuEngine().compile(small("dense<block_q = 32>"));
  EXPECT_EQ(program.inputs(), 3);
  EXPECT_EQ(program.outputs(), 1);
  SmallArrays a;
  Views v(a);
  EXPECT_EQ(program.workspaceBytes(std::vector{v.query, v.key, v.value}), 0u);
  program.run({v.query, v.key, v.value}, {v.out});
  expectDense(a, a.out.data);
}

TEST(Hpp, WhatIsNoPackageIsRefused) {
  try {
    cpuEngine().load("func.func @f() { return }");
    FAIL() << "text was loaded";
  } catch (const hipc::Error &error) {
    EXPECT_EQ(error.code(), HIPC_CORRUPT);
  }
}

TEST(Hpp, EveryFieldIsPassedOn) {
  hipc::Attention attention = small(kTree);
  attention.valueSize = 8;
  attention.sink = 4;
  attention.window = 6;
  attention.causal = false;
  attention.listHeads = HIPC_LISTS_FOR_ALL_HEADS;
  attention.scale = 0.5f;
  attention.softcap = 2.0f;
  attention.returnsLse = attention.returnsLists = true;
  std::string text = attention.text();
  for (std::string_view part :
       {"?x8xf32", "sink = 4", "window = 6", "scale = 5.0", "softcap = 2.0",
        "keep = 16", "x1x?x8xi32", "causal = false"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("causal}"), std::string::npos); // of hip.prune
  hipc::Attention scored = small(kTree);
  scored.score = "^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):\n"
                 "  hip.yield %s : f32";
  EXPECT_NE(scored.text().find("hip.yield"), std::string::npos);
  scored.hasLists = true;
  EXPECT_NE(scored.text().find("list("), std::string::npos);
  scored.kvStorage = HIPC_KV_PAGED;
  scored.pageSize = 32;
  scored.hasPositions = true;
  EXPECT_NE(scored.text().find("tensor<?x32x2x16xf32>, tensor<?x?xi32>, "
                               "tensor<?xi32>"),
            std::string::npos)
      << scored.text();
  EXPECT_NE(scored.text().find("positions("), std::string::npos);
}

/// Also in C, where all but the sizes may be 0.
TEST(Hpp, ListsArePerKvHeadUnlessToldOtherwise) {
  hipc::Attention attention = small(kTree);
  attention.returnsLists = true;
  EXPECT_EQ(attention.c().list_heads, hipc_attention{}.list_heads);
  EXPECT_NE(attention.text().find("x2x?x8xi32"), std::string::npos);
  attention.listHeads = HIPC_LISTS_PER_QUERY_HEAD;
  EXPECT_NE(attention.text().find("x4x?x8xi32"), std::string::npos);
}

TEST(Hpp, HipIsTheUnionOfATreeAndBoxes) {
  std::string named = small("hip").text();
  EXPECT_EQ(named,
            small("union<[tree<block_q = 64, block_k = 2, keep = 448>, "
                  "boxes<block_q = 64, block_k = 8, levels = [(64, 4096)], "
                  "keep = 64>]>")
                .text());
  EXPECT_EQ(named, small(" #hip.hip ").text());
}

TEST(Hpp, NumbersGoByValue) {
  hipc::Attention attention = small("dense<block_q = 32>");
  attention.scaleAtRun = true;
  hipc::Program program = cpuEngine().compile(attention);
  SmallArrays a;
  Views v(a);
  program.run({v.query, v.key, v.value, hipc::number(0.25f)}, {v.out});
  expectDense(a, a.out.data);
  // A window of all keys is dense.
  attention = small("window<block_q = 32>");
  attention.windowAtRun = true;
  program = cpuEngine().compile(attention);
  program.run({v.query, v.key, v.value, hipc::integer(1 << 20)}, {v.out});
  expectDense(a, a.out.data);
}

TEST(Hpp, ListsComeBack) {
  hipc::Engine engine = cpuEngine();
  hipc::Attention attention = small(kTree);
  attention.returnsLse = attention.returnsLists = true;
  hipc::Program first = engine.compile(attention);
  attention.returnsLists = false;
  attention.hasLists = true;
  hipc::Program again = engine.compile(attention);
  SmallArrays a, b;
  Views v(a), w(b);
  std::vector<hipc::Shape> shapes =
      first.outputShapes({v.query, v.key, v.value});
  ASSERT_EQ(shapes.size(), 4u);
  EXPECT_EQ(shapes[2].sizes, (std::vector<int64_t>{2, 2, 3, 8}));
  std::vector<int32_t> blocks(2 * 2 * 3 * 8), counts(2 * 2 * 3);
  hipc::Tensor blocksView(std::span(blocks), {2, 2, 3, 8}),
      countsView(std::span(counts), {2, 2, 3});
  first.run({v.query, v.key, v.value}, {v.out, v.lse, blocksView, countsView});
  again.run({w.query, w.key, w.value, blocksView, countsView}, {w.out, w.lse});
  EXPECT_EQ(a.out.data, b.out.data);
  EXPECT_EQ(a.lse.data, b.lse.data);
}

TEST(Hpp, SummariesAreKept) {
  hipc::Attention attention =
      small("boxes<block_q = 32, block_k = 4, levels = [(8, 24)], keep = 12>");
  hipc::Engine engine = cpuEngine();
  SmallArrays a, b;
  Views v(a), w(b);
  engine.compile(attention).run({v.query, v.key, v.value}, {v.out});
  hipc::Program summarize = engine.compileSummaries(attention);
  ASSERT_EQ(summarize.outputShapes({v.key})[0].sizes,
            (std::vector<int64_t>{2, 2, 12, 2, 16}));
  std::vector<float> numbers(2 * 2 * 12 * 2 * 16);
  hipc::Tensor summary(std::span(numbers), {2, 2, 12, 2, 16});
  summarize.run({v.key}, {summary});
  attention.hasSummaries = true;
  engine.compile(attention).run({w.query, w.key, w.value, summary}, {w.out});
  EXPECT_EQ(a.out.data, b.out.data);
}

TEST(Hpp, TakesStrides) {
  hipc::Program program = cpuEngine().compile(small("dense<block_q = 32>"));
  SmallArrays a;
  Views v(a);
  program.run({v.query, v.key, v.value}, {v.out});
  std::vector<float> rows(2 * 96 * 4 * 16);
  hipc::Tensor out(rows.data(), hipc::f32, {2, 4, 96, 16},
                   {96 * 64, 16, 64, 1});
  program.run({v.query, v.key, v.value}, {out});
  for (int64_t i = 0; i < 96; ++i)
    EXPECT_EQ(rows[i * 64 + 16], a.out.data[96 * 16 + i * 16]);
}

TEST(Hpp, TextsAreProgramsToo) {
  hipc::Program program =
      cpuEngine().compile("func.func @f(%a: tensor<?xf32>) -> tensor<?xf32> {\n"
                          "  return %a : tensor<?xf32>\n}\n",
                          "f");
  std::vector<float> in = {1, 2, 3}, out(3);
  program.run({{std::span(in), {3}}}, {{std::span(out), {3}}});
  EXPECT_EQ(in, out);
  EXPECT_NE(program.explain().find("f"), std::string::npos);
}

/// The code and the text of what `body` throws.
template <typename Body>
void expectThrows(Body body, hipc_code code, std::string_view part) {
  try {
    body();
    ADD_FAILURE() << "throws nothing";
  } catch (const hipc::Error &error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_NE(std::string_view(error.what()).find(part), std::string::npos)
        << error.what();
  }
}

TEST(Hpp, ErrorsAreExceptions) {
  expectThrows([] { hipc::Engine({.device = "tpu"}); }, HIPC_INVALID,
               "device 'tpu'");
  hipc::Engine engine = cpuEngine();
  expectThrows([&] { engine.compile(small("forest<block_q = 32>")); },
               HIPC_INVALID, "forest");
  expectThrows([&] { engine.compile("func.func", "f"); }, HIPC_INVALID,
               "program:1:");
  expectThrows([&] { small("").text(); }, HIPC_INVALID, "policy ''");
  hipc::Program program = engine.compile(small("dense<block_q = 32>"));
  SmallArrays a;
  Views v(a);
  expectThrows([&] { program.run({v.query, v.key}, {v.out}); }, HIPC_INVALID,
               "passes 2 inputs");
  expectThrows([&] { program.outputShapes({v.query}); }, HIPC_INVALID,
               "passes 1 inputs");
  std::vector<float> few(3);
  expectThrows([&] { hipc::Tensor(std::span(few), {2, 2}); }, HIPC_INVALID,
               "not of as many numbers");
  expectThrows([&] { hipc::Tensor(few.data(), hipc::f32, {3}, {1, 1}); },
               HIPC_INVALID, "as many strides");
}

} // namespace
} // namespace hipc_test
