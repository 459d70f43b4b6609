//===- CpuBackend.cpp - Programs on a thread pool
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/device/Backend.h"

#include "runtime/base/Stopwatch.h"
#include "runtime/cpu/CpuDevice.h"
#include "runtime/cpu/ObjectLoader.h"

namespace hipc::device {

namespace {
class ExecutableOnCpu final : public Executable {
public:
  ExecutableOnCpu(std::unique_ptr<CpuExecutable> executable, ThreadPool &pool)
      : executable(std::move(executable)), pool(pool) {}

  const Package &package() const override { return executable->package(); }
  /// Wrong inputs are refused also where the shapes are not known.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const override {
    const HostEntry &host = package().host;
    HIPC_RETURN_IF_ERROR(checkCall(host.inputs, host.checks, inputs));
    return executable->outputShapes(inputs);
  }
  /// Host functions allocate what they need; inputs are checked all the same.
  Expected<int64_t>
  workspaceBytes(std::span<const Tensor> inputs) const override {
    Status status = outputShapes(inputs).status();
    if (!status.ok() && status.code() != Code::Unsupported)
      return status;
    return int64_t{0};
  }
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             Workspace, void *) const override {
    return executable->run(inputs, outputs, pool);
  }
  Expected<TimedResults> call(std::span<const Tensor> inputs,
                              int64_t repeat) const override {
    TimedResults results;
    for (int64_t i = 0; i < repeat; ++i) {
      Stopwatch time;
      Expected<std::vector<OwnedTensor>> outputs =
          executable->call(inputs, pool);
      if (!outputs)
        return outputs.status();
      results.milliseconds.push_back(time.milliseconds());
      results.outputs = std::move(*outputs);
    }
    return results;
  }
  Expected<std::string> kernelUse() const override { return std::string(); }

private:
  std::unique_ptr<CpuExecutable> executable;
  ThreadPool &pool;
};

class CpuBackend final : public Backend {
public:
  explicit CpuBackend(std::unique_ptr<CpuDevice> cpu) : cpu(std::move(cpu)) {}

  Kind kind() const override { return Kind::Cpu; }
  int number() const override { return 0; }
  std::string name() const override { return "cpu"; }
  std::string capability() const override { return ""; }
  Expected<ExecutableRef> load(Package package) override {
    Expected<std::unique_ptr<CpuExecutable>> executable =
        cpu->load(std::move(package));
    if (!executable)
      return executable.status();
    return ExecutableRef(
        std::make_shared<ExecutableOnCpu>(std::move(*executable), cpu->pool()));
  }
  Expected<OwnedTensor> upload(const Tensor &host) override {
    return OwnedTensor{{nullptr, nullptr}, host};
  }

private:
  std::unique_ptr<CpuDevice> cpu;
};
} // namespace

Expected<std::unique_ptr<Backend>> createCpu(int64_t threads) {
  if (threads < 0 || threads > ThreadPool::kMostWorkers)
    return error(Code::Invalid, "threads is ", threads, ", but there are 1 to ",
                 ThreadPool::kMostWorkers, ", or 0 for one a processor");
  Expected<std::unique_ptr<CpuDevice>> cpu =
      CpuDevice::create(threads, std::make_unique<ObjectLoader>());
  if (!cpu)
    return cpu.status();
  return std::unique_ptr<Backend>(
      std::make_unique<CpuBackend>(std::move(*cpu)));
}

} // namespace hipc::device
