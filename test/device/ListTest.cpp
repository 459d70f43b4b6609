// Lists that the caller makes, and arguments that are wrong.

#include "test/device/DeviceTest.h"

#include <cstring>
#include <limits>

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
  EXPECT_EQ(numbers(bad[2].view), std::vector<float>(kLists, 3));
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
