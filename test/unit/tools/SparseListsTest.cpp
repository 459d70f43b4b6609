#include "tools/hip-bench/SparseLists.h"

#include "compiler/Compiler.h"
#include "runtime/device/Backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

using namespace hipc;

namespace hip_bench {
namespace {

const ListShape kShape{2, 4, 2, 700, 900, 64};

struct Case {
  ListOptions options;
  ListShape shape;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (ListKind kind :
       {ListKind::Random, ListKind::Neighbours, ListKind::First})
    for (ListSharing sharing :
         {ListSharing::Query, ListSharing::Kv, ListSharing::All})
      for (bool causal : {true, false})
        for (auto [blockQ, blockK, keep] : {std::array<int64_t, 3>{64, 1, 300},
                                            {16, 8, 64},
                                            {128, 128, 256},
                                            {100, 3, 0},
                                            {1, 16, 4096}})
          all.push_back(
              {{blockQ, blockK, keep, kind, sharing, causal, 7}, kShape});
  return all;
}

class SparseLists : public testing::TestWithParam<Case> {
protected:
  /// Entries of list m of a head, which is one of a batch entry.
  std::vector<int32_t> list(int64_t head, int64_t m) const {
    int64_t at = head * lists.countDims[2] + m;
    auto first = lists.blocks.begin() + at * lists.blockDims[3];
    return {first, first + lists.counts[at]};
  }
  int64_t heads() const {
    switch (options.sharing) {
    case ListSharing::Query:
      return shape.heads;
    case ListSharing::Kv:
      return shape.kvHeads;
    default:
      return 1;
    }
  }
  /// E of query block m by S3.
  int64_t candidateEnd(int64_t m) const {
    int64_t first = options.causal
                        ? shape.keys - shape.queries + m * options.blockQ
                        : shape.keys - 1;
    return (first + 1) / options.blockK * options.blockK;
  }

