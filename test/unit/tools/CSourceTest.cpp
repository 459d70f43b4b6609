#include "tools/hip-compile/CSource.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "tools/hip-compile/Json.h"

#include "llvm/Support/JSON.h"

#include <limits>

#include <gtest/gtest.h>

using namespace hipc;

/// A package whose first kernel takes `number`.
static Package packageWith(float number) {
  Package package = test::scaleAddPackage();
  for (Step &step : package.plan.steps)
    if (auto *kernel = std::get_if<KernelStep>(&step))
      for (Argument &argument : kernel->arguments)
        if (argument.kind == Argument::Kind::Float)
          argument.real = number;
  package.blobs.front().kind = BlobKind::Ptx;
  return package;
}

static std::string sourceOf(float number) {
  return hip_compile::writeC(packageWith(number), "p.h").source;
}

TEST(CSourceTest, NumbersThatAreNotFiniteAreThoseOfMathH) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (auto [number, text] :
       {std::pair(kInfinity, " = INFINITY;"),
        {-kInfinity, " = -INFINITY;"},
        {std::numeric_limits<float>::quiet_NaN(), " = NAN;"},
        {0.5f, " = 0x1p-1f;"}})
    EXPECT_NE(sourceOf(number).find(text), std::string::npos) << text;
  EXPECT_NE(sourceOf(kInfinity).find("#include <math.h>"), std::string::npos);
}

TEST(CSourceTest, JsonHasAWordForThem) {
  for (auto [number, text] :
       {std::pair(std::numeric_limits<float>::infinity(), "\"inf\""),
        {-std::numeric_limits<float>::infinity(), "\"-inf\""},
        {std::numeric_limits<float>::quiet_NaN(), "\"nan\""},
        {0.5f, "0.5"}}) {
    std::string json = hip_compile::writeJson(packageWith(number));
    EXPECT_NE(json.find(std::string("\"f32\": ") + text), std::string::npos)
        << json;
    auto parsed = llvm::json::parse(json);
    EXPECT_TRUE(bool(parsed)) << llvm::toString(parsed.takeError());
  }
}
