#include "test/unit/cuda/CudaTest.h"

namespace hipc {
namespace {
using namespace test;

using CudaExecutableTest = CudaTest;

TEST_F(CudaExecutableTest, EnqueuesThePlanAndNothingElse) {
  auto executable = load();
  ASSERT_TRUE(executable.ok()) << executable.status().message();
  EXPECT_TRUE(called("cuModuleLoadDataEx hopper"));
  ASSERT_TRUE(run(**executable).ok());
  EXPECT_EQ(fake->calls,
            std::vector<std::string>(
                {"cuCtxPushCurrent_v2", "cuMemcpyDtoDAsync_v2 16",
                 "cuLaunchKernelEx scale 3x1x1 of 1 shared 0 stream 7 second 4",
                 join("cuLaunchKernelEx add 4x3x1 of 1 shared 16 stream 7 "
                      "second ",
                      reinterpret_cast<uintptr_t>(y)),
                 "cuCtxPopCurrent_v2"}));
}

TEST_F(CudaExecutableTest, PtxIsCompiledSideBySideWhereTheDriverCan) {
  ASSERT_TRUE(load().ok());
  EXPECT_EQ(count("cuModuleLoadDataEx"), 1);
  EXPECT_TRUE(called("cuModuleLoadDataEx hopper option 34 = 0"));
  fake->calls.clear();
  fake->splitsCompilation = false;
  ASSERT_TRUE(load().ok());
  EXPECT_EQ(count("cuModuleLoadDataEx hopper"), 1);
  EXPECT_FALSE(called("cuModuleLoadDataEx hopper option"));
}

TEST_F(CudaExecutableTest, MachineCodeOfThePackageComesFirst) {
  package.blobs.push_back({BlobKind::Cubin, "sm_90a", "packed"});
  ASSERT_TRUE(load().ok());
  EXPECT_EQ(count("cuModuleLoadDataEx"), 1);
  EXPECT_TRUE(called("cuModuleLoadDataEx packed"));
  EXPECT_FALSE(called("cuModuleLoadDataEx packed option"));
}

TEST_F(CudaExecutableTest, TakesTheCodeThatTheChipRuns) {
  fake->capability = 89;
  ASSERT_TRUE(load().ok());
  EXPECT_TRUE(called("cuModuleLoadDataEx ampere"));
  package.blobs.pop_back();
  expectError(load().status(), Code::Unsupported,
              {"code for sm_90a does not run on Fake GPU, which is sm_89"});
  package.blobs.clear();
  expectError(load().status(), Code::Unsupported, {"has no code for a GPU"});
}

/// As of 0 query rows: no code is looked for, whatever GPU it is, and the rest
/// of the plan goes on.
TEST_F(CudaExecutableTest, WithoutKernelsNothingIsLoaded) {
  package.kernels.clear();
  std::erase_if(package.plan.steps, [](const Step &step) {
    return std::holds_alternative<KernelStep>(step);
  });
  for (bool code : {true, false}) {
    fake->capability = code ? 75 : 90;
    auto executable = load();
    ASSERT_TRUE(executable.ok()) << executable.status().message();
    EXPECT_FALSE(called("cuModuleLoadDataEx"));
    EXPECT_TRUE(run(**executable).ok());
    EXPECT_EQ(fake->calls, std::vector<std::string>({"cuCtxPushCurrent_v2",
                                                     "cuMemcpyDtoDAsync_v2 16",
                                                     "cuCtxPopCurrent_v2"}));
    Expected<std::string> use = (*executable)->kernelUse();
    ASSERT_TRUE(use.ok()) << use.status().message();
    EXPECT_EQ(*use, "");
    inputs[1].dims[0] = 3;
    expectError(run(**executable), Code::Invalid,
                {"x has 4 columns and y has 3 elements"});
    inputs[1].dims[0] = 4;
    package.blobs.clear();
  }
}

TEST_F(CudaExecutableTest, RefusesDriversAndDevices) {
  fake->version = 11080;
  expectError(load().status(), Code::Unsupported,
              {"for CUDA 11.8", "need 12.0"});
  *fake = {};
  fake->devices = 0;
  expectError(load().status(), Code::NotFound, {"no GPU 0: the driver has 0"});
  ::setenv("HIPC_CUDA_LIBRARY", "/none/libcuda.so", 1);
  expectError(load().status(), Code::NotFound,
              {"no CUDA driver", "/none/libcuda.so"});
}

TEST_F(CudaExecutableTest, TellsWhatKernelsUse) {
  fake->kernelSharedBytes = 32;
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  Expected<std::string> text = (*executable)->kernelUse();
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_NE(text->find("kernels, on Fake GPU\n"), std::string::npos);
  EXPECT_NE(text->find("  add: 1 threads, 168 registers, 0 bytes of local "
                       "memory, 32 bytes of shared memory; occupancy 2 of "
                       "2048 threads\n"),
            std::string::npos)
      << *text;
}

TEST_F(CudaExecutableTest, StopsAtTheFirstFailure) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  fake->result = 700;
  for (const char *name : {"cuMemcpyDtoDAsync_v2", "cuCtxPushCurrent_v2"}) {
    fake->failing = name;
    expectError(run(**executable), Code::Device, {"CUDA_ERROR_FAKE"});
    EXPECT_FALSE(called("cuLaunchKernelEx")) << name;
  }
  fake->failing = "cuLaunchKernelEx";
  expectError(run(**executable), Code::Device,
              {"launch of kernel 'scale'", "CUDA_ERROR_FAKE"});
  EXPECT_FALSE(called("cuLaunchKernelEx add"));
  EXPECT_EQ(fake->current, 0);
}

TEST_F(CudaExecutableTest, LaunchesNothingOnBadArguments) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  auto refuses = [&](Code code, std::string_view piece) {
    expectError(run(**executable), code, {piece});
    EXPECT_TRUE(fake->calls.empty());
  };
  workspace.bytes = 100;
  refuses(Code::Capacity, "the workspace has 100 bytes, but this call needs");
  workspace.bytes = 512;
  inputs[0].data = nullptr;
  refuses(Code::Invalid, "is a null pointer");
  inputs[0].data = x;
  inputs[1].data = reinterpret_cast<char *>(y) + 4;
  refuses(Code::Invalid, "input 1 lies 4 bytes past a multiple of 16");
  inputs[1].data = y;
  inputs[0].strides[0] = 6;
  refuses(Code::Invalid, "input 0 has stride 6 in dimension 0, which is 24 "
                         "bytes and no multiple of 16");
  inputs[0].strides[0] = 4;
  outputs[0].strides[0] = 5;
  refuses(Code::Invalid, "output 0 has stride 5");
  outputs[0].strides[0] = 4;
  outputs[1].data = nullptr;
  refuses(Code::Invalid, "output 1 'touched' of shape [3] is a null pointer");
  outputs[1].data = out + 8;
  refuses(Code::Invalid, "output 1 at bytes ");
  outputs[1].data = workspace.data;
  refuses(Code::Invalid, "overlaps the workspace at bytes ");
  outputs[1].data = touched;
  workspace.data = x; // which is smaller, but nothing is read
  refuses(Code::Invalid, "input 0 at bytes ");
  workspace.data = memory.view.data;
  outputs.pop_back();
  refuses(Code::Invalid, "1 outputs");
}

