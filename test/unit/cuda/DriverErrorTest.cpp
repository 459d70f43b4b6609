// Functions of the driver fail, each at every one of its calls, alone and two
// at once: what the launcher does then.

#include "runtime/cuda/RecordedCall.h"
#include "runtime/cuda/Timer.h"
#include "test/unit/cuda/CudaTest.h"

#include <set>

namespace hipc {
namespace {
using namespace test;

const std::vector<std::string> kFunctions = {
#define HIPC_NAME(NAME, SYMBOL, PARAMETERS) SYMBOL,
    HIPC_CUDA_FUNCTIONS(HIPC_NAME) HIPC_CUDA_OPTIONAL_FUNCTIONS(HIPC_NAME)
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

class DriverErrorTest : public CudaTest,
                        public testing::WithParamInterface<std::string> {
protected:
  /// All that the launcher can do, up to the first error.
  Status doEverything() {
    Expected<std::unique_ptr<CudaExecutable>> executable = load();
    if (!executable)
      return executable.status();
    HIPC_RETURN_IF_ERROR((*executable)->kernelUse().status());
    Status uploaded =
        cuda::upload((*executable)->sharedDevice(), inputs[0]).status();
    HIPC_RETURN_IF_ERROR(uploaded);
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

  static std::string functionOf(std::string_view call) {
    return std::string(call.substr(0, call.find(' ')));
  }
  /// Does everything anew. What it made is given back, and no context stays
  /// current.
  Status tryEverything() {
    auto wanted = *fake;
    *fake = {};
    fake->failing = wanted.failing;
    fake->failingCalls = wanted.failingCalls;
    fake->failingAlways = wanted.failingAlways;
    fake->result = 999;
    package = scaleAddPackage();
    package.plan = scaleAddPlanOfMaps();
    package.blobs = {{BlobKind::Ptx, "sm_90a", "hopper"}};
    Status status = doEverything();
    EXPECT_EQ(fake->current, 0);
    EXPECT_FALSE(fake->capturing);
    EXPECT_EQ(fake->misuses, std::vector<std::string>());
    for (auto &[kind, count] : fake->live)
      EXPECT_EQ(count, 0) << kind;
    return status;
  }
  /// Nothing is launched after the call with number `failed`.
  void expectNoLaunchAfter(size_t failed) {
    for (size_t i = failed + 1; i < fake->calls.size(); ++i)
      EXPECT_FALSE(fake->calls[i].starts_with("cuLaunchKernelEx") ||
                   fake->calls[i].starts_with("cuGraphLaunch"))
          << fake->calls[i] << " after " << fake->calls[failed];
  }
  /// Clean-up goes on, also without its context, which may be the current one;
  /// and a driver that does not know an option of the loader is asked without.
  static bool isSurvived(const std::vector<std::string> &calls, size_t i) {
    const std::set<std::string> kInContext = {"cuMemFree_v2", "cuModuleUnload",
                                              "cuGraphExecDestroy"};
    return kSurvived.count(functionOf(calls[i])) ||
           calls[i].starts_with("cuModuleLoadDataEx hopper option") ||
           (calls[i] == "cuCtxPushCurrent_v2" && i + 1 < calls.size() &&
            kInContext.count(calls[i + 1]));
  }
};

TEST_P(DriverErrorTest, IsReportedAndLeaksNothing) {
  fake->failing = GetParam();
  Status status = tryEverything();
  EXPECT_TRUE(called(GetParam()) || kSurvived.count(GetParam()));
  if (kSurvived.count(GetParam())) {
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(count("cuGraphLaunch"), 1);
    return;
  }
  expectError(status, Code::Device,
              {": CUDA_ERROR_FAKE: asked for by the test"});
}

INSTANTIATE_TEST_SUITE_P(Table, DriverErrorTest, testing::ValuesIn(kFunctions),
                         [](const auto &info) { return info.param; });

TEST_F(DriverErrorTest, WithoutOneAllIsDoneInOrder) {
  Status status = tryEverything();
  ASSERT_TRUE(status.ok()) << status.message();
  for (const std::string &name : kFunctions)
    EXPECT_TRUE(called(name) || name.starts_with("cuGetError")) << name;
}

TEST_F(DriverErrorTest, EveryCallMayFail) {
  ASSERT_TRUE(tryEverything().ok());
  const std::vector<std::string> calls = fake->calls;
  ASSERT_GT(calls.size(), 60u);
  for (size_t i = 0; i < calls.size(); ++i) {
    SCOPED_TRACE(join("call ", i, ", ", calls[i]));
    fake->failingCalls = {i};
    Status status = tryEverything();
    if (isSurvived(calls, i)) {
      EXPECT_TRUE(status.ok()) << status.message();
      continue;
    }
    expectError(status, Code::Device, {"CUDA_ERROR_FAKE"});
    expectNoLaunchAfter(i);
  }
}

TEST_F(DriverErrorTest, TwoCallsMayFail) {
  ASSERT_TRUE(tryEverything().ok());
  const std::vector<std::string> calls = fake->calls;
  for (size_t i = 0; i < calls.size(); ++i) {
    fake->failingCalls = {i};
    (void)tryEverything();
    // What comes after the first failure: clean-up, as a rule.
    size_t made = fake->calls.size();
    for (size_t j = i + 1; j < made; ++j) {
      fake->failingCalls = {i, j};
      Status status = tryEverything();
      SCOPED_TRACE(join("calls ", i, " and ", j, ", ", calls[i], " and ",
                        j < fake->calls.size() ? fake->calls[j] : "none"));
      if (isSurvived(calls, i))
        continue;
      EXPECT_EQ(status.code(), Code::Device) << status.message();
      expectNoLaunchAfter(i);
      if (HasFailure())
        return;
    }
    // All of clean-up.
    fake->failingCalls = {i};
    fake->failingAlways = kSurvived;
    SCOPED_TRACE(join("call ", i, " and all clean-up, ", calls[i]));
    EXPECT_EQ(tryEverything().ok(), isSurvived(calls, i));
    fake->failingAlways.clear();
  }
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
  CudaDevice::Scope scope((*executable)->device());
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
