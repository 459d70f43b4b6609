// Lists that the caller makes, and arguments that are wrong.

#include "test/device/DeviceTest.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

namespace hipc::test {
namespace {

constexpr int64_t kRows = 200;
constexpr int64_t kLists = kBatch * kHeads * 4; // of four query blocks

class Lists : public DeviceTest {
protected:
  Lists() {
    inputs.push_back(integers(DType::F16, {kBatch, kHeads, kRows, kSize}, 1));
    for (unsigned seed : {2, 3})
      inputs.push_back(
          integers(DType::F16, {kBatch, kKvHeads, kRows, kSize}, seed));
    setLists([](int64_t, int64_t) { return std::vector<int32_t>(); });
  }

  /// entries(list, candidates): blocks 2 to 2 + candidates are candidates.
  template <typename Entries> void setLists(Entries entries) {
    std::vector<int32_t> blocks(kLists * kListWidth), counts(kLists);
    for (int64_t list = 0; list < kLists; ++list) {
      int64_t first = list % 4 * kListBlockQ;
      int64_t room = std::max<int64_t>(0, first + 1 - kListWindow - kListSink);
      std::vector<int32_t> chosen = entries(list, room / kListBlockK);
      std::copy(chosen.begin(), chosen.end(), &blocks[list * kListWidth]);
      counts[list] = chosen.size();
    }
    inputs.resize(3);
    inputs.push_back(words(blocks, {kBatch, kHeads, 4, kListWidth}));
    inputs.push_back(words(counts, {kBatch, kHeads, 4}));
  }
  static std::vector<int32_t> someCandidates(int64_t list, int64_t room) {
    std::vector<int32_t> chosen;
    for (int64_t x = list % 3; x < room && chosen.size() < 3; x += 2)
      chosen.push_back(2 + x);
    return chosen;
  }
  std::vector<OwnedTensor> runHere() {
    auto call = prepare(listProgram("f16"), inputs);
    if (!call)
      return {};
    EXPECT_TRUE(call->run().ok());
    auto got = call->download();
    EXPECT_TRUE(got.ok()) << got.status().message();
    return got ? std::move(*got) : std::vector<OwnedTensor>();
  }

  std::vector<OwnedTensor> inputs;
};

TEST_F(Lists, AgreeWithTheCpu) {
  setLists(someCandidates);
  std::vector<OwnedTensor> got = runHere(),
                           want = runOnCpu(listProgram("f16"), inputs);
  ASSERT_EQ(got.size(), 3u);
  expectNear(got[0].view, want[0].view, 0x1p-7);
  expectNear(got[1].view, want[1].view, 0x1p-13);
  EXPECT_EQ(numbers(got[2].view), std::vector<float>(kLists, 0));
}

TEST_F(Lists, BlocksThatAreNoCandidatesAreSkipped) {
  setLists(someCandidates);
  std::vector<OwnedTensor> good = runHere();
  setLists([](int64_t list, int64_t room) {
    constexpr int32_t kBad[] = {-1,
                                0,
                                1,
                                1 << 20,
                                std::numeric_limits<int32_t>::min(),
                                std::numeric_limits<int32_t>::max()};
    std::vector<int32_t> entries = someCandidates(list, room);
    entries.insert(entries.begin(), kBad[list % 6]);
    entries.push_back(2 + room); // the first block of the band
    entries.push_back(kBad[(list + 1) % 6]);
    return entries;
  });
  // The same numbers in other tiles: sums may differ in the last bits.
  std::vector<OwnedTensor> bad = runHere();
  ASSERT_EQ(bad.size(), 3u);
  expectNear(bad[0].view, good[0].view, 0x1p-7);
  expectNear(bad[1].view, good[1].view, 0x1p-13);
  // What ascends after a great number is not above the one before it.
  std::vector<OwnedTensor> want = runOnCpu(listProgram("f16"), inputs);
  expectEqual(bad, want, /*first=*/2);
  for (float faults : numbers(bad[2].view))
    EXPECT_GE(faults, 3);
}

TEST_F(Lists, CountsAreHeldToTheList) {
  setLists(someCandidates);
  auto *counts = static_cast<int32_t *>(inputs[4].view.data);
  counts[0] = -7;
  counts[5] = 1 << 30;
  std::vector<OwnedTensor> got = runHere(),
                           want = runOnCpu(listProgram("f16"), inputs);
  ASSERT_EQ(got.size(), 3u);
  expectNear(got[0].view, want[0].view, 0x1p-7);
  std::vector<float> faults = numbers(got[2].view);
  EXPECT_EQ(faults[0], 1);
  EXPECT_GE(faults[5], 1); // and what lies past the list's own entries
  expectEqual(got, want, /*first=*/2);
}

/// Entries of two lists for each of all query blocks, drawn by `entry(x)` of
/// random numbers, with counts from -1 to two more than there is room for.
class Unions : public DeviceTest {
protected:
  static constexpr int64_t kKeys = 4000;

