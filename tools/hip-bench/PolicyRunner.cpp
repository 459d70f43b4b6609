//===- PolicyRunner.cpp - Attention on a device, timed
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PolicyRunner.h"

#include "Measure.h"

#include "runtime/base/Stopwatch.h"

using namespace hipc;

namespace hip_bench {

Expected<PolicyRunner> PolicyRunner::create(std::string_view device,
                                            int64_t threads) {
  Expected<Engine> engine = Engine::create(threads);
  if (!engine)
    return engine.status();
  PolicyRunner runner(std::move(*engine));
  if (device == "cpu")
    return runner;
  if (device != "auto" && device != "cuda")
    return error(Code::Invalid, "--device '", device,
                 "', but there are auto, cpu and cuda");
  auto found = cuda::CudaDevice::create();
  runner.mayChange = device == "auto";
  if (found)
    runner.gpu = std::move(*found);
  else if (!runner.mayChange || found.status().code() != Code::NotFound)
    return found.status();
  return runner;
}

static Expected<Package> compileFor(const AttentionProgram &program,
                                    std::string_view chip) {
  Expected<std::string> text = writeProgram(program, chip);
  if (!text)
    return text.status();
  CompileOptions options;
  options.pipeline = chip.empty() ? "cpu" : "ptx";
  options.chip = chip;
  options.sourceName = "attention";
  options.described = true;
  return compile(*text, options);
}

Expected<TimedRun> PolicyRunner::runOnCpu(const AttentionProgram &program,
                                          std::span<const Tensor> inputs,
                                          int64_t repeat) {
  std::string name = describe(program);
  auto found = programs.find(name);
  if (found == programs.end()) {
    Expected<Package> package = compileFor(program, "");
    if (!package)
      return package.status();
    Expected<Program> loaded = engine.load(std::move(*package));
    if (!loaded)
      return loaded.status();
    found = programs.emplace(name, std::move(*loaded)).first;
  }
  TimedRun result;
  std::vector<double> times;
  for (int64_t i = 0; i < repeat; ++i) {
    Stopwatch time;
    auto outputs = found->second.call(inputs);
    if (!outputs)
      return outputs.status();
    times.push_back(time.milliseconds());
    result.outputs = std::move(*outputs);
  }
  result.medianMs = median(std::move(times));
  return result;
}

Expected<TimedRun> PolicyRunner::runOnGpu(const AttentionProgram &program,
                                          std::span<const Tensor> inputs,
                                          int64_t repeat) {
  Executable &executable = executables[describe(program)];
  if (!executable) {
    Expected<Package> package = compileFor(program, gpu->chip());
    if (!package)
      return package.status();
    Expected<Executable> created =
        cuda::CudaExecutable::create(std::move(*package), gpu);
    if (!created)
      return created.status();
    executable = std::move(*created);
  }
  Expected<cuda::TimedResults> results =
      cuda::call(*executable, inputs, repeat);
  if (!results)
    return results.status();
  const std::vector<float> &times = results->milliseconds;
  return TimedRun{std::move(results->outputs),
                  median({times.begin(), times.end()})};
}

Expected<TimedRun> PolicyRunner::run(const AttentionProgram &program,
                                     std::span<const Tensor> inputs,
                                     int64_t repeat) {
  if (!gpu)
    return runOnCpu(program, inputs, repeat);
  Expected<TimedRun> result = runOnGpu(program, inputs, repeat);
  bool change =
      mayChange && !result && result.status().code() == Code::Unsupported;
  mayChange = false;
  if (!change)
    return result;
  gpu.reset();
  return runOnCpu(program, inputs, repeat);
}

} // namespace hip_bench
