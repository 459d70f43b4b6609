//===- CpuExecutable.h - A loaded package on the CPU ------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_CPUEXECUTABLE_H
#define HIPC_RUNTIME_CPU_CPUEXECUTABLE_H

#include "runtime/call/Binding.h"
#include "runtime/cpu/CodeLoader.h"
#include "runtime/cpu/Launch.h"
#include "runtime/cpu/ThreadPool.h"

namespace hipc {

/// Immutable once created: calls from several threads may overlap, each with
/// its own outputs and workspace.
class CpuExecutable {
public:
  /// Loads the first object code of the package that the loader accepts.
  static Expected<std::unique_ptr<CpuExecutable>> create(Package package,
                                                         CodeLoader &loader);

  const Package &package() const { return program; }

  /// Shapes of the outputs; the inputs' data may be null. Unsupported where a
  /// host entry knows them only by running.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const;

  /// Bytes that run() needs as workspace.
  Expected<int64_t> workspaceBytes(std::span<const Tensor> inputs,
                                   int64_t workers) const;

  /// Runs into the caller's outputs. On an error nothing has been written.
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             Workspace workspace, ThreadPool &pool) const;

  /// Runs and gives outputs of its own; those of a plan start as zeros.
  Expected<std::vector<OwnedTensor>> call(std::span<const Tensor> inputs,
                                          ThreadPool &pool) const;

private:
  using HostFunction = int32_t (*)(void **args);

  CpuExecutable(Package package, std::unique_ptr<LoadedCode> code)
      : program(std::move(package)), code(std::move(code)) {}

  Status resolveSymbols();
  Expected<std::vector<OwnedTensor>> callPlan(std::span<const Tensor> inputs,
                                              ThreadPool &pool) const;
  Expected<std::vector<OwnedTensor>> callHost(std::span<const Tensor> inputs,
                                              ThreadPool &pool) const;
  Status runPlan(std::span<const Tensor> inputs,
                 std::span<const Tensor> outputs, Workspace workspace,
                 ThreadPool &pool) const;
  Expected<std::vector<OwnedTensor>> invokeHost(std::span<const Tensor> inputs,
                                                ThreadPool &pool) const;
  Status runHost(std::span<const Tensor> inputs,
                 std::span<const Tensor> outputs, ThreadPool &pool) const;

  Package program;
  std::unique_ptr<LoadedCode> code;
  std::vector<hipc_cpu_kernel> kernels; ///< indexed as Package::kernels
  HostFunction hostFunction = nullptr;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_CPUEXECUTABLE_H
