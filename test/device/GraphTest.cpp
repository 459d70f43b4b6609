// Calls as CUDA graphs. A capture fails where anything allocates or waits.

#include "runtime/cuda/RecordedCall.h"
#include "test/device/DeviceTest.h"

namespace hipc::test {
namespace {

constexpr int64_t kRows = 256, kQueryBlocks = kRows / kListBlockQ;

class GraphTest : public DeviceTest {
protected:
  /// Lists of `count` candidates from the `first`-th on, where there are any.
  static void setLists(int64_t first, int64_t count,
                       std::vector<OwnedTensor> &inputs) {
    std::vector<int32_t> blocks, counts;
    for (int64_t list = 0; list < kBatch * kHeads * kQueryBlocks; ++list) {
      int64_t room = std::max<int64_t>(0, list % kQueryBlocks * kListBlockQ +
                                              1 - kListWindow - kListSink);
      int64_t end = std::min(first + count, room / kListBlockK);
      counts.push_back(std::max<int64_t>(0, end - first));
      for (int64_t x = 0; x < kListWidth; ++x)
        blocks.push_back(kListSink / kListBlockK + first + x);
    }
    inputs.resize(3);
    inputs.push_back(words(blocks, {kBatch, kHeads, kQueryBlocks, kListWidth}));
    inputs.push_back(words(counts, {kBatch, kHeads, kQueryBlocks}));
  }
  static std::vector<OwnedTensor> arrays(unsigned seed) {
    std::vector<OwnedTensor> made;
    made.push_back(integers(DType::F16, {kBatch, kHeads, kRows, kSize}, seed));
    for (unsigned next : {seed + 1, seed + 2})
      made.push_back(
          integers(DType::F16, {kBatch, kKvHeads, kRows, kSize}, next));
    return made;
  }
  std::vector<OwnedTensor> results(DeviceCall &call) {
    auto got = call.download();
    EXPECT_TRUE(got.ok()) << got.status().message();
    return got ? std::move(*got) : std::vector<OwnedTensor>();
  }
  Expected<cuda::RecordedCall> record(DeviceCall &call) {
    return cuda::RecordedCall::record(device, timer->stream,
                                      [&] { return call.run(); });
  }
};

TEST_F(GraphTest, ListsChangeBetweenReplays) {
  std::vector<OwnedTensor> inputs = arrays(1);
  setLists(0, 2, inputs);
  auto call = prepare(listProgram("f16"), inputs);
  ASSERT_TRUE(call);
  auto recorded = record(*call);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  std::vector<OwnedTensor> untouched = results(*call);
  std::vector<std::vector<float>> seen = {numbers(untouched[0].view)};
  for (auto [first, count] :
       {std::pair<int64_t, int64_t>{0, 2}, {1, 3}, {0, 0}, {2, 6}}) {
    setLists(first, count, inputs);
    for (size_t i : {3, 4})
      ASSERT_TRUE(call->update(i, inputs[i]).ok());
    ASSERT_TRUE(call->run().ok());
    std::vector<OwnedTensor> direct = results(*call);
    ASSERT_TRUE(call->poison().ok());
    ASSERT_TRUE(recorded->launch(timer->stream).ok());
    expectEqual(results(*call), direct);
    for (const std::vector<float> &other : seen)
      EXPECT_NE(other, numbers(direct[0].view));
    seen.push_back(numbers(direct[0].view));
  }
}

TEST_F(GraphTest, PruningSeesNewKeys) {
  ListedPolicy tree{"tree", "tree<block_q = 64, block_k = 2, keep = 32>", 64, 2,
                    16};
  std::vector<OwnedTensor> inputs = arrays(1);
  auto call = prepare(policyProgram(tree, "f16"), inputs);
  ASSERT_TRUE(call);
  auto recorded = record(*call);
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  for (unsigned seed : {10, 20, 30}) {
    std::vector<OwnedTensor> fresh = arrays(seed);
    for (size_t i = 0; i < fresh.size(); ++i)
      ASSERT_TRUE(call->update(i, fresh[i]).ok());
    ASSERT_TRUE(recorded->launch(timer->stream).ok());
    std::vector<OwnedTensor> replayed = results(*call);
    ASSERT_TRUE(call->run().ok());
    std::vector<OwnedTensor> direct = results(*call);
    for (size_t i : {0, 1, 3})
      EXPECT_EQ(numbers(replayed[i].view), numbers(direct[i].view)) << i;
    expectNear(replayed[0].view,
               runOnCpu(policyProgram(tree, "f16"), fresh)[0].view, 0x1p-7);
  }
}

} // namespace
} // namespace hipc::test
