//===- CudaBackend.cpp - Programs on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/device/Backend.h"

#include "runtime/cuda/CudaExecutable.h"

namespace hipc::device {

namespace {
class ExecutableOnCuda final : public Executable {
public:
  explicit ExecutableOnCuda(std::unique_ptr<cuda::CudaExecutable> executable)
      : executable(std::move(executable)) {}

  const Package &package() const override { return executable->package(); }
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const override {
    return executable->outputShapes(inputs);
  }
  Expected<int64_t>
  workspaceBytes(std::span<const Tensor> inputs) const override {
    // Sizes that do not agree are refused here already.
    Expected<std::vector<Dims>> shapes = executable->outputShapes(inputs);
    if (!shapes)
      return shapes.status();
    return executable->workspaceBytes(inputs);
  }
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             Workspace workspace, void *stream) const override {
    uintptr_t excess =
        reinterpret_cast<uintptr_t>(workspace.data) % kWorkspaceAlignment;
    if (excess != 0)
      return error(Code::Invalid, "the workspace lies ", excess,
                   " bytes past a multiple of ", kWorkspaceAlignment,
                   "; align it (S24)");
    return executable->run(inputs, outputs, workspace,
                           static_cast<cuda::Stream>(stream));
  }
  Expected<TimedResults> call(std::span<const Tensor> inputs,
                              int64_t repeat) const override {
    Expected<cuda::TimedResults> results =
        cuda::call(*executable, inputs, repeat);
    if (!results)
      return results.status();
    const std::vector<float> &times = results->milliseconds;
    return TimedResults{std::move(results->outputs),
                        {times.begin(), times.end()}};
  }
  Expected<std::string> kernelUse() const override {
    return executable->kernelUse();
  }

private:
  std::unique_ptr<cuda::CudaExecutable> executable;
};

class CudaBackend final : public Backend {
public:
  CudaBackend(std::shared_ptr<cuda::CudaDevice> gpu, int index)
      : gpu(std::move(gpu)), index(index) {}

  Kind kind() const override { return Kind::Cuda; }
  int number() const override { return index; }
  std::string name() const override { return gpu->name(); }
  std::string capability() const override { return gpu->capability(); }
  Expected<ExecutableRef> load(Package package) override {
    Expected<std::unique_ptr<cuda::CudaExecutable>> executable =
        cuda::CudaExecutable::create(std::move(package), gpu);
    if (!executable)
      return executable.status();
    return ExecutableRef(
        std::make_shared<ExecutableOnCuda>(std::move(*executable)));
  }
  Expected<OwnedTensor> upload(const Tensor &host) override {
    return cuda::upload(gpu, host);
  }

private:
  std::shared_ptr<cuda::CudaDevice> gpu;
  int index;
};
} // namespace

Expected<std::unique_ptr<Backend>> createCuda(int number) {
  Expected<std::shared_ptr<cuda::CudaDevice>> gpu =
      cuda::CudaDevice::create(number);
  if (!gpu)
    return gpu.status();
  return std::unique_ptr<Backend>(
      std::make_unique<CudaBackend>(std::move(*gpu), number));
}

} // namespace hipc::device
