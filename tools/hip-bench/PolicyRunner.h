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
#include "runtime/device/Backend.h"

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
  std::string deviceName() const { return device->name(); }

private:
  PolicyRunner(std::unique_ptr<hipc::device::Backend> device, int64_t threads)
      : device(std::move(device)), threads(threads) {}

  hipc::Expected<hipc::device::ExecutableRef>
  load(const hipc::AttentionProgram &program);
  hipc::Expected<TimedRun> runHere(const hipc::AttentionProgram &program,
                                   std::span<const hipc::Tensor> inputs,
                                   int64_t repeat);

  std::unique_ptr<hipc::device::Backend> device;
  int64_t threads;        ///< of a CPU
  bool mayChange = false; ///< from the GPU to the CPU
  std::map<std::string, hipc::device::ExecutableRef> executables;
};

} // namespace hip_bench

#endif // HIP_BENCH_POLICYRUNNER_H
