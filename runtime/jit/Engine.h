//===- Engine.h - Load and run compiled programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_ENGINE_H
#define HIPC_RUNTIME_JIT_ENGINE_H

#include "runtime/cpu/CpuDevice.h"

namespace hipc {

/// Loaded code. Immutable: calls from several threads may overlap.
class Program {
public:
  const Package &package() const { return executable->package(); }

  /// Shapes of the outputs; the inputs' data may be null.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const;

  /// Runs and gives the results.
  Expected<std::vector<OwnedTensor>> call(std::span<const Tensor> inputs) const;

  /// Runs into the caller's outputs; on an error nothing has been written.
  Status run(std::span<const Tensor> inputs,
             std::span<const Tensor> outputs) const;

private:
  friend class Engine;
  Program(std::unique_ptr<CpuExecutable> executable, ThreadPool &pool)
      : executable(std::move(executable)), pool(pool) {}

  std::unique_ptr<CpuExecutable> executable;
  ThreadPool &pool;
};

/// Threads and a loader; it outlives the programs it loads.
class Engine {
public:
  /// An engine with `workers` threads; 0 stands for one each processor.
  static Expected<Engine> create(int64_t workers = 0);

  Expected<Program> load(Package package);

private:
  explicit Engine(std::unique_ptr<CpuDevice> device)
      : device(std::move(device)) {}

  std::unique_ptr<CpuDevice> device;
};

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_ENGINE_H
