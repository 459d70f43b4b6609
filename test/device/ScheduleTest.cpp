// What a schedule may choose changes no bit: rows by TMA and by cp.async, and
// thread blocks that go on with others' work. The keys' tails, sinks that a
// tile shares with the band, heads of every swizzle, and lists of blocks.

#include "test/device/DeviceTest.h"

namespace hipc::test {
namespace {

struct ScheduleCase {
  std::string name;
  std::string policy; ///< with its block_q
  std::string band;   ///< sink and window
  std::string dtype;
  int64_t size = 0; ///< of heads
  int64_t rows = 0, keys = 0;
};

std::vector<ScheduleCase> scheduleCases() {
  const std::string dense = "dense<block_q = 128>",
                    window = "window<block_q = 128>";
  std::vector<ScheduleCase> cases;
  for (int64_t size : {64, 80, 96, 128, 192, 256})
    for (const char *dtype : {"f16", "bf16"})
      cases.push_back(
          {join("size", size, dtype), dense, "", dtype, size, 1000, 1000});
  for (int64_t keys : {1, 63, 64, 65, 333, 4096})
    cases.push_back({join("keys", keys), dense, "", "f16", 64,
                     std::min<int64_t>(keys, 200), keys});
  // Places of sinks and of the band meet inside of a tile of 64 keys.
  for (int64_t sink : {32, 40, 64, 100})
    cases.push_back({join("sink", sink), window,
                     join("sink = ", sink, ", window = 200, "), "bf16", 128,
                     700, 900});
  for (int64_t blockK : {8, 16, 32, 64})
    cases.push_back(
        {join("blocks", blockK),
         join("boxes<block_q = 64, block_k = ", blockK, ", levels = [(", blockK,
              ", ", 8 * blockK, ")], keep = ", 4 * blockK, ">"),
         join("sink = ", blockK, ", window = ", blockK, ", "), "f16", 64, 900,
         900});
  return cases;
}

/// (q, k, v) -> out, with what `more` adds to a schedule.
std::string program(const ScheduleCase &each, std::string_view more) {
  auto array = [&](int64_t heads) {
    return join("tensor<", kBatch, "x", heads, "x?x", each.size, "x",
                each.dtype, ">");
  };
  std::string query = array(kHeads), key = array(kKvHeads);
  // 128 rows: of one head, or 64 of each of two that share a list.
  return join(
      "func.func @f(%q: ", query, ", %k: ", key, ", %v: ", key, ") -> ", query,
      " {\n  %c2 = arith.constant 2 : index\n  %t = tensor.dim %q, %c2 : ",
      query, "\n  %o = tensor.empty(%t) : ", query,
      "\n  %r = hip.attention ins(%q, %k, %v : ", query, ", ", key, ", ", key,
      ") outs(%o : ", query, ") policy #hip.", each.policy, " {", each.band,
      "causal, hip.schedule = #hip.schedule<threads = 256, rows = 128, "
      "columns = 64, stages = 2, producers = 128, unit = wgmma",
      more, ">} -> ", query, "\n  return %r : ", query, "\n}\n");
}

class Schedules : public DeviceTest,
                  public testing::WithParamInterface<ScheduleCase> {
protected:
  std::vector<OwnedTensor> result(std::string_view more,
                                  std::span<const OwnedTensor> inputs) {
    auto call = prepare(program(GetParam(), more), inputs);
    if (!call || !call->poison().ok() || !call->run().ok())
      return {};
    auto got = call->download();
    return got.ok() ? std::move(*got) : std::vector<OwnedTensor>();
  }
};

TEST_P(Schedules, ChangeNoBit) {
  const ScheduleCase &each = GetParam();
  if (!device->accepts("sm_90a", /*ptx=*/true).ok())
    GTEST_SKIP() << device->name() << " has no wgmma";
  DType dtype = each.dtype == "f16" ? DType::F16 : DType::BF16;
  std::vector<OwnedTensor> inputs;
  inputs.push_back(integers(dtype, {kBatch, kHeads, each.rows, each.size}, 1));
  for (unsigned seed : {2, 3})
    inputs.push_back(
        integers(dtype, {kBatch, kKvHeads, each.keys, each.size}, seed));
  std::vector<OwnedTensor> want = result("", inputs);
  ASSERT_EQ(want.size(), 1u);
  for (const char *more : {", engine = tma", ", persistent = 3",
                           ", engine = tma, persistent = 3"}) {
    SCOPED_TRACE(more);
    std::vector<OwnedTensor> got = result(more, inputs);
    ASSERT_EQ(got.size(), 1u);
    expectEqual(got, want);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Schedules, testing::ValuesIn(scheduleCases()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace hipc::test
