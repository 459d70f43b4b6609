//===- PolicyRunner.h - Attention on a device, timed
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_POLICYRUNNER_H
#define HIP_BENCH_POLICYRUNNER_H

#include "compiler/AttentionProgram.h"
#include "compiler/Compiler.h"
#include "runtime/cuda/CudaExecutable.h"
#include "runtime/jit/Engine.h"

#include <map>

namespace hip_bench {

struct TimedRun {
  std::vector<hipc::OwnedTensor> outputs;
  double medianMs = 0; ///< of search and attention; uploads do not count
};

/// Compiles each program once. All run on one device.
class PolicyRunner {
public:
  /// "auto" is the first GPU where there is one that has a form for the first
  /// program, "cpu" or "cuda".
  static hipc::Expected<PolicyRunner> create(std::string_view device,
                                             int64_t threads);

  hipc::Expected<TimedRun> run(const hipc::AttentionProgram &program,
                               std::span<const hipc::Tensor> inputs,
                               int64_t repeat);
  std::string deviceName() const { return gpu ? gpu->name() : "cpu"; }

private:
  using Executable = std::unique_ptr<hipc::cuda::CudaExecutable>;

  explicit PolicyRunner(hipc::Engine engine) : engine(std::move(engine)) {}
  hipc::Expected<TimedRun> runOnCpu(const hipc::AttentionProgram &program,
                                    std::span<const hipc::Tensor> inputs,
                                    int64_t repeat);
  hipc::Expected<TimedRun> runOnGpu(const hipc::AttentionProgram &program,
                                    std::span<const hipc::Tensor> inputs,
                                    int64_t repeat);

  hipc::Engine engine;
  std::shared_ptr<hipc::cuda::CudaDevice> gpu; ///< null: the CPU
  bool mayChange = false;                      ///< from the GPU to the CPU
  std::map<std::string, hipc::Program> programs;
  std::map<std::string, Executable> executables;
};

} // namespace hip_bench

#endif // HIP_BENCH_POLICYRUNNER_H
