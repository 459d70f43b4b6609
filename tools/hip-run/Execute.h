//===- Execute.h - From a program to results
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_EXECUTE_H
#define HIP_RUN_EXECUTE_H

#include "Arguments.h"
#include "compiler/PackageCache.h"
#include "runtime/device/Backend.h"

namespace hip_run {

using Results = std::vector<hipc::OwnedTensor>;

/// A program by a name and its text, which is made only if it is compiled, or
/// one that was compiled ahead of time.
struct Source {
  std::string request;
  hipc::TextWriter text;
  std::optional<hipc::Package> package;
};

/// A program on a device, and how it came there.
struct Callable {
  hipc::device::ExecutableRef program;
  hipc::BuildReport build;
  double loadMs = 0, totalMs = 0;
};

/// Compiles, or takes from the cache, and loads what has to give `outputs`
/// results.
hipc::Expected<Callable> makeCallable(const Arguments &arguments,
                                      const Source &source,
                                      hipc::device::Backend &device,
                                      size_t outputs);

/// What a program gave, and the device that has what it took.
struct Run {
  std::unique_ptr<hipc::device::Backend> device;
  std::vector<hipc::OwnedTensor> inputs;
  Results outputs;
};

/// Runs as often as requested, and prints how long that and compiling took. The
/// program has to give `outputs` results. By default it runs on the first GPU,
/// or on the CPU if there is none or the program has no form for it.
hipc::Expected<Run> execute(const Arguments &arguments, const Source &source,
                            std::span<const hipc::Tensor> inputs,
                            size_t outputs);

/// A line of --timing.
void printTiming(std::string_view what, double milliseconds);

std::vector<hipc::Tensor> viewsOf(const std::vector<hipc::OwnedTensor> &arrays);

} // namespace hip_run

#endif // HIP_RUN_EXECUTE_H