/// Launches of the plan, which come in the order of `scale` and `add`.
TEST_F(CudaExecutableTest, LaunchesNothingWhereALaterKernelCannot) {
  auto step = [&](size_t index) -> KernelStep & {
    std::vector<KernelStep *> found;
    for (Step &each : package.plan.steps)
      if (auto *kernel = std::get_if<KernelStep>(&each))
        found.push_back(kernel);
    return *found.at(index);
  };
  const Package good = package;
  auto refuses = [&](std::initializer_list<std::string_view> pieces) {
    auto executable = load();
    ASSERT_TRUE(executable.ok()) << executable.status().message();
    expectError(run(**executable), Code::Invalid, pieces);
    EXPECT_EQ(fake->calls, std::vector<std::string>());
    package = good;
  };
  step(1).grid[0] = Expr(int64_t(1) << 31);
  refuses({"2147483648 blocks in dimension 0", "kernel 'add'",
           "Fake GPU takes 2147483647", "parts of the rows"});
  step(1).grid[1] = Expr(65536);
  refuses({"65536 blocks in dimension 1", "takes 65535", "heads"});
  step(1).grid[2] = Expr(70000);
  refuses({"70000 blocks in dimension 2", "takes 65535", "batch"});
  fake->kernelSharedBytes = 32;
  step(1).dynamicSharedBytes = Expr(232448 - 31);
  refuses({"kernel 'add' needs 232417 bytes of shared memory", "has 232416"});
  step(1).threads = {1025, 1, 1};
  refuses({"blocks of 1025 x 1 x 1 threads", "1024"});
  step(1).threads = {1, 1, 65};
  refuses({"1 x 1 x 65 threads", "takes 64 in dimension 2"});
  step(1).threads = {32, 32, 2};
  refuses({"32 x 32 x 2 threads", "1024 in all"});
  step(1).threads = {1u << 31, 1u << 31, 4};
  refuses({"2147483648 x 2147483648 x 4 threads"});
  step(1).threads = {0, 1, 1};
  refuses({"blocks of 0 x 1 x 1 threads"});
  fake->kernelThreads = 128;
  step(1).threads = {256, 1, 1};
  refuses({"blocks of 256 x 1 x 1 threads", "takes 128"});
}

