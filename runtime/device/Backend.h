//===- Backend.h - A device that loads and runs packages
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_DEVICE_BACKEND_H
#define HIPC_RUNTIME_DEVICE_BACKEND_H

#include "runtime/call/Binding.h"

namespace hipc::device {

enum class Kind : uint8_t { Cpu, Cuda };

/// The last results of some runs, and what each took.
struct TimedResults {
  std::vector<OwnedTensor> outputs;
  std::vector<double> milliseconds; ///< without downloads
};

/// Loaded code. Immutable: calls from several threads may overlap.
class Executable {
public:
  virtual ~Executable();

  virtual const Package &package() const = 0;
  virtual Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const = 0;
  virtual Expected<int64_t>
  workspaceBytes(std::span<const Tensor> inputs) const = 0;
  virtual Status run(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs, Workspace workspace,
                     void *stream) const = 0;
  /// Runs `repeat` times on what upload() gave, for callers without memory on
  /// the device. Numbers, and results, are on the host.
  virtual Expected<TimedResults> call(std::span<const Tensor> inputs,
                                      int64_t repeat) const = 0;
  /// Registers, shared memory and occupancy of kernels, if it has any.
  virtual Expected<std::string> kernelUse() const = 0;

  const std::vector<TensorSpec> &inputs() const;
  size_t outputCount() const;
  DType outputType(size_t index) const;
};

using ExecutableRef = std::shared_ptr<const Executable>;

/// A device. It outlives what it loads.
class Backend {
public:
  virtual ~Backend();

  virtual Kind kind() const = 0;
  virtual int number() const = 0; ///< among those of its kind
  virtual std::string name() const = 0;
  /// What a GPU can run, such as "sm_90"; empty for a CPU.
  virtual std::string capability() const = 0;
  virtual Expected<ExecutableRef> load(Package package) = 0;
  /// A copy of a row-major array of the host, in the device's memory. A CPU
  /// has it already: there it is a view, which lives as long as the array.
  virtual Expected<OwnedTensor> upload(const Tensor &host) = 0;
};

/// What a program takes instead of arrays of the host; numbers stay there.
Expected<std::vector<OwnedTensor>> upload(Backend &device,
                                          const Executable &program,
                                          std::span<const Tensor> host);

/// A pool of `threads`; 0 stands for one per processor.
Expected<std::unique_ptr<Backend>> createCpu(int64_t threads = 0);
/// NotFound without such a GPU or without a driver.
Expected<std::unique_ptr<Backend>> createCuda(int number = 0);

} // namespace hipc::device

#endif // HIPC_RUNTIME_DEVICE_BACKEND_H
