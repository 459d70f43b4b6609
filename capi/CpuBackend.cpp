//===- CpuBackend.cpp - Programs on a thread pool
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Backend.h"

#include "runtime/jit/Engine.h"
#include "runtime/jit/Host.h"

namespace hipc::capi {

namespace {
class CpuProgram final : public Executable {
public:
  explicit CpuProgram(Program program) : program(std::move(program)) {}

  const Package &package() const override { return program.package(); }
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const override {
    return program.outputShapes(inputs);
  }
  /// Host functions allocate what they need; inputs are checked all the same.
  Expected<int64_t>
  workspaceBytes(std::span<const Tensor> inputs) const override {
    Status status = program.outputShapes(inputs).status();
    if (!status.ok() && status.code() != Code::Unsupported)
      return status;
    return int64_t{0};
  }
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             Workspace, void *) const override {
    return program.run(inputs, outputs);
  }
  Expected<std::string> kernelUse() const override { return std::string(); }

private:
  Program program;
};

class CpuBackend final : public Backend {
public:
  explicit CpuBackend(hipc::Engine engine) : engine(std::move(engine)) {}

  hipc_device device() const override { return {/*type=*/1, /*id=*/0}; }
  std::string target() const override { return hostProcessor(); }
  CompileOptions compileOptions() const override {
    CompileOptions options;
    options.pipeline = "cpu";
    return options;
  }
  Expected<std::shared_ptr<const Executable>> load(Package package) override {
    Expected<Program> program = engine.load(std::move(package));
    if (!program)
      return program.status();
    return std::shared_ptr<const Executable>(
        std::make_shared<CpuProgram>(std::move(*program)));
  }

private:
  hipc::Engine engine;
};
} // namespace

Expected<std::unique_ptr<Backend>> createCpuBackend(int64_t threads) {
  if (threads < 0 || threads > ThreadPool::kMostWorkers)
    return error(Code::Invalid, "threads is ", threads, ", but there are 1 to ",
                 ThreadPool::kMostWorkers, ", or 0 for one a processor");
  Expected<hipc::Engine> engine = hipc::Engine::create(threads);
  if (!engine)
    return engine.status();
  return std::unique_ptr<Backend>(
      std::make_unique<CpuBackend>(std::move(*engine)));
}

} // namespace hipc::capi
