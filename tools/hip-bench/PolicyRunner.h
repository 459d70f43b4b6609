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

#include <functional>
#include <map>

namespace hip_bench {

struct TimedRun {
  std::vector<hipc::OwnedTensor> outputs;
  double medianMs = 0; ///< of search and attention; uploads do not count
};

/// Compiles each program once. All run on one device.
class PolicyRunner {
public:
  /// "auto" is the first GPU where there is one that has a form for `first`,
  /// "cpu" or "cuda".
  static hipc::Expected<PolicyRunner>
  create(std::string_view device, int64_t threads,
         const hipc::AttentionProgram &first);

  /// The program on the device.
  hipc::Expected<hipc::device::ExecutableRef>
  load(const hipc::AttentionProgram &program);
  hipc::Expected<hipc::device::ExecutableRef> load(const std::string &text);
  /// On what the device's upload() gave.
  hipc::Expected<TimedRun> run(const hipc::AttentionProgram &program,
                               std::span<const hipc::Tensor> inputs,
                               int64_t repeat);
  hipc::device::Backend &device() const { return *backend; }

private:
  explicit PolicyRunner(std::unique_ptr<hipc::device::Backend> backend)
      : backend(std::move(backend)) {}

  /// `name` stands for the text.
  hipc::Expected<hipc::device::ExecutableRef>
  load(const std::string &name,
       const std::function<hipc::Expected<std::string>()> &text);

  std::unique_ptr<hipc::device::Backend> backend;
  std::map<std::string, hipc::device::ExecutableRef> executables;
};

} // namespace hip_bench

#endif // HIP_BENCH_POLICYRUNNER_H
