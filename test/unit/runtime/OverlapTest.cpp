#include "runtime/call/Overlap.h"
#include "runtime/call/Arguments.h"
#include "test/unit/runtime/TestSupport.h"

#include <functional>
#include <random>
#include <set>

namespace hipc {
namespace {
using test::expectError;

char memory[1 << 16];

Tensor view(int64_t offset, Dims dims, Dims strides, DType dtype = DType::I16) {
  return {memory + offset, dtype, dims, strides};
}

/// Every byte of every element.
std::multiset<uintptr_t> bytesOf(const Tensor &tensor) {
  std::multiset<uintptr_t> bytes;
  std::function<void(int64_t, uintptr_t)> visit = [&](int64_t axis,
                                                      uintptr_t at) {
    if (axis == tensor.rank()) {
      for (int64_t i = 0; i < dtypeBytes(tensor.dtype); ++i)
        bytes.insert(at + i);
      return;
    }
    for (int64_t i = 0; i < tensor.dims[axis]; ++i)
      visit(axis + 1, at + i * tensor.strides[axis] * dtypeBytes(tensor.dtype));
  };
  visit(0, reinterpret_cast<uintptr_t>(tensor.data));
  return bytes;
}

bool meets(const Tensor &a, const Tensor &b) {
  std::multiset<uintptr_t> first = bytesOf(a), second = bytesOf(b);
  return std::any_of(first.begin(), first.end(),
                     [&](uintptr_t byte) { return second.count(byte) > 0; });
}

TEST(Overlap, NeighboursAreApart) {
  Tensor a = view(0, {4, 8}, {8, 1}), b = view(64, {4, 8}, {8, 1});
  EXPECT_FALSE(overlap(a, b));
  EXPECT_FALSE(overlap(b, a));
  b.data = memory + 62;
  EXPECT_TRUE(overlap(a, b));
  EXPECT_TRUE(overlap(b, a));
  EXPECT_TRUE(overlap(a, a));
  b.dims[0] = 0; // empty
  EXPECT_FALSE(overlap(a, b));
  EXPECT_FALSE(overlap(b, a));
}

TEST(Overlap, PartsThatInterleaveAreApart) {
  // Heads 0 to 3 and 4 to 7 of [rows, 8, 16], with the rows at the front.
  Tensor first = view(0, {4, 100, 16}, {16, 128, 1}),
         second = view(128, {4, 100, 16}, {16, 128, 1});
  EXPECT_FALSE(overlap(first, second));
  second.data = memory + 126;
  EXPECT_TRUE(overlap(first, second));
  // Of another type, and of other strides on the same rows.
  Tensor column = view(0, {100}, {128}),
         bytes = view(2, {100, 254}, {256, 1}, DType::I8);
  EXPECT_FALSE(overlap(column, bytes));
  bytes.data = memory + 1;
  EXPECT_TRUE(overlap(column, bytes));
}

TEST(Overlap, AgreesWithCounting) {
  std::mt19937 random(7);
  auto below = [&](int64_t most) { return int64_t(random() % most); };
  auto draw = [&] {
    Dims dims, strides;
    for (int64_t i = 1 + below(3); i > 0; --i) {
      dims.push_back(1 + below(5));
      strides.push_back(below(12));
    }
    return view(2 * below(60), dims, strides,
                below(2) ? DType::I16 : DType::F32);
  };
  int together = 0;
  for (int round = 0; round < 20000; ++round) {
    Tensor a = draw(), b = draw();
    bool expected = meets(a, b);
    together += expected;
    ASSERT_EQ(overlap(a, b), expected)
        << toString(a.dims) << toString(a.strides) << " and "
        << toString(b.dims) << toString(b.strides);
    ASSERT_EQ(overlap(b, a), expected);
    std::multiset<uintptr_t> bytes = bytesOf(a);
    bool twice = std::set(bytes.begin(), bytes.end()).size() < bytes.size();
    bool broadcast = false;
    for (int64_t i = 0; i < a.rank(); ++i)
      broadcast |= a.dims[i] > 1 && a.strides[i] == 0;
    if (twice && !broadcast)
      ASSERT_TRUE(overlapsItself(a));
  }
  EXPECT_GT(together, 2000);
  EXPECT_LT(together, 18000);
}

TEST(Overlap, RowMajorViewsDoNotOverlapThemselves) {
  EXPECT_FALSE(overlapsItself(view(0, {2, 3, 4}, {12, 4, 1})));
  EXPECT_FALSE(overlapsItself(view(0, {2, 3, 4}, {4, 100, 1})));
  EXPECT_FALSE(overlapsItself(view(0, {1, 1, 4}, {0, 0, 1})));
  EXPECT_FALSE(overlapsItself(view(0, {0, 3}, {1, 1})));
  EXPECT_TRUE(overlapsItself(view(0, {3, 4}, {3, 1})));
}

/// It takes a few steps where it can, and gives up where it cannot.
TEST(Overlap, LargeViewsTakeNoTime) {
  Dims dims = {1 << 12, 1 << 10, 1 << 10, 2},
       strides = {1 << 24, 1 << 13, 8, 1};
  Tensor a{memory, DType::F16, dims, strides}, b = a;
  b.data = memory + 8;
  for (int i = 0; i < 100000; ++i)
    ASSERT_FALSE(overlap(a, b));
  // All of the first lie at multiples of 4 and all of the second between.
  for (int64_t count : {100, 20000})
    EXPECT_EQ(overlap(view(0, {count}, {6}), view(2, {count}, {10})),
              count == 20000);
}

TEST(Overlap, CallsNameBothWithTheirBytes) {
  std::vector<Tensor> in = {view(0, {8}, {1}), view(8, {8}, {1})},
                      out = {view(100, {8}, {1}), view(116, {8}, {1})};
  EXPECT_TRUE(checkOverlaps(in, out).ok()); // inputs may share
  out[1].data = memory + 114;
  auto at = [](int64_t offset) {
    return ByteRange{uintptr_t(memory) + offset,
                     uintptr_t(memory) + offset + 16}
        .text();
  };
  expectError(checkOverlaps(in, out), Code::Invalid,
              {"output 1 at bytes " + at(114) + " overlaps output 0 at bytes " +
                   at(100),
               "memory of its own", "S24"});
  out[1].data = memory + 22;
  expectError(
      checkOverlaps(in, out), Code::Invalid,
      {"output 1 at bytes " + at(22) + " overlaps input 1 at bytes " + at(8)});
  out[1].data = memory + 200;
  Tensor workspace = view(150, {10}, {1}, DType::I8);
  EXPECT_TRUE(checkOverlaps(in, out, workspace).ok());
  workspace.data = memory + 209;
  expectError(checkOverlaps(in, out, workspace), Code::Invalid,
              {"output 1", "overlaps the workspace at"});
  workspace.data = memory + 15;
  expectError(checkOverlaps(in, out, workspace), Code::Invalid,
              {"input 0", "overlaps the workspace at"});
}

} // namespace
} // namespace hipc
