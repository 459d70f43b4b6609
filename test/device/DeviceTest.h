//===- DeviceTest.h - Tests on a real GPU -----------------------*- C++ -*-===//

#ifndef HIPC_TEST_DEVICE_DEVICETEST_H
#define HIPC_TEST_DEVICE_DEVICETEST_H

#include "runtime/cuda/CudaExecutable.h"
#include "runtime/cuda/Timer.h"
#include "test/device/Programs.h"

#include <gtest/gtest.h>

namespace hipc::test {

/// An executable with arrays on the device for one shape.
class DeviceCall {
public:
  /// Uploads the inputs and allocates outputs and workspace.
  static Expected<std::unique_ptr<DeviceCall>>
  create(std::unique_ptr<cuda::CudaExecutable> executable,
         std::span<const OwnedTensor> inputs, cuda::Timer &timer);

  /// Replaces the contents of an input, which keeps its shape.
  Status update(size_t input, const OwnedTensor &contents);
  /// Fills outputs with bytes that no result has.
  Status poison();
  Status run() {
    return executable->run(inputs, outputs, workspace, timer.stream);
  }
  /// Waits, and gives the outputs.
  Expected<std::vector<OwnedTensor>> download();

  std::unique_ptr<cuda::CudaExecutable> executable;
  std::vector<Tensor> inputs, outputs;
  Workspace workspace;

private:
  explicit DeviceCall(cuda::Timer &timer) : timer(timer) {}
  Expected<void *> allocate(int64_t bytes);
  Status prepare(std::span<const OwnedTensor> contents);

  cuda::Timer &timer;
  std::vector<cuda::DeviceMemory> owned;
};

class DeviceTest : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// Compiled for `chip`, or for the device; a failure of the test where that
  /// fails.
  std::unique_ptr<DeviceCall> prepare(const std::string &text,
                                      std::span<const OwnedTensor> inputs,
                                      std::string_view chip = "");
  static std::vector<OwnedTensor> runOnCpu(const std::string &text,
                                           std::span<const OwnedTensor> inputs);

  std::shared_ptr<cuda::CudaDevice> device;
  std::optional<cuda::CudaDevice::Scope> scope;
  std::optional<cuda::Timer> timer;
};

/// Bit for bit, from result `first` on.
void expectEqual(const std::vector<OwnedTensor> &got,
                 const std::vector<OwnedTensor> &want, size_t first = 0);
/// Numbers within `most` of each other; infinities equal.
void expectNear(const Tensor &got, const Tensor &want, double most);

} // namespace hipc::test

#endif // HIPC_TEST_DEVICE_DEVICETEST_H
