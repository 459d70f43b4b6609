#include "runtime/cpu/Processor.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace hipc {
namespace {

/// Whether Linux, which has its own way to ask, names a flag.
bool linuxHas(const std::string &flag) {
  std::ifstream file("/proc/cpuinfo");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  size_t at = text.find("\nflags");
  std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  return (line + " ").find(" " + flag + " ") != std::string::npos;
}

TEST(ProcessorTest, AgreesWithTheSystem) {
  for (auto [ours, theirs] : {std::pair("sse3", "pni"),
                              {"ssse3", "ssse3"},
                              {"cx16", "cx16"},
                              {"sse4.1", "sse4_1"},
                              {"sse4.2", "sse4_2"},
                              {"movbe", "movbe"},
                              {"popcnt", "popcnt"},
                              {"fma", "fma"},
                              {"avx", "avx"},
                              {"f16c", "f16c"},
                              {"bmi", "bmi1"},
                              {"avx2", "avx2"},
                              {"bmi2", "bmi2"},
                              {"avx512f", "avx512f"},
                              {"avx512bw", "avx512bw"},
                              {"avx512vbmi2", "avx512_vbmi2"},
                              {"avx512vnni", "avx512_vnni"},
                              {"avx512fp16", "avx512_fp16"},
                              {"avx512bf16", "avx512_bf16"},
                              {"avxvnni", "avx_vnni"},
                              {"gfni", "gfni"},
                              {"sahf", "lahf_lm"},
                              {"lzcnt", "abm"},
                              {"sse4a", "sse4a"},
                              {"xop", "xop"},
                              {"fma4", "fma4"},
                              {"tbm", "tbm"}})
    EXPECT_EQ(missingFeature(ours).empty(), linuxHas(theirs)) << ours;
}

TEST(ProcessorTest, NamesTheFirstThatIsMissing) {
  EXPECT_EQ(missingFeature(""), "");
  EXPECT_EQ(missingFeature("sse3"), "");
  EXPECT_EQ(missingFeature("sse3,other,more"), "other");
  EXPECT_EQ(missingFeature("sse3,"), "");
  EXPECT_EQ(missingFeature("sse"), "sse");
}

TEST(ProcessorTest, FeaturesHaveNamesOfTheirOwn) {
  std::vector<std::string_view> names = codeFeatures();
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  EXPECT_TRUE(std::ranges::binary_search(names, "avx2"));
}

TEST(ProcessorTest, LevelIsOneThatItRuns) {
  std::string_view level = processorLevel();
  EXPECT_TRUE(level.starts_with("x86-64")) << level;
  EXPECT_EQ(level == "x86-64-v4", linuxHas("avx512f") && linuxHas("avx512bw") &&
                                      linuxHas("avx512cd") &&
                                      linuxHas("avx512dq") &&
                                      linuxHas("avx512vl"));
}

} // namespace
} // namespace hipc
