#include "runtime/cuda/CudaExecutable.h"
#include "test/unit/cuda/FakeCuda.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

#include <algorithm>
#include <dlfcn.h>

namespace hipc {
namespace {
using namespace test;
using cuda::CudaDevice;
using cuda::CudaExecutable;

class CudaExecutableTest : public testing::Test {
protected:
  CudaExecutableTest() {
    ::setenv("HIPC_CUDA_LIBRARY", HIPC_FAKE_CUDA, /*replace=*/1);
    library = ::dlopen(HIPC_FAKE_CUDA, RTLD_NOW);
    fake = reinterpret_cast<FakeCuda *(*)()>(::dlsym(library, "fakeCuda"))();
    *fake = {};
    package.blobs = {{BlobKind::Ptx, "sm_90a", "hopper"},
                     {BlobKind::Ptx, "sm_80", "ampere"}};
  }
  ~CudaExecutableTest() override { ::dlclose(library); }

  Expected<std::unique_ptr<CudaExecutable>> load() {
    Expected<std::shared_ptr<CudaDevice>> device = CudaDevice::create();
    if (!device)
      return device.status();
    return CudaExecutable::create(package, *device);
  }
  Status run(const CudaExecutable &executable) {
    fake->calls.clear();
    return executable.run(inputs, outputs, workspace,
                          reinterpret_cast<cuda::Stream>(uintptr_t{7}));
  }
  bool called(std::string_view name) const {
    return std::any_of(fake->calls.begin(), fake->calls.end(),
                       [&](const std::string &call) {
                         return call.substr(0, name.size()) == name;
                       });
  }

  void *library = nullptr;
  FakeCuda *fake = nullptr;
  Package package = scaleAddPackage();
  alignas(64) float x[12] = {}, y[4] = {}, out[12] = {};
  alignas(64) int32_t touched[4] = {};
  OwnedTensor memory = std::move(*OwnedTensor::zeros(DType::I8, {512}));
  std::vector<Tensor> inputs = {{x, DType::F32, {3, 4}, {4, 1}},
                                {y, DType::F32, {4}, {1}}};
  std::vector<Tensor> outputs = {{out, DType::F32, {3, 4}, {4, 1}},
                                 {touched, DType::I32, {3}, {1}}};
  Workspace workspace = {memory.view.data, 512};
};

TEST_F(CudaExecutableTest, EnqueuesThePlanAndNothingElse) {
  auto executable = load();
  ASSERT_TRUE(executable.ok()) << executable.status().message();
  EXPECT_TRUE(called("cuModuleLoadDataEx hopper"));
  ASSERT_TRUE(run(**executable).ok());
  EXPECT_EQ(fake->calls,
            std::vector<std::string>(
                {"cuCtxPushCurrent_v2", "cuMemsetD8Async 255 x 12",
                 "cuLaunchKernel scale 3x1x1 of 1 shared 0 stream 7 second 4",
                 join("cuLaunchKernel add 4x3x1 of 1 shared 16 stream 7 "
                      "second ",
                      reinterpret_cast<uintptr_t>(y)),
                 "cuCtxPopCurrent_v2"}));
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

TEST_F(CudaExecutableTest, ReportsEveryDriverErrorByName) {
  for (const char *name :
       {"cuDriverGetVersion", "cuInit", "cuDeviceGetCount", "cuDeviceGet",
        "cuDeviceGetName", "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2", "cuModuleLoadDataEx", "cuModuleGetFunction",
        "cuFuncSetAttribute"}) {
    *fake = {};
    fake->failing = name;
    fake->result = 999;
    expectError(load().status(), Code::Device,
                {"CUDA_ERROR_FAKE", "asked for by the test"});
  }
  *fake = {};
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  fake->result = 700;
  for (const char *name : {"cuMemsetD8Async", "cuCtxPushCurrent_v2"}) {
    fake->failing = name;
    expectError(run(**executable), Code::Device, {"CUDA_ERROR_FAKE"});
    EXPECT_FALSE(called("cuLaunchKernel")) << name;
  }
  fake->failing = "cuLaunchKernel";
  expectError(run(**executable), Code::Device,
              {"launch of kernel 'scale'", "CUDA_ERROR_FAKE"});
  EXPECT_FALSE(called("cuLaunchKernel add"));
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
}

TEST_F(CudaExecutableTest, CallUploadsRunsAndDownloads) {
  auto executable = load();
  ASSERT_TRUE(executable.ok());
  auto results = cuda::call(**executable, inputs, /*repeat=*/2);
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_EQ(results->outputs.size(), 2u);
  EXPECT_EQ(results->milliseconds, std::vector<float>({1.5f, 1.5f}));
  auto count = [&](std::string_view name) {
    return std::count_if(fake->calls.begin(), fake->calls.end(),
                         [&](const std::string &call) {
                           return call.substr(0, name.size()) == name;
                         });
  };
  EXPECT_EQ(count("cuMemAlloc_v2"), count("cuMemFree_v2"));
  EXPECT_EQ(count("cuLaunchKernel"), 4);
  EXPECT_EQ(count("cuMemcpyDtoHAsync_v2"), 2);
}

} // namespace
} // namespace hipc
