//===- CudaTest.h - Tests against the fake driver ---------------*- C++ -*-===//

#ifndef HIPC_TEST_UNIT_CUDA_CUDATEST_H
#define HIPC_TEST_UNIT_CUDA_CUDATEST_H

#include "runtime/cuda/CudaExecutable.h"
#include "test/unit/cuda/FakeCuda.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

#include <algorithm>
#include <dlfcn.h>

namespace hipc::test {
using cuda::CudaDevice;
using cuda::CudaExecutable;

class CudaTest : public testing::Test {
protected:
  explicit CudaTest(const char *driver = HIPC_FAKE_CUDA) {
    ::setenv("HIPC_CUDA_LIBRARY", driver, /*replace=*/1);
    library = ::dlopen(driver, RTLD_NOW);
    fake = reinterpret_cast<FakeCuda *(*)()>(::dlsym(library, "fakeCuda"))();
    *fake = {};
    package.blobs = {{BlobKind::Ptx, "sm_90a", "hopper"},
                     {BlobKind::Ptx, "sm_80", "ampere"}};
  }
  ~CudaTest() override { ::dlclose(library); }

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
  /// Calls whose text starts so.
  int64_t count(std::string_view name) const {
    return std::count_if(
        fake->calls.begin(), fake->calls.end(),
        [&](const std::string &call) { return call.starts_with(name); });
  }
  bool called(std::string_view name) const { return count(name) > 0; }

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

} // namespace hipc::test

#endif // HIPC_TEST_UNIT_CUDA_CUDATEST_H
