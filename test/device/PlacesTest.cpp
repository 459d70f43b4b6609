// Data that name no place (S24), in every op: under compute-sanitizer nothing
// outside an array is read or written, and results are those of the CPU.

#include "test/device/DeviceTest.h"

#include <cmath>
#include <limits>

namespace hipc::test {
namespace {

constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(),
                  kMost = std::numeric_limits<int32_t>::max();

class Places : public DeviceTest {
protected:
  /// The results on the GPU, which are near those of the CPU; NaN is NaN.
  std::vector<OwnedTensor> agree(const std::string &text,
                                 std::span<const OwnedTensor> inputs,
                                 double most = 0) {
    auto call = prepare(text, inputs);
    if (!call)
      return {};
    EXPECT_TRUE(call->run().ok());
    auto got = call->download();
    EXPECT_TRUE(got.ok()) << got.status().message();
    if (!got)
      return {};
    std::vector<OwnedTensor> want = runOnCpu(text, inputs);
    for (size_t i = 0; i < got->size(); ++i) {
      std::vector<float> a = numbers((*got)[i].view), b = numbers(want[i].view);
      for (size_t j = 0; j < a.size(); ++j)
        EXPECT_TRUE(a[j] == b[j] || (std::isnan(a[j]) && std::isnan(b[j])) ||
                    std::abs(a[j] - b[j]) <= most)
            << "number " << j << " of result " << i << ": " << a[j] << ", not "
            << b[j];
    }
    return std::move(*got);
  }
};

/// Ranges [1, 1, 8, 6, 2], of which every second is none, and counts.
OwnedTensor badRanges() {
  constexpr int32_t kBad[][2] = {
      {-1, 4},         {3, 0},     {kLeast, kMost}, {kMost, kMost},
      {5, 1000000000}, {-5, 10},   {64, 3},         {1 << 30, (1 << 30) - 1},
      {0, kMost},      {kMost, 1}, {3, -2}};
  std::vector<int32_t> entries;
  for (int32_t i = 0; i < 8 * 6; ++i) {
    bool bad = i % 2;
    entries.push_back(bad ? kBad[i / 2 % 11][0] : i % 6 * 5);
    entries.push_back(bad ? kBad[i / 2 % 11][1] : 2 + i % 3);
  }
  return words(entries, {1, 1, 8, 6, 2});
}
OwnedTensor badCounts() {
  return words({6, -1, kMost, 7, kLeast, 3, 100, 0}, {1, 1, 8});
}
OwnedTensor blank(const Dims &dims, size_t count) {
  return words(std::vector<int32_t>(count, 77), dims);
}

const std::string kRanges = "tensor<1x1x8x6x2xi32>",
                  kCounts = "tensor<1x1x8xi32>";

/// A step from a list, %r and %c, to one of `room` entries.
std::string listStep(std::string_view op, std::string_view attributes,
                     int64_t room, bool blocks, bool scores = false) {
  std::string out = join("tensor<1x1x8x", room, blocks ? "xi32>" : "x2xi32>");
  std::string scored = "tensor<1x1x8x6xf32>";
  return join("func.func @f(%r: ", kRanges, ", %c: ", kCounts, ", %o: ", out,
              ", %n: ", kCounts, scores ? ", %s: " + scored : std::string(),
              ") -> (", out, ", ", kCounts, ") {\n  %0:2 = hip.", op,
              " ins(%r, %c", scores ? ", %s" : "", " : ", kRanges, ", ",
              kCounts, scores ? ", " + scored : std::string(),
              ") outs(%o, %n : ", out, ", ", kCounts, ") {", attributes,
              "} -> ", out, ", ", kCounts, "\n  return %0#0, %0#1 : ", out,
              ", ", kCounts, "\n}\n");
}

TEST_F(Places, StepsOnListsHoldCountsAndDropWhatIsNoRange) {
  std::vector<OwnedTensor> inputs;
  inputs.push_back(badRanges());
  inputs.push_back(badCounts());
  inputs.push_back(blank({1, 1, 8, 12, 2}, 8 * 12 * 2));
  inputs.push_back(blank({1, 1, 8}, 8));
  agree(listStep("split", "ways = 2 : i64", 12, false), inputs);
  inputs[2] = blank({1, 1, 8, 9}, 8 * 9);
  for (const char *attributes :
       {"granule = 2 : i64, block_k = 2 : i64",
        "granule = 8 : i64, block_k = 1 : i64",
        "granule = 2147483646 : i64, block_k = 2 : i64"})
    agree(listStep("blocks", attributes, 9, true), inputs);
  inputs[2] = blank({1, 1, 8, 4, 2}, 8 * 4 * 2);
  inputs.push_back(integers(DType::F32, {1, 1, 8, 6}, 3));
  agree(listStep("select", "keep = 4 : i64", 4, false, true), inputs);
}

/// hip.score or hip.descend of 128 rows with 64 keys or 7 boxes.
std::string scoreStep(std::string_view op, std::string_view key,
                      std::string_view attributes) {
  std::string query = "tensor<1x2x128x64xf16>", scores = "tensor<1x1x8x6xf32>";
  return join("func.func @f(%r: ", kRanges, ", %c: ", kCounts, ", %q: ", query,
              ", %k: ", key, ", %o: ", scores, ") -> ", scores,
              " {\n  %0 = hip.", op, " ins(%q, %k, %r, %c : ", query, ", ", key,
              ", ", kRanges, ", ", kCounts, ") outs(%o : ", scores,
              ") {block_q = 16 : i64, ", attributes, "} -> ", scores,
              "\n  return %0 : ", scores, "\n}\n");
}

TEST_F(Places, ScoresOfWhatIsNotThereAreNaN) {
  std::vector<OwnedTensor> inputs;
  inputs.push_back(badRanges());
  inputs.push_back(badCounts());
  inputs.push_back(integers(DType::F16, {1, 2, 128, 64}, 1));
  inputs.push_back(integers(DType::F16, {1, 1, 64, 64}, 2));
  inputs.push_back(integers(DType::F32, {1, 1, 8, 6}, 3));
  for (const char *which : {"first", "center", "last"}) {
    std::string common = join(
        "granule = 2 : i64, representative = #hip.representative<", which, ">");
    agree(scoreStep("score", "tensor<1x1x64x64xf16>", common), inputs);
    agree(scoreStep("descend", "tensor<1x1x64x64xf16>",
                    common + ", levels = 3 : i64"),
          inputs);
  }
  inputs[3] = integers(DType::F16, {1, 1, 7, 2, 64}, 4);
  agree(scoreStep("score", "tensor<1x1x7x2x64xf16>",
                  "granule = 2 : i64, kind = #hip.box<8>"),
        inputs);
}

TEST_F(Places, APartitionHasTheRoomOfItsList) {
  const std::string query = "tensor<2x1x128x64xf16>",
                    list = "tensor<2x1x8x5x2xi32>",
                    counts = "tensor<2x1x8xi32>";
  std::string text = join(
      "func.func @f(%q: ", query, ", %k: ", query,
      ", %p: tensor<2xi32>, %o: ", list, ", %n: ", counts, ") -> (", list, ", ",
      counts, ") {\n  %0:2 = hip.partition ins(%q, %k : ", query, ", ", query,
      ") positions(%p : tensor<2xi32>) outs(%o, %n : ", list, ", ", counts,
      ") band #hip.band<block_q = 16, chunk = 2, sink = 4, window = 6> "
      "{granule = 2 : i64, chunks = 12 : i64} -> ",
      list, ", ", counts, "\n  return %0#0, %0#1 : ", list, ", ", counts,
      "\n}\n");
  std::vector<OwnedTensor> inputs;
  for (unsigned seed : {1, 2})
    inputs.push_back(integers(DType::F16, {2, 1, 128, 64}, seed));
  inputs.push_back(words({kMost, kLeast}, {2}));
  inputs.push_back(blank({2, 1, 8, 5, 2}, 160));
  inputs.push_back(blank({2, 1, 8}, 16));
  agree(text, inputs);
}

/// Attention, faults and boxes of views whose tables have any numbers.
std::string viewsProgram(bool paged, std::string_view policy) {
  const std::string query = "tensor<4x4x40x64xf16>", lse = "tensor<4x4x40xf32>",
                    boxes = "tensor<4x2x12x2x64xf16>";
  std::string kv = paged ? "tensor<30x4x2x64xf16>" : "tensor<80x2x64xf16>";
  std::string table = paged ? "tensor<4x12xi32>" : "tensor<5xi32>";
  auto view = [&](const char *n) {
    return paged ? join("  %", n, " = hip.kv.paged %", n, "p[%", n,
                        "t] lengths(%", n, "n) : ", kv, ", ", table,
                        ", tensor<4xi32>\n")
                 : join("  %", n, " = hip.kv.ragged %", n, "p[%", n,
                        "t] : ", kv, ", ", table, "\n");
  };
  auto arguments = [&](const char *n) {
    return join(", %", n, "p: ", kv, ", %", n, "t: ", table,
                paged ? join(", %", n, "n: tensor<4xi32>") : std::string());
  };
  const std::string type = "!hip.kv<4x2x?x64xf16>";
  return join(
      "func.func @f(%q: ", query, arguments("k"), arguments("v"),
      ", %p: tensor<4xi32>, %bi: ", boxes, ") -> (", query, ", ", lse,
      ", tensor<4xi32>, ", boxes, ") {\n", view("k"), view("v"),
      "  %o = tensor.empty() : ", query, "\n  %l = tensor.empty() : ", lse,
      "\n  %fi = tensor.empty() : tensor<4xi32>\n"
      "  %r:2 = hip.attention ins(%q, %k, %v : ",
      query, ", ", type, ", ", type,
      ") positions(%p : tensor<4xi32>) outs(%o, %l : ", query, ", ", lse,
      ") policy #hip.", policy, " {sink = 8, window = 4, causal} -> ", query,
      ", ", lse, "\n  %f = hip.check_keys ins(%k : ", type,
      ") outs(%fi : tensor<4xi32>) -> tensor<4xi32>\n"
      "  %b = hip.summarize ins(%k : ",
      type, ") outs(%bi : ", boxes, ") {granule = 4 : i64} -> ", boxes,
      "\n  return %r#0, %r#1, %f, %b : ", query, ", ", lse, ", tensor<4xi32>, ",
      boxes, "\n}\n");
}

const char *const kPolicies[] = {
    "dense<block_q = 16>", "tree<block_q = 16, block_k = 2, keep = 8>",
    "stages<[(32, 8, 16, 4), (16, 4, 8, 1)]>",
    "boxes<block_q = 16, block_k = 4, levels = [(8, 16)], keep = 8>",
    "union<[tree<block_q = 16, keep = 8>, stages<[(16, 4, 8, 1)]>]>"};

TEST_F(Places, PagesAndLengthsMayBeAnyNumber) {
  constexpr int32_t kBad[] = {30, 31, -1, kMost, kLeast, 1 << 30, -30};
  std::vector<OwnedTensor> inputs;
  inputs.push_back(integers(DType::F16, {4, 4, 40, 64}, 1));
  for (unsigned seed : {2, 3}) {
    std::vector<int32_t> table;
    for (int32_t i = 0; i < 48; ++i)
      table.push_back(i % 5 == seed % 5 ? kBad[i / 5 % 7] : i * 7 % 30);
    inputs.push_back(integers(DType::F16, {30, 4, 2, 64}, seed));
    inputs.push_back(words(table, {4, 12}));
    inputs.push_back(seed == 2 ? words({48, kMost, 37, -1}, {4})
                               : words({48, 20, kLeast, 49}, {4}));
  }
  inputs.push_back(words({8, kMost, kLeast, -3}, {4}));
  inputs.push_back(integers(DType::F16, {4, 2, 12, 2, 64}, 4));
  for (const char *policy : kPolicies)
    agree(viewsProgram(/*paged=*/true, policy), inputs, 0x1p-6);
}

TEST_F(Places, OffsetsMayBeAnyNumber) {
  std::vector<OwnedTensor> inputs;
  inputs.push_back(integers(DType::F16, {4, 4, 40, 64}, 1));
  inputs.push_back(integers(DType::F16, {80, 2, 64}, 2));
  inputs.push_back(words({-7, 40, 33, kMost, kLeast}, {5}));
  inputs.push_back(integers(DType::F16, {80, 2, 64}, 3));
  inputs.push_back(words({0, 48, 90, 30, 70}, {5}));
  inputs.push_back(words({8, kMost, kLeast, -3}, {4}));
  inputs.push_back(integers(DType::F16, {4, 2, 12, 2, 64}, 4));
  for (const char *policy : kPolicies)
    agree(viewsProgram(/*paged=*/false, policy), inputs, 0x1p-6);
}

TEST_F(Places, ABandMayStartAtAnyNumber) {
  const std::string rows = "tensor<1x2x64x64xf16>",
                    list = "tensor<1x2x4x6xi32>", counts = "tensor<1x2x4xi32>";
  std::string band =
      "band #hip.band<block_q = 16, chunk = 2, sink = 8, window = 4> "
      "{block_q = 16 : i64, block_k = 2 : i64} -> ";
  std::string given = join("list(%b, %c : ", list, ", ", counts,
                           ") band_start(%e : tensor<1x4xi32>)");
  std::string text =
      join("func.func @f(%q: ", rows, ", %k: ", rows, ", %v: ", rows,
           ", %b: ", list, ", %c: ", counts, ", %e: tensor<1x4xi32>) -> (",
           rows, ", ", counts, ") {\n  %o = tensor.empty() : ", rows,
           "\n  %fi = tensor.empty() : ", counts,
           "\n  %0 = hip.block_sparse_attention ins(%q, %k, %v : ", rows, ", ",
           rows, ", ", rows, ") ", given, " outs(%o : ", rows, ") ", band, rows,
           "\n  %1 = hip.check_list ins(%q, %k : ", rows, ", ", rows, ") ",
           given, " outs(%fi : ", counts, ") ", band, counts,
           "\n  return %0, %1 : ", rows, ", ", counts, "\n}\n");
  std::vector<OwnedTensor> inputs;
  for (unsigned seed : {1, 2, 3})
    inputs.push_back(integers(DType::F16, {1, 2, 64, 64}, seed));
  std::vector<int32_t> blocks;
  for (int i = 0; i < 8; ++i)
    blocks.insert(blocks.end(), {4, -1, kMost, kLeast, 20, 3});
  inputs.push_back(words(blocks, {1, 2, 4, 6}));
  inputs.push_back(words({6, kMost, -1, 3, 7, 6, kLeast, 5}, {1, 2, 4}));
  for (int32_t start : {kLeast, -1, 0, 30, 64, 65, kMost}) {
    std::vector<int32_t> starts(4, start);
    inputs.resize(5);
    inputs.push_back(words(starts, {1, 4}));
    agree(text, inputs, 0x1p-6);
  }
}

} // namespace
} // namespace hipc::test
