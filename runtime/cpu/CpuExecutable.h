//===- CpuExecutable.h - A loaded package on the CPU ------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_CPUEXECUTABLE_H
#define HIPC_RUNTIME_CPU_CPUEXECUTABLE_H

#include "runtime/cpu/CodeLoader.h"
#include "runtime/cpu/ThreadPool.h"

namespace hipc {

/// A host function. Immutable once created: calls from several threads may
/// overlap, each with its own outputs.
class CpuExecutable {
public:
  /// Loads the first object code of the package that the loader accepts.
  static Expected<std::unique_ptr<CpuExecutable>> create(Package package,
                                                         CodeLoader &loader);

  const Package &package() const { return program; }

  /// Shapes of the outputs; the inputs' data may be null. Unsupported where
  /// they are known only by running.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const;

  /// Runs into the caller's outputs. On an error nothing has been written.
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             ThreadPool &pool) const;

  /// Runs and returns outputs of its own.
  Expected<std::vector<OwnedTensor>> call(std::span<const Tensor> inputs,
                                          ThreadPool &pool) const;

private:
  using Function = int32_t (*)(void **args);

  CpuExecutable(Package package, std::unique_ptr<LoadedCode> code,
                Function function)
      : program(std::move(package)), code(std::move(code)), function(function) {
  }

  Expected<std::vector<OwnedTensor>> invoke(std::span<const Tensor> inputs,
                                            ThreadPool &pool) const;

  Package program;
  std::unique_ptr<LoadedCode> code;
  Function function;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_CPUEXECUTABLE_H
