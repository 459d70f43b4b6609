//===- CudaRunner.h - Programs and their arrays on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CUDARUNNER_H
#define HIP_BENCH_CUDARUNNER_H

#include "CudaBench.h"
#include "CudaPrograms.h"

#include "compiler/Compiler.h"
#include "runtime/cuda/CudaExecutable.h"
#include "runtime/cuda/Timer.h"

#include <cmath>

namespace hip_bench {

/// Four digits behind the point.
inline double digits(double value) { return std::round(value * 1e4) / 1e4; }

/// A GPU, a stream with a clock, and arrays in its memory.
class CudaRunner {
public:
  CudaRunner(const CudaOptions &options,
             std::shared_ptr<hipc::cuda::CudaDevice> device);

  hipc::Status start();
  /// The chip that programs are compiled for.
  std::string chip() const;
  const std::string &deviceName() const { return device->name(); }
  int64_t workspaceBytes() const { return workspace.bytes; }

  hipc::Expected<std::unique_ptr<hipc::cuda::CudaExecutable>>
  load(hipc::Package package) {
    return hipc::cuda::CudaExecutable::create(std::move(package), device);
  }
  hipc::CompileOptions compileOptions(std::string_view what) const;
  hipc::Expected<std::unique_ptr<hipc::cuda::CudaExecutable>>
  load(const std::string &text, std::string_view what, double &compileMs);

  /// Arrays of a shape, in place of those before; of `lists`, and summaries of
  /// boxes of `keptBox` keys, where there are some.
  hipc::Status makeInputs(const ListShape &shape, const ListOptions *lists,
                          int64_t keptBox);
  hipc::Status makeOutputs(const hipc::cuda::CudaExecutable &executable);
  /// Fills the first output with bytes that no result has.
  hipc::Status spoilOutput();
  hipc::Status enqueue(const hipc::cuda::CudaExecutable &executable);
  /// The first output, when all that was enqueued is done.
  hipc::Expected<std::vector<uint16_t>> readOutput();

  /// The median of `runs` runs, which are fewer than asked for if they take
  /// long.
  hipc::Expected<double> measure(const std::function<hipc::Status()> &work,
                                 int64_t &runs);
  /// As one graph, so that the time excludes the host's cost of launches.
  hipc::Expected<double>
  measureGraph(const hipc::cuda::CudaExecutable &executable);

private:
  hipc::Expected<void *> allocate(int64_t bytes);
  hipc::Expected<hipc::Tensor> array(const hipc::Dims &dims);
  hipc::Expected<hipc::Tensor> normal(const hipc::Dims &dims);
  hipc::Expected<hipc::Tensor> upload(const std::vector<int32_t> &values,
                                      const hipc::Dims &dims);
  hipc::Expected<hipc::Tensor> summaries(const ListShape &shape, int64_t box);
  hipc::Status check(hipc::cuda::Result result, std::string_view what) const {
    return timer.driver.check(result, what);
  }

  const CudaOptions &options;
  std::shared_ptr<hipc::cuda::CudaDevice> device;
  hipc::cuda::Timer timer;
  std::vector<uint16_t> numbers;
  std::vector<hipc::cuda::DeviceMemory> owned; ///< of one shape
  std::optional<hipc::cuda::DeviceMemory> flushed;
  std::vector<hipc::Tensor> inputs, outputs;
  hipc::Workspace workspace;
};

} // namespace hip_bench

#endif // HIP_BENCH_CUDARUNNER_H
