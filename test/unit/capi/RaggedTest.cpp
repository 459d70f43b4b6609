//===- RaggedTest.cpp - Packed queries
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <algorithm>
#include <string>

namespace hipc_test {
namespace {

constexpr int64_t kHeads = 4, kSize = 16, kKeys = 96;
constexpr const char *kTree = "tree<block_q = 32, block_k = 2, keep = 16>";

hipc_attention treeAttention() {
  hipc_attention attention = smallAttention(kTree);
  attention.sink = 4;
  attention.window = 8;
  attention.returns_lse = attention.returns_lists = 1;
  return attention;
}

/// Queries of both entries of SmallArrays, `rows` of each, one after another.
struct PackedQueries {
  PackedQueries(const SmallArrays &a, std::vector<int32_t> rows, int64_t most)
      : query({1, kHeads, rows[0] + rows[1], kSize}, kF32), offsets({3}, kI32),
        mostRows({most, 0}, kI32) {
    offsets.data = {0, rows[0], rows[0] + rows[1]};
    offsets.tensor.data = offsets.data.data();
    mostRows.tensor.data = nullptr;
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t h = 0; h < kHeads; ++h)
        std::copy_n(&a.query.data[(b * kHeads + h) * kKeys * kSize],
                    rows[b] * kSize, at(query, h, offsets.data[b]));
  }

  static float *at(Floats &packed, int64_t head, int64_t row) {
    int64_t size = packed.shape.size() == 4 ? kSize : 1;
    return packed.data.data() + (head * packed.shape[2] + row) * size;
  }
  std::vector<const hipc_tensor *> inputs(const SmallArrays &a) const {
    return {&query.tensor, &a.key.tensor, &a.value.tensor, &offsets.tensor,
            &mostRows.tensor};
  }

  Floats query;
  Ints offsets, mostRows;
};

/// An entry has the bits, of out, of lse and of counts, that a call of its own
/// gives; lists past its last row are empty (S1b).
TEST_F(CapiTest, PackedQueriesAreThoseOfTheirOwnCalls) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = treeAttention();
  ProgramPtr whole = compile(engine.get(), attention);
  attention.has_ragged_queries = 1;
  ProgramPtr packed = compile(engine.get(), attention);
  ASSERT_TRUE(whole && packed);
  EXPECT_EQ(hipc_program_inputs(packed.get()), 5);
  SmallArrays a;
  std::vector<int32_t> rows = {70, 1};
  PackedQueries queries(a, rows, 80);
  Floats out({1, kHeads, 71, kSize}, kF32), lse({1, kHeads, 71}, kF32);
  Ints blocks({2, 2, 3, 8}, kI32), counts({2, 2, 3}, kI32);
  run(packed, queries.inputs(a),
      {&out.tensor, &lse.tensor, &blocks.tensor, &counts.tensor});
  for (int64_t b = 0; b < 2; ++b) {
    int64_t many = rows[b], lists = (many + 31) / 32;
    Floats query({1, kHeads, many, kSize}, kF32),
        key({1, 2, kKeys, kSize}, kF32), value({1, 2, kKeys, kSize}, kF32),
        own({1, kHeads, many, kSize}, kF32), ownLse({1, kHeads, many}, kF32);
    Ints ownBlocks({1, 2, lists, 8}, kI32), ownCounts({1, 2, lists}, kI32);
    for (int64_t h = 0; h < kHeads; ++h)
      std::copy_n(&a.query.data[(b * kHeads + h) * kKeys * kSize], many * kSize,
                  PackedQueries::at(query, h, 0));
    size_t half = key.data.size();
    std::copy_n(&a.key.data[b * half], half, key.data.begin());
    std::copy_n(&a.value.data[b * half], half, value.data.begin());
    run(whole, {&query.tensor, &key.tensor, &value.tensor},
        {&own.tensor, &ownLse.tensor, &ownBlocks.tensor, &ownCounts.tensor});
    for (int64_t h = 0; h < kHeads; ++h) {
      int64_t first = queries.offsets.data[b];
      EXPECT_TRUE(std::equal(PackedQueries::at(own, h, 0),
                             PackedQueries::at(own, h, many),
                             PackedQueries::at(out, h, first)))
          << b << " " << h;
      EXPECT_TRUE(std::equal(PackedQueries::at(ownLse, h, 0),
                             PackedQueries::at(ownLse, h, many),
                             PackedQueries::at(lse, h, first)))
          << b << " " << h;
    }
    for (int64_t h = 0; h < 2; ++h)
      for (int64_t m = 0; m < 3; ++m)
        EXPECT_EQ(counts.data[(b * 2 + h) * 3 + m],
                  m < lists ? ownCounts.data[h * lists + m] : 0)
            << b << " " << h << " " << m;
  }
}

/// Shapes are checked before a run.
TEST_F(CapiTest, PackedQueriesAreChecked) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = treeAttention();
  attention.has_ragged_queries = 1;
  attention.returns_lists = 0;
  ProgramPtr program = compile(engine.get(), attention);
  SmallArrays a;
  PackedQueries queries(a, {70, 1}, 80);
  Floats out({1, kHeads, 71, kSize}, kF32), lse({1, kHeads, 71}, kF32);
  auto refused = [&](const std::string &text) {
    expectInvalid(program, queries.inputs(a), {&out.tensor, &lse.tensor}, text);
  };
  queries.offsets.shape[0] = 4;
  refused("input 1 has B = 2 in dimension 0, but input 3 has offsets for 3");
  queries.offsets.shape[0] = 3;
  queries.mostRows.shape[1] = 1;
  refused("input 4");
  queries.mostRows.shape[1] = 0;
  out.shape[2] = 72;
  refused("output 0");
}

} // namespace
} // namespace hipc_test
