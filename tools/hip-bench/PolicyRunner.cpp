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

static Expected<std::unique_ptr<device::Backend>>
openDevice(std::string_view device, int64_t threads) {
  if (device != "auto" && device != "cpu" && device != "cuda")
    return error(Code::Invalid, "--device '", device,
                 "', but there are auto, cpu and cuda");
  if (device == "cpu")
    return device::createCpu(threads);
  auto found = device::createCuda();
  if (!found && device == "auto" && found.status().code() == Code::NotFound)
    return device::createCpu(threads);
  return found;
}

Expected<PolicyRunner> PolicyRunner::create(std::string_view device,
                                            int64_t threads,
                                            const AttentionProgram &first) {
  auto found = openDevice(device, threads);
  if (!found)
    return found.status();
  PolicyRunner runner(std::move(*found));
  Status loaded = runner.load(first).status();
  if (loaded.ok() || device != "auto" || loaded.code() != Code::Unsupported)
    return loaded.ok() ? Expected<PolicyRunner>(std::move(runner)) : loaded;
  auto cpu = device::createCpu(threads);
  if (!cpu)
    return cpu.status();
  return PolicyRunner(std::move(*cpu));
}

Expected<device::ExecutableRef>
PolicyRunner::load(const std::string &name,
                   const std::function<Expected<std::string>()> &write) {
  device::ExecutableRef &executable = executables[name];
  if (executable)
    return executable;
  Expected<std::string> text = write();
  if (!text)
    return text.status();
  CompileOptions options = optionsFor(backend->capability());
  options.sourceName = "attention";
  options.described = true;
  Expected<Package> package = compile(*text, options);
  if (!package)
    return package.status();
  Expected<device::ExecutableRef> loaded = backend->load(std::move(*package));
  if (loaded)
    executable = *loaded;
  return loaded;
}

Expected<device::ExecutableRef>
PolicyRunner::load(const AttentionProgram &program) {
  return load(describe(program), [&] { return writeProgram(program); });
}

Expected<device::ExecutableRef> PolicyRunner::load(const std::string &text) {
  return load(text, [&] { return Expected<std::string>(text); });
}

Expected<TimedRun> PolicyRunner::run(const AttentionProgram &program,
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

} // namespace hip_bench