  Unions() {
    for (int64_t heads : {kHeads, kKvHeads})
      inputs.push_back(
          integers(DType::F16,
                   {kBatch, heads, heads == kHeads ? kRows : kKeys, kSize}, 1));
  }

  template <typename Entry>
  void addList(int64_t width, bool ascends, Entry entry) {
    std::vector<int32_t> blocks(kLists * width), counts(kLists);
    for (int64_t list = 0; list < kLists; ++list) {
      auto first = blocks.begin() + list * width;
      std::generate(first, first + width, [&] { return entry(random()); });
      if (ascends) {
        std::sort(first, first + width);
        counts[list] = std::unique(first, first + width) - first;
      } else {
        counts[list] = int(random() % (width + 4)) - 1;
      }
    }
    inputs.push_back(words(blocks, {kBatch, kHeads, 4, width}));
    inputs.push_back(words(counts, {kBatch, kHeads, 4}));
  }

  void expectAsOnCpu() {
    auto call = prepare(unionProgram(), inputs);
    ASSERT_TRUE(call);
    EXPECT_TRUE(call->run().ok());
    auto got = call->download();
    ASSERT_TRUE(got.ok()) << got.status().message();
    std::vector<OwnedTensor> want = runOnCpu(unionProgram(), inputs);
    std::vector<float> counts = numbers((*got)[1].view),
                       blocks = numbers((*got)[0].view),
                       wanted = numbers(want[0].view);
    ASSERT_EQ(counts, numbers(want[1].view));
    size_t room = blocks.size() / counts.size();
    for (size_t list = 0; list < counts.size(); ++list)
      for (size_t x = list * room; x < list * room + counts[list]; ++x)
        ASSERT_EQ(blocks[x], wanted[x]) << "list " << list;
    inputs.resize(2);
  }

  std::mt19937 random{5};
  std::vector<OwnedTensor> inputs;
};

TEST_F(Unions, OfListsThatAscendAgreeWithTheCpu) {
  auto some = [](unsigned x) { return int32_t(x % (kKeys / kListBlockK)); };
  auto near = [](unsigned x) { return int32_t(200 + x % 40); };
  for (int64_t width : {1, 40, 300}) {
    addList(width, true, some);
    addList(300 / width, true, near);
    expectAsOnCpu();
  }
}

TEST_F(Unions, OfAnyListsAgreeWithTheCpu) {
  auto some = [](unsigned x) { return int32_t(x % (kKeys / kListBlockK)); };
  auto any = [](unsigned x) { return x % 3 ? int32_t(x) : int32_t(x % 250); };
  for (int64_t width : {1, 40, 300}) {
    addList(width, false, some);
    addList(width, true, some);
    expectAsOnCpu();
    addList(width, false, any);
    addList(width, false, any);
    expectAsOnCpu();
  }
}

TEST_F(Lists, BadArgumentsLaunchNothing) {
  setLists(someCandidates);
  auto call = prepare(listProgram("f16"), inputs);
  ASSERT_TRUE(call);
  std::vector<OwnedTensor> before = std::move(*call->download());
  auto refused = [&](auto change) {
    std::vector<Tensor> in = call->inputs, out = call->outputs;
    change(in, out);
    Status status =
        call->executable->run(in, out, call->workspace, timer->stream);
    EXPECT_EQ(status.code(), Code::Invalid) << status.message();
    auto after = call->download();
    ASSERT_TRUE(after.ok()) << after.status().message();
    expectEqual(*after, before);
  };
  auto move = [](Tensor &tensor, int64_t bytes) {
    tensor.data = static_cast<char *>(tensor.data) + bytes;
  };
  refused([&](auto &in, auto &) { move(in[0], 2); });
  refused([&](auto &in, auto &) { in[1].data = nullptr; });
  refused([&](auto &, auto &out) { move(out[0], 8); });
  refused([&](auto &in, auto &) { in[2].dims[2] -= 1; });
  refused([&](auto &in, auto &) { in[3].dims[2] = in[4].dims[2] = 3; });
  refused([&](auto &in, auto &) { in[1].dtype = DType::BF16; });
  refused([&](auto &in, auto &) { in[1].strides[2] = kSize + 1; });
  EXPECT_TRUE(call->run().ok());
  EXPECT_TRUE(call->download().ok());
}

} // namespace
} // namespace hipc::test