  const ListOptions &options = GetParam().options;
  const ListShape &shape = GetParam().shape;
  BlockLists lists = makeLists(options, shape);
};

TEST_P(SparseLists, AscendWithoutRepeatsAmongTheCandidates) {
  int64_t blocks = (shape.queries + options.blockQ - 1) / options.blockQ;
  EXPECT_TRUE((lists.countDims == Dims{shape.batch, heads(), blocks}));
  ASSERT_TRUE((lists.blockDims ==
               Dims{shape.batch, heads(), blocks,
                    std::max<int64_t>(options.keep / options.blockK, 1)}));
  EXPECT_EQ(int64_t(lists.blocks.size()), listEntries(options, shape));
  for (int64_t head = 0; head < shape.batch * heads(); ++head)
    for (int64_t m = 0; m < blocks; ++m) {
      std::vector<int32_t> entries = list(head, m);
      int64_t candidates = candidateEnd(m) / options.blockK;
      ASSERT_EQ(int64_t(entries.size()),
                std::min(options.keep / options.blockK, candidates));
      EXPECT_TRUE(std::ranges::is_sorted(entries, std::less_equal()));
      if (!entries.empty()) {
        EXPECT_GE(entries.front(), 0);
        EXPECT_LT(entries.back(), candidates);
      }
    }
}

TEST_P(SparseLists, AskForTheWorkThatIsCounted) {
  double pairs = 0, keys = 0;
  for (int64_t m = 0; m < lists.countDims[2]; ++m) {
    std::set<int64_t> read;
    int64_t listed = list(0, m).size() * options.blockK;
    for (int64_t i = 0; i < options.blockQ; ++i) {
      int64_t row = m * options.blockQ + i,
              position = shape.keys - shape.queries + row;
      if (row >= shape.queries)
        break;
      for (int64_t j = candidateEnd(m); j < shape.keys; ++j)
        if (j <= position || !options.causal) {
          pairs += 1;
          read.insert(j);
        }
      pairs += listed;
    }
    keys += listed + read.size();
  }
  ListWork work = workOf(options, shape);
  EXPECT_EQ(work.pairs, pairs * shape.batch * shape.heads);
  // A list of all heads names rows of each of the arrays of keys.
  EXPECT_EQ(work.keys, keys * shape.batch * std::max(heads(), shape.kvHeads));
}

INSTANTIATE_TEST_SUITE_P(All, SparseLists, testing::ValuesIn(cases()));

std::vector<int32_t> listsOf(ListKind kind, int64_t seed) {
  ListOptions options{64, 1, 256, kind, ListSharing::Query, false, seed};
  return makeLists(options, {1, 1, 1, 2048, 8192, 64}).blocks;
}

TEST(SparseListsOfASeed, AreTheSameEachTime) {
  for (ListKind kind : {ListKind::Random, ListKind::Neighbours}) {
    EXPECT_EQ(listsOf(kind, 3), listsOf(kind, 3));
    EXPECT_NE(listsOf(kind, 3), listsOf(kind, 4));
  }
  // Of the standard's generator, so everywhere.
  EXPECT_EQ(listsOf(ListKind::Random, 0)[0], 17);
  EXPECT_EQ(listsOf(ListKind::First, 3), listsOf(ListKind::First, 4));
}

/// Entries of 256 that lists m and n have both.
int64_t shared(const std::vector<int32_t> &lists, int64_t m, int64_t n) {
  std::vector<int32_t> both;
  auto at = [&](int64_t list) { return lists.begin() + list * 256; };
  std::set_intersection(at(m), at(m + 1), at(n), at(n + 1),
                        std::back_inserter(both));
  return both.size();
}

TEST(SparseListsOfNeighbours, ShareThreeEntriesOfFour) {
  std::vector<int32_t> random = listsOf(ListKind::Random, 0),
                       near = listsOf(ListKind::Neighbours, 0);
  for (int64_t m = 0; m < 31; ++m) {
    EXPECT_LT(shared(random, m, m + 1), 64); // of parts of 32 keys
    if (m % 8 == 7)
      EXPECT_LT(shared(near, m, m + 1), 64);
    else
      EXPECT_GE(shared(near, m, m + 1), 192);
    EXPECT_NE(shared(near, m, m + 1), 256);
  }
}

/// What hip.check_list counts in lists of that kind.
TEST(SparseListsOfEachKind, HaveNoFaults) {
  for (ListKind kind : {ListKind::Random, ListKind::Neighbours})
    for (bool causal : {true, false}) {
      ListOptions options{48, 5, 200, kind, ListSharing::Kv, causal, 1};
      BlockLists lists = makeLists(options, kShape);
      std::string q = "tensor<2x4x700x64xf32>", k = "tensor<2x2x900x64xf32>",
                  b = "tensor<2x2x15x40xi32>", c = "tensor<2x2x15xi32>";
      std::string text =
          join("func.func @f(%q: ", q, ", %k: ", k, ", %b: ", b, ", %c: ", c,
               ") -> ", c, " {\n  %o = tensor.empty() : ", c,
               "\n  %r = hip.check_list ins(%q, %k : ", q, ", ", k,
               ") list(%b, %c : ", b, ", ", c, ") outs(%o : ", c,
               ") band #hip.band<block_q = 48, chunk = 5, sink = 0, window = "
               "0, causal = ",
               causal ? "true" : "false",
               "> {block_q = 48 : i64, block_k = 5 : i64} -> ", c,
               "\n  return %r : ", c, "\n}\n");
      Expected<Package> package = compile(text, optionsFor(""));
      ASSERT_TRUE(package.ok()) << package.status().message();
      auto cpu = device::createCpu(/*threads=*/1);
      auto program = (*cpu)->load(std::move(*package));
      ASSERT_TRUE(program.ok()) << program.status().message();
      auto array = [](DType dtype, const Dims &dims, const void *from) {
        OwnedTensor made = std::move(*OwnedTensor::zeros(dtype, dims));
        if (from)
          std::memcpy(made.view.data, from, *denseBytes(dtype, dims));
        return made;
      };
      OwnedTensor query = array(DType::F32, {2, 4, 700, 64}, nullptr),
                  key = array(DType::F32, {2, 2, 900, 64}, nullptr),
                  blocks =
                      array(DType::I32, lists.blockDims, lists.blocks.data()),
                  counts =
                      array(DType::I32, lists.countDims, lists.counts.data());
      Tensor inputs[] = {query.view, key.view, blocks.view, counts.view};
      auto faults = (*program)->call(inputs, 1);
      ASSERT_TRUE(faults.ok()) << faults.status().message();
      const Tensor &got = faults->outputs[0].view;
      const auto *first = static_cast<const int32_t *>(got.data);
      EXPECT_TRUE(std::all_of(first, first + 60, [](int x) { return x == 0; }));
    }
}

} // namespace
} // namespace hip_bench
