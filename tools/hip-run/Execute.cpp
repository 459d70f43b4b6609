//===- Execute.cpp - From a program to results
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "runtime/base/Stopwatch.h"
#include "runtime/jit/Engine.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace hipc;

namespace hip_run {

/// Before the run, which may take long.
Status checkResultCount(const Arguments &arguments, const Package &package,
                        size_t outputs) {
  size_t results = package.kind == PackageKind::Plan
                       ? package.plan.outputs.size()
                       : package.host.outputs.size();
  if (results == outputs)
    return {};
  return error(Code::Invalid, arguments.compile.sourceName, ": gives ", results,
               " results, but --out names ", outputs,
               "; name one file a result (S24)");
}

static void printTiming(std::string_view what, double milliseconds) {
  llvm::errs() << what << ": " << llvm::format("%.3f", milliseconds) << " ms\n";
}

/// Text to callable code, through the cache unless that is off.
Expected<Package> makePackage(const Arguments &arguments, const Source &source,
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
  const CompileOptions &options = arguments.compile;
  auto write = [&] { return source.textFor(options); };
  return compileCached(folder.empty() ? nullptr : &cache, source.request, write,
                       options, report);
}

static Expected<Program> makeCallable(const Arguments &arguments,
                                      const Source &source, Engine &engine) {
  Stopwatch total;
  BuildReport report;
  Expected<Package> package = makePackage(arguments, source, report);
  if (!package)
    return package.status();
  Stopwatch loading;
  Expected<Program> program = engine.load(std::move(*package));
  double loadMs = loading.milliseconds(), totalMs = total.milliseconds();
  llvm::outs() << "compile: " << llvm::format("%.3f", totalMs) << " ms\n";
  if (program && arguments.timing) {
    llvm::errs() << "cache: "
                 << (report.cacheOff ? "off"
                     : report.cached ? "hit"
                                     : "miss");
    if (!report.stored.ok())
      llvm::errs() << ", not kept: " << report.stored.message();
    llvm::errs() << "\n";
    printTiming("parse", report.times.parseMs);
    printTiming("compile", report.times.compileMs);
    printTiming("load", loadMs);
    printTiming("callable", totalMs);
  }
  return program;
}

/// Runs as often as asked for, and prints the best time.
static Expected<Results> runProgram(const Arguments &arguments,
                                    const Program &program,
                                    std::span<const Tensor> inputs) {
  Results results;
  double best = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < arguments.repeat; ++i) {
    Stopwatch time;
    Expected<Results> given = program.call(inputs);
    if (!given)
      return given.status();
    best = std::min(best, time.milliseconds());
    results = std::move(*given);
  }
  llvm::outs() << "time: " << llvm::format("%.3f", best) << " ms\n";
  if (arguments.timing)
    printTiming("run", best);
  return results;
}

static Expected<Results> executeOnCpu(const Arguments &arguments,
                                      const Source &source,
                                      std::span<const Tensor> inputs,
                                      size_t outputs) {
  Expected<Engine> engine = Engine::create(arguments.threads);
  if (!engine)
    return engine.status();
  Expected<Program> program = makeCallable(arguments, source, *engine);
  if (!program)
    return program.status();
  HIPC_RETURN_IF_ERROR(
      checkResultCount(arguments, program->package(), outputs));
  return runProgram(arguments, *program, inputs);
}

/// A package is for a CPU or for GPUs, and there is no second try.
static Expected<Results> executePackage(const Arguments &arguments,
                                        const Source &source,
                                        std::span<const Tensor> inputs,
                                        size_t outputs) {
  const Package &package = *source.package;
  bool forCpu = package.kind == PackageKind::Host;
  if (arguments.device == (forCpu ? Device::Cuda : Device::Cpu))
    return error(Code::Invalid, arguments.file.program, ": is code for ",
                 package.target, ", but --device is ", forCpu ? "cuda" : "cpu",
                 "; leave out --device, or compile it for that");
  Expected<Results> results =
      forCpu ? executeOnCpu(arguments, source, inputs, outputs)
             : executeOnCuda(arguments, source, inputs, outputs);
  if (results)
    return results;
  return error(results.status().code(), arguments.file.program, " (code for ",
               package.target, "): ", results.status().message());
}

Expected<Results> execute(const Arguments &arguments, const Source &source,
                          std::span<const Tensor> inputs, size_t outputs) {
  if (source.package)
    return executePackage(arguments, source, inputs, outputs);
  if (arguments.device == Device::Cpu)
    return executeOnCpu(arguments, source, inputs, outputs);
  Expected<Results> results = executeOnCuda(arguments, source, inputs, outputs);
  bool choose = arguments.device == Device::Auto;
  Code code = results ? Code::Ok : results.status().code();
  // No GPU, or a program that is not for one.
  if (choose && (code == Code::NotFound || code == Code::Unsupported))
    return executeOnCpu(arguments, source, inputs, outputs);
  return results;
}

} // namespace hip_run
