//===- CudaBackend.cpp - Programs on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Backend.h"

#include "runtime/cuda/CudaExecutable.h"

namespace hipc::capi {

namespace {
class CudaProgram final : public Executable {
public:
  explicit CudaProgram(std::unique_ptr<cuda::CudaExecutable> executable)
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
  Expected<std::string> kernelUse() const override {
    return executable->kernelUse();
  }

private:
  std::unique_ptr<cuda::CudaExecutable> executable;
};

class CudaBackend final : public Backend {
public:
  CudaBackend(std::shared_ptr<cuda::CudaDevice> gpu, int number)
      : gpu(std::move(gpu)), number(number) {}

  hipc_device device() const override { return {/*type=*/2, number}; }
  std::string target() const override { return std::string(gpu->chip()); }
  CompileOptions compileOptions() const override {
    CompileOptions options;
    options.pipeline = "ptx";
    options.chip = gpu->chip();
    return options;
  }
  Expected<std::shared_ptr<const Executable>> load(Package package) override {
    Expected<std::unique_ptr<cuda::CudaExecutable>> executable =
        cuda::CudaExecutable::create(std::move(package), gpu);
    if (!executable)
      return executable.status();
    return std::shared_ptr<const Executable>(
        std::make_shared<CudaProgram>(std::move(*executable)));
  }

private:
  std::shared_ptr<cuda::CudaDevice> gpu;
  int number;
};
} // namespace

Expected<std::unique_ptr<Backend>> createCudaBackend(int number) {
  Expected<std::shared_ptr<cuda::CudaDevice>> gpu =
      cuda::CudaDevice::create(number);
  if (!gpu)
    return gpu.status();
  return std::unique_ptr<Backend>(
      std::make_unique<CudaBackend>(std::move(*gpu), number));
}

} // namespace hipc::capi
