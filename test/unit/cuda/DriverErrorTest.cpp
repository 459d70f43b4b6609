// Every function of the driver fails once: what the launcher does then.

#include "runtime/cuda/RecordedCall.h"
#include "runtime/cuda/Timer.h"
#include "test/unit/cuda/CudaTest.h"

#include <set>

namespace hipc {
namespace {
using namespace test;

const std::vector<std::string> kFunctions = {
#define HIPC_NAME(NAME, SYMBOL, PARAMETERS) SYMBOL,
    HIPC_CUDA_FUNCTIONS(HIPC_NAME)
#undef HIPC_NAME
};

/// Clean-up has nobody to tell, and names of errors have a number in their
/// place.
const std::set<std::string> kSurvived = {"cuDevicePrimaryCtxRelease_v2",
                                         "cuCtxPopCurrent_v2",
                                         "cuModuleUnload",
                                         "cuMemFree_v2",
                                         "cuStreamDestroy_v2",
                                         "cuEventDestroy_v2",
                                         "cuGraphDestroy",
                                         "cuGraphExecDestroy",
                                         "cuGetErrorName",
                                         "cuGetErrorString"};

/// What is made by the first is given back by the second.
const std::pair<const char *, const char *> kPairs[] = {
    {"cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2"},
    {"cuCtxPushCurrent_v2", "cuCtxPopCurrent_v2"},
    {"cuModuleLoadDataEx", "cuModuleUnload"},
    {"cuMemAlloc_v2", "cuMemFree_v2"},
    {"cuStreamCreate", "cuStreamDestroy_v2"},
    {"cuEventCreate", "cuEventDestroy_v2"},
    {"cuStreamBeginCapture_v2", "cuStreamEndCapture"},
    {"cuStreamEndCapture", "cuGraphDestroy"},
    {"cuGraphInstantiateWithFlags", "cuGraphExecDestroy"}};

class DriverErrorTest : public CudaTest,
                        public testing::WithParamInterface<std::string> {
protected:
  /// All that the launcher can do, up to the first error.
  Status doEverything() {
    package.plan.steps.push_back(CopyStep{input(1), test::workspace(1), 16});
    Expected<std::unique_ptr<CudaExecutable>> executable = load();
    if (!executable)
      return executable.status();
    HIPC_RETURN_IF_ERROR((*executable)->kernelUse().status());
    Status called = cuda::call(**executable, inputs).status();
    HIPC_RETURN_IF_ERROR(called);
    CudaDevice::Scope scope((*executable)->device());
    HIPC_RETURN_IF_ERROR(scope.status());
    cuda::Timer timer((*executable)->device());
    HIPC_RETURN_IF_ERROR(timer.create());
    auto recorded = cuda::RecordedCall::record(
        (*executable)->sharedDevice(), timer.stream, [&] {
          return (*executable)
              ->run(inputs, outputs, test::CudaTest::workspace, timer.stream);
        });
    if (!recorded)
      return recorded.status();
    return recorded->launch(timer.stream);
  }
  int64_t succeeded(std::string_view name) const {
    return name == fake->failing ? 0 : count(name);
  }
};

TEST_P(DriverErrorTest, IsReportedAndLeaksNothing) {
  fake->failing = GetParam();
  fake->result = 999;
  Status status = doEverything();
  EXPECT_TRUE(called(GetParam()) || kSurvived.count(GetParam()));
  if (kSurvived.count(GetParam())) {
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(count("cuGraphLaunch"), 1);
  } else {
    expectError(status, Code::Device,
                {": CUDA_ERROR_FAKE: asked for by the test"});
    // Nothing is launched after the failure.
    auto failure = std::find_if(
        fake->calls.begin(), fake->calls.end(),
        [&](const std::string &call) { return call.starts_with(GetParam()); });
    if (failure != fake->calls.end())
      ++failure;
    for (; failure != fake->calls.end(); ++failure)
      EXPECT_FALSE(failure->starts_with("cuLaunchKernel") ||
                   failure->starts_with("cuGraphLaunch"))
          << *failure;
  }
  for (auto [makes, givesBack] : kPairs)
    EXPECT_EQ(succeeded(makes), count(givesBack)) << makes;
}

INSTANTIATE_TEST_SUITE_P(Table, DriverErrorTest, testing::ValuesIn(kFunctions),
                         [](const auto &info) { return info.param; });

TEST_F(DriverErrorTest, WithoutOneAllIsDoneInOrder) {
  Status status = doEverything();
  ASSERT_TRUE(status.ok()) << status.message();
  for (const std::string &name : kFunctions)
    EXPECT_TRUE(called(name) || name.starts_with("cuGetError")) << name;
}

TEST_F(DriverErrorTest, AnErrorWithoutANameIsANumber) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  fake->failing = "cuGetErrorName";
  fake->result = 3;
  const cuda::Driver &driver = (*executable)->device().driver();
  expectError(driver.check(700, "launch"), Code::Device,
              {"launch: CUDA error 700"});
}

TEST_F(DriverErrorTest, ACaptureEndsWhenItsCallIsRefused) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  auto recorded =
      cuda::RecordedCall::record((*executable)->sharedDevice(), nullptr, [] {
        return error(Code::Invalid, "refused");
      });
  expectError(recorded.status(), Code::Invalid, {"refused"});
  EXPECT_EQ(count("cuStreamEndCapture"), 1);
  EXPECT_EQ(count("cuGraphDestroy"), 1);
  EXPECT_EQ(count("cuGraphInstantiateWithFlags"), 0);
}

} // namespace
} // namespace hipc