TEST_F(CudaExecutableTest, LimitsAreTheDevicesAndUpToThemAllRuns) {
  fake->kernelSharedBytes = 32;
  for (Step &each : package.plan.steps)
    if (auto *kernel = std::get_if<KernelStep>(&each)) {
      kernel->grid = {Expr((int64_t(1) << 31) - 1), Expr(65535), Expr(65535)};
      kernel->threads = {4, 4, 64};
      kernel->dynamicSharedBytes = Expr(232448 - 32);
    }
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  EXPECT_TRUE(called("cuFuncSetAttribute 232416"));
  EXPECT_EQ(run(**executable).message(), "");
  EXPECT_EQ(count("cuLaunchKernelEx"), 2);
  fake->attributes[7] = 65534;
  auto smaller = load();
  ASSERT_TRUE(smaller.ok());
  expectError(run(**smaller), Code::Invalid, {"65535", "takes 65534"});
}

/// A grid without blocks has no limits: there is nothing to launch.
TEST_F(CudaExecutableTest, EmptyGridsAreLeftOut) {
  for (Step &each : package.plan.steps)
    if (auto *kernel = std::get_if<KernelStep>(&each))
      kernel->grid = {Expr(70000), Expr(0), Expr(70000)};
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  EXPECT_TRUE(run(**executable).ok());
  EXPECT_FALSE(called("cuLaunchKernelEx"));
}

/// As of a stream of another context, or of one that a capture made invalid.
TEST_F(CudaExecutableTest, AStreamThatIsRefusedLeavesTheContextAlone) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  fake->result = 400;
  for (const char *first : {"cuMemcpyDtoDAsync_v2", "cuLaunchKernelEx"}) {
    fake->failing = first;
    expectError(run(**executable), Code::Device, {"CUDA_ERROR_FAKE"});
    EXPECT_EQ(fake->current, 0);
    EXPECT_EQ(count(first), 1);
  }
  fake->failing.clear();
  EXPECT_TRUE(run(**executable).ok());
}

