//===- PolicyRunner.cpp - Attention on a device, timed
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyRunner.h"

#include "Measure.h"

using namespace hipc;

namespace hip_bench {

Expected<PolicyRunner> PolicyRunner::create(std::string_view device,
                                            int64_t threads) {
  bool choose = device == "auto";
  if (!choose && device != "cpu" && device != "cuda")
    return error(Code::Invalid, "--device '", device,
                 "', but there are auto, cpu and cuda");
  auto found =
      device == "cpu" ? device::createCpu(threads) : device::createCuda();
  bool none = !found && found.status().code() == Code::NotFound;
  if (choose && none)
    found = device::createCpu(threads);
  if (!found)
    return found.status();
  PolicyRunner runner(std::move(*found), threads);
  runner.mayChange = choose;
  return runner;
}

/// Compiles what has not run yet.
Expected<device::ExecutableRef>
PolicyRunner::load(const AttentionProgram &program) {
  device::ExecutableRef &executable = executables[describe(program)];
  if (executable)
    return executable;
  Expected<std::string> text = writeProgram(program);
  if (!text)
    return text.status();
  CompileOptions options = optionsFor(device->capability());
  options.sourceName = "attention";
  options.described = true;
  Expected<Package> package = compile(*text, options);
  if (!package)
    return package.status();
  Expected<device::ExecutableRef> loaded = device->load(std::move(*package));
  if (loaded)
    executable = *loaded;
  return loaded;
}

Expected<TimedRun> PolicyRunner::runHere(const AttentionProgram &program,
                                         std::span<const Tensor> inputs,
                                         int64_t repeat) {
  Expected<device::ExecutableRef> executable = load(program);
  if (!executable)
    return executable.status();
  Expected<device::TimedResults> results = (*executable)->call(inputs, repeat);
  if (!results)
    return results.status();
  return TimedRun{std::move(results->outputs),
                  median(std::move(results->milliseconds))};
}

Expected<TimedRun> PolicyRunner::run(const AttentionProgram &program,
                                     std::span<const Tensor> inputs,
                                     int64_t repeat) {
  Expected<TimedRun> result = runHere(program, inputs, repeat);
  bool change =
      mayChange && !result && result.status().code() == Code::Unsupported;
  mayChange = false;
  if (!change)
    return result;
  auto cpu = device::createCpu(threads);
  if (!cpu)
    return cpu.status();
  executables.clear();
  device = std::move(*cpu);
  return runHere(program, inputs, repeat);
}

} // namespace hip_bench
