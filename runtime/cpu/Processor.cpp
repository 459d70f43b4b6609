#include "runtime/cpu/Processor.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include <cpuid.h>

namespace hipc {

namespace {
/// Registers that the system has to save, as XCR0 has them.
constexpr uint64_t kPlain = 0, kYmm = 0x6, kZmm = 0xe6, kEgpr = 0x80000;

enum Register : uint8_t { kEax, kEbx, kEcx, kEdx };

/// A feature is had where a field of what cpuid gives is `least` or more.
struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register field;
  uint8_t bit;
  uint64_t state = kPlain;
  uint8_t width = 1, least = 1;
};

constexpr Feature kFeatures[] = {
    {"sse3", 1, 0, kEcx, 0},
    {"ssse3", 1, 0, kEcx, 9},
    {"cx16", 1, 0, kEcx, 13},
    {"sse4.1", 1, 0, kEcx, 19},
    {"sse4.2", 1, 0, kEcx, 20},
    {"movbe", 1, 0, kEcx, 22},
    {"popcnt", 1, 0, kEcx, 23},
    {"fma", 1, 0, kEcx, 12, kYmm},
    {"avx", 1, 0, kEcx, 28, kYmm},
    {"f16c", 1, 0, kEcx, 29, kYmm},
    {"bmi", 7, 0, kEbx, 3},
    {"avx2", 7, 0, kEbx, 5, kYmm},
    {"bmi2", 7, 0, kEbx, 8},
    {"avx512f", 7, 0, kEbx, 16, kZmm},
    {"avx512dq", 7, 0, kEbx, 17, kZmm},
    {"avx512ifma", 7, 0, kEbx, 21, kZmm},
    {"avx512cd", 7, 0, kEbx, 28, kZmm},
    {"avx512bw", 7, 0, kEbx, 30, kZmm},
    {"avx512vl", 7, 0, kEbx, 31, kZmm},
    {"avx512vbmi", 7, 0, kEcx, 1, kZmm},
    {"avx512vbmi2", 7, 0, kEcx, 6, kZmm},
    {"gfni", 7, 0, kEcx, 8},
    {"avx512vnni", 7, 0, kEcx, 11, kZmm},
    {"avx512bitalg", 7, 0, kEcx, 12, kZmm},
    {"avx512vpopcntdq", 7, 0, kEcx, 14, kZmm},
    {"avx512fp16", 7, 0, kEdx, 23, kZmm},
    {"avxvnni", 7, 1, kEax, 4, kYmm},
    {"avx512bf16", 7, 1, kEax, 5, kZmm},
    {"cmpccxadd", 7, 1, kEax, 7},
    {"avxifma", 7, 1, kEax, 23, kYmm},
    {"avxvnniint8", 7, 1, kEdx, 4, kYmm},
    {"avxneconvert", 7, 1, kEdx, 5, kYmm},
    {"avxvnniint16", 7, 1, kEdx, 10, kYmm},
    {"avx10.1", 7, 1, kEdx, 19, kZmm},
    {"avx10.2", 0x24, 0, kEbx, 0, kZmm, 8, 2},
    {"egpr", 7, 1, kEdx, 21, kEgpr},
    {"push2pop2", 7, 1, kEdx, 21, kEgpr},
    {"ppx", 7, 1, kEdx, 21, kEgpr},
    {"ndd", 7, 1, kEdx, 21, kEgpr},
    {"ccmp", 7, 1, kEdx, 21, kEgpr},
    {"nf", 7, 1, kEdx, 21, kEgpr},
    {"cf", 7, 1, kEdx, 21, kEgpr},
    {"zu", 7, 1, kEdx, 21, kEgpr},
    {"sahf", 0x80000001, 0, kEcx, 0},
    {"lzcnt", 0x80000001, 0, kEcx, 5},
    {"sse4a", 0x80000001, 0, kEcx, 6},
    {"xop", 0x80000001, 0, kEcx, 11, kYmm},
    {"fma4", 0x80000001, 0, kEcx, 16, kYmm},
    {"tbm", 0x80000001, 0, kEcx, 21},
};

/// Least first; each has what the ones before it have, and `features`.
struct Level {
  std::string_view name, features;
};
constexpr Level kLevels[] = {
    {"x86-64", ""},
    {"x86-64-v2", "cx16,sahf,popcnt,sse3,sse4.1,sse4.2,ssse3"},
    {"x86-64-v3", "avx,avx2,bmi,bmi2,f16c,fma,lzcnt,movbe"},
    {"x86-64-v4", "avx512f,avx512bw,avx512cd,avx512dq,avx512vl"},
};
} // namespace

/// XCR0; 0 where the system does not let programs read it.
static uint64_t savedState() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE))
    return 0;
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

static bool has(const Feature &feature) {
  unsigned registers[4] = {};
  if (!__get_cpuid_count(feature.leaf, feature.subleaf, &registers[kEax],
                         &registers[kEbx], &registers[kEcx], &registers[kEdx]))
    return false;
  uint32_t field =
      registers[feature.field] >> feature.bit & ((1u << feature.width) - 1);
  return field >= feature.least &&
         (savedState() & feature.state) == feature.state;
}

static bool hasByName(std::string_view name) {
  for (const Feature &feature : kFeatures)
    if (feature.name == name)
      return has(feature);
  return false;
}

std::vector<std::string_view> codeFeatures() {
  std::vector<std::string_view> names;
  for (const Feature &feature : kFeatures)
    names.push_back(feature.name);
  return names;
}

std::string_view missingFeature(std::string_view features) {
  while (!features.empty()) {
    std::string_view name = features.substr(0, features.find(','));
    if (!hasByName(name))
      return name;
    features.remove_prefix(std::min(name.size() + 1, features.size()));
  }
  return {};
}

std::string_view processorLevel() {
  std::string_view best = kLevels[0].name;
  for (const Level &level : kLevels) {
    if (!missingFeature(level.features).empty())
      break;
    best = level.name;
  }
  return best;
}

} // namespace hipc