/// A number is read at the call, from the host and with no alignment but its
/// own, and its four bytes are the parameter.
TEST_F(CudaExecutableTest, NumbersGoByValue) {
  package.plan = scaleAddPlanOfNumber();
  auto executable = load();
  ASSERT_TRUE(executable.ok()) << executable.status().message();
  float numbers[] = {0, 0.5f};
  inputs.push_back({&numbers[1], DType::F32, {}, {}});
  auto launched = [&](uint32_t bits) {
    ASSERT_TRUE(run(**executable).ok());
    EXPECT_EQ(count(join("cuLaunchKernelEx scale 3x1x1 of 1 shared 0 stream 7 "
                         "second ",
                         bits)),
              1);
  };
  launched(0x3f000000);
  numbers[1] = -2;
  launched(0xc0000000);
  fake->calls.clear();
  auto results = cuda::call(**executable, inputs);
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_EQ(count("cuMemcpyHtoDAsync_v2"), 0);
  inputs[2].data = nullptr;
  expectError(run(**executable), Code::Invalid,
              {"input 2 'factor' of shape [] is a null pointer"});
  EXPECT_TRUE(fake->calls.empty());
}

/// A launch of a call that follows another one of the same call, and no other.
TEST_F(CudaExecutableTest, DependentLaunchesMayStartEarly) {
  std::vector<Step> &steps = package.plan.steps;
  std::get<KernelStep>(steps[2]).dependent = true;
  constexpr std::string_view kEarly = " attribute 6 = 1";
  auto launches = [&] {
    auto executable = load();
    EXPECT_TRUE(executable.ok() && run(**executable).ok());
    std::vector<bool> early;
    for (std::string_view call : fake->calls)
      if (call.starts_with("cuLaunchKernelEx"))
        early.push_back(call.ends_with(kEarly));
    return early;
  };
  EXPECT_EQ(launches(), std::vector({false, true}));
  // Its rounds follow each other, too, but the first of each is a plain one.
  steps.insert(steps.begin() + 1, LoopStep{Expr(2), 2});
  EXPECT_EQ(launches(), std::vector({false, true, false, true}));
  steps.erase(steps.begin() + 1);
  // After a launch of no thread block, what is before is the caller's.
  Expr &blocks = std::get<KernelStep>(steps[1]).grid[0];
  Expr rows = std::exchange(blocks, Expr(0));
  EXPECT_EQ(launches(), std::vector({false}));
  blocks = rows;
  // A copy is waited for as ever.
  std::swap(steps[0], steps[1]);
  EXPECT_EQ(launches(), std::vector({false, false}));
  std::swap(steps[0], steps[1]);
  fake->version = 12020;
  EXPECT_EQ(launches(), std::vector({false, false}));
  EXPECT_TRUE(fake->misuses.empty());
}

TEST_F(CudaExecutableTest, OneRowTakesAnyStride) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  for (Tensor *tensor : {&inputs[0], &outputs[0], &outputs[1]})
    tensor->dims[0] = 1;
  inputs[0].strides[0] = 6;
  EXPECT_TRUE(run(**executable).ok());
}

TEST_F(CudaExecutableTest, UploadsCopyWhatIsRowMajor) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  {
    auto there = cuda::upload((*executable)->sharedDevice(), inputs[0]);
    ASSERT_TRUE(there.ok()) << there.status().message();
    EXPECT_NE(there->view.data, inputs[0].data);
    EXPECT_EQ(there->view.dims, inputs[0].dims);
    EXPECT_EQ(count("cuMemcpyHtoDAsync_v2"), 1);
    EXPECT_EQ(count("cuMemFree_v2"), 0);
  }
  EXPECT_EQ(count("cuMemAlloc_v2"), count("cuMemFree_v2"));
  inputs[0].strides[0] = 6;
  expectError(cuda::upload((*executable)->sharedDevice(), inputs[0]).status(),
              Code::Unsupported, {"contiguous"});
}

TEST_F(CudaExecutableTest, CallRunsAndDownloads) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  auto results = cuda::call(**executable, inputs, /*repeat=*/2);
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_EQ(results->outputs.size(), 2u);
  EXPECT_EQ(results->milliseconds, std::vector<float>({1.5f, 1.5f}));
  EXPECT_EQ(count("cuMemAlloc_v2"), count("cuMemFree_v2"));
  EXPECT_EQ(count("cuLaunchKernelEx"), 4);
  EXPECT_EQ(count("cuMemcpyDtoHAsync_v2"), 2);
}

} // namespace
} // namespace hipc
