//===- Execute.cpp - From a program to results
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "runtime/base/Stopwatch.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace hipc;

namespace hip_run {

/// Rejects a number of --out that differs from that of the program's results,
/// before the run, which may take long.
static Status checkResultCount(const Arguments &arguments,
                               const Package &package, size_t outputs) {
  size_t results = package.kind == PackageKind::Plan
                       ? package.plan.outputs.size()
                       : package.host.outputs.size();
  if (results == outputs)
    return {};
  return error(Code::Invalid, arguments.compile.sourceName, ": gives ", results,
               " results, but --out names ", outputs,
               "; name one file for each result (S24)");
}

void printTiming(std::string_view what, double milliseconds) {
  llvm::errs() << what << ": " << llvm::format("%.3f", milliseconds) << " ms\n";
}

/// Compiles, or takes from the cache, what is not a package already.
static Expected<Package> makePackage(const Arguments &arguments,
                                     const Source &source,
                                     const CompileOptions &options,
                                     BuildReport &report) {
  report.cacheOff = true;
  if (source.package)
    return *source.package;
  std::string folder = arguments.cache ? PackageCache::defaultFolder() : "";
  PackageCache cache(folder);
  if (Status trusted = cache.trust(); !folder.empty() && !trusted.ok()) {
    if (PackageFolder::isDefaultNamed())
      return trusted;
    llvm::errs() << "hip-run: warning: keeps no programs: " << trusted.message()
                 << "\n";
    folder.clear();
  }
  return compileCached(folder.empty() ? nullptr : &cache, source.request,
                       source.text, options, report);
}

/// What the flags say, for the device where it runs.
static CompileOptions optionsOn(const device::Backend &device,
                                const Arguments &arguments) {
  CompileOptions options = arguments.compile;
  CompileOptions own = optionsFor(device.capability());
  if (device.kind() == device::Kind::Cuda)
    options.pipeline = own.pipeline;
  if (!arguments.chipGiven)
    options.chip = own.chip;
  return options;
}

static void printPhases(const Callable &callable) {
  const BuildReport &build = callable.build;
  llvm::errs() << "cache: "
               << (build.cacheOff ? "off"
                   : build.cached ? "hit"
                                  : "miss");
  if (!build.stored.ok())
    llvm::errs() << ", not kept: " << build.stored.message();
  llvm::errs() << "\n";
  printTiming("parse", build.times.parseMs);
  printTiming("compile", build.times.compileMs);
  printTiming("load", callable.loadMs);
  printTiming("callable", callable.totalMs);
}

Expected<Callable> makeCallable(const Arguments &arguments,
                                const Source &source, device::Backend &device,
                                size_t outputs) {
  Stopwatch total;
  Callable callable;
  Expected<Package> package = makePackage(
      arguments, source, optionsOn(device, arguments), callable.build);
  if (!package)
    return package.status();
  HIPC_RETURN_IF_ERROR(checkResultCount(arguments, *package, outputs));
  Stopwatch loading;
  Expected<device::ExecutableRef> program = device.load(std::move(*package));
  if (!program)
    return program.status();
  callable.program = std::move(*program);
  callable.loadMs = loading.milliseconds();
  callable.totalMs = total.milliseconds();
  return callable;
}

std::vector<Tensor> viewsOf(const std::vector<OwnedTensor> &arrays) {
  std::vector<Tensor> views;
  views.reserve(arrays.size());
  for (const OwnedTensor &array : arrays)
    views.push_back(array.view);
  return views;
}

static Expected<Run>
executeOn(Expected<std::unique_ptr<device::Backend>> device,
          const Arguments &arguments, const Source &source,
          std::span<const Tensor> inputs, size_t outputs) {
  if (!device)
    return device.status();
  Expected<Callable> callable =
      makeCallable(arguments, source, **device, outputs);
  if (!callable)
    return callable.status();
  llvm::outs() << "device: " << (*device)->name() << "\n"
               << "compile: " << llvm::format("%.3f", callable->totalMs)
               << " ms\n";
  if (arguments.timing)
    printPhases(*callable);
  const device::Executable &program = *callable->program;
  Expected<std::vector<OwnedTensor>> there =
      device::upload(**device, program, inputs);
  if (!there)
    return there.status();
  Expected<device::TimedResults> results =
      program.call(viewsOf(*there), arguments.repeat);
  if (!results)
    return results.status();
  std::vector<double> &times = results->milliseconds;
  std::sort(times.begin(), times.end());
  llvm::outs() << "time: " << llvm::format("%.3f", times.front())
               << " ms, median "
               << llvm::format("%.3f", times[times.size() / 2]) << " ms\n";
  if (arguments.timing)
    printTiming("run", times.front());
  return Run{std::move(*device), std::move(*there),
             std::move(results->outputs)};
}

/// A package is for a CPU or for GPUs, so there is no second attempt.
static Expected<Run> executePackage(const Arguments &arguments,
                                    const Source &source,
                                    std::span<const Tensor> inputs,
                                    size_t outputs) {
  const Package &package = *source.package;
  bool forCpu = package.kind == PackageKind::Host;
  if (arguments.device == (forCpu ? Device::Cuda : Device::Cpu))
    return error(Code::Invalid, arguments.file.program, ": is code for ",
                 package.target, ", but --device is ", forCpu ? "cuda" : "cpu",
                 "; leave out --device, or compile it for that");
  Expected<Run> run = executeOn(forCpu ? device::createCpu(arguments.threads)
                                       : device::createCuda(),
                                arguments, source, inputs, outputs);
  if (run)
    return run;
  return error(run.status().code(), arguments.file.program, " (code for ",
               package.target, "): ", run.status().message());
}

Expected<Run> execute(const Arguments &arguments, const Source &source,
                      std::span<const Tensor> inputs, size_t outputs) {
  if (source.package)
    return executePackage(arguments, source, inputs, outputs);
  auto onCpu = [&] {
    return executeOn(device::createCpu(arguments.threads), arguments, source,
                     inputs, outputs);
  };
  if (arguments.device == Device::Cpu)
    return onCpu();
  Expected<Run> run =
      executeOn(device::createCuda(), arguments, source, inputs, outputs);
  bool choose = arguments.device == Device::Auto;
  Code code = run ? Code::Ok : run.status().code();
  // No GPU, or a program that is not for one.
  if (choose && (code == Code::NotFound || code == Code::Unsupported))
    return onCpu();
  return run;
}

} // namespace hip_run
