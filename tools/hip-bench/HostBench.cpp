//===- HostBench.cpp - What the C API costs its host
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostBench.h"

#include "Host.h"

#include "compiler/Compiler.h"
#include "runtime/base/Stopwatch.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unistd.h>

using namespace hipc;
using cuda::CudaDevice;
using llvm::ArrayRef;
using llvm::StringRef;

namespace hip_bench {

constexpr Work kStep{"a tree's decode step",
                     "tree<block_q = 64, block_k = 2, keep = 512>", 1};
constexpr Work kRows{"64 rows of dense attention", "dense<block_q = 64>", 64};

namespace {
struct Rounds {
  int count, calls;
};
} // namespace
constexpr Rounds kManyCalls{100, 200};
constexpr Rounds kWholeCalls{20, 1}; // with the work itself

/// Microseconds of `work` in the best round; `after` each is not timed.
template <typename Work, typename After>
static Expected<double> best(Rounds rounds, Work work, After after) {
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds.count; ++round) {
    Stopwatch time;
    for (int i = 0; i < rounds.calls; ++i)
      HIPC_RETURN_IF_ERROR(work());
    least = std::min(least, time.milliseconds() * 1000 / rounds.calls);
    HIPC_RETURN_IF_ERROR(after());
  }
  return least;
}

static void print(std::string_view what, std::string_view unit, double value,
                  const std::string &target) {
  llvm::outs() << llvm::json::Value(
                      llvm::json::Object{{"what", std::string(what)},
                                         {std::string(unit), value},
                                         {"target", target}})
               << "\n";
}

static Status measureLookUp(const HostOptions &options,
                            const HostLibrary &library) {
  Host host(options, library, kStep);
  HIPC_RETURN_IF_ERROR(host.start());
  auto lookUp = [&]() -> Status {
    hipc_program *made = nullptr;
    Status status = host.compile(&made);
    library.hipc_program_destroy(made);
    return status;
  };
  Expected<double> cached = best(kManyCalls, lookUp, [] { return Status(); });
  if (!cached)
    return cached.status();
  print("cached look-up", "us", *cached, host.target());
  return {};
}

/// The driver's own cost of a launch, a lower bound for ours.
static Status measureDriver(const std::shared_ptr<CudaDevice> &gpu) {
  constexpr const char *kEmpty = ".version 8.0\n.target sm_80\n"
                                 ".address_size 64\n"
                                 ".visible .entry empty() { ret; }\n";
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  const cuda::Driver &driver = gpu->driver();
  cuda::Module module = nullptr;
  cuda::Function kernel = nullptr;
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.moduleLoad(&module, kEmpty, 0, nullptr, nullptr), "module"));
  HIPC_RETURN_IF_ERROR(
      driver.check(driver.moduleFunction(&kernel, module, "empty"), "kernel"));
  cuda::LaunchConfig config;
  config.threads[0] = 32;
  auto launch = [&] {
    return driver.check(driver.launch(&config, kernel, nullptr, nullptr),
                        "launch");
  };
  Expected<double> time = best(kManyCalls, launch, [&] {
    return driver.check(driver.streamSynchronize(nullptr), "wait");
  });
  driver.moduleUnload(module);
  if (!time)
    return time.status();
  print("launch, an empty kernel by the driver", "us", *time,
        targetFor(gpu->capability()));
  return {};
}

static Status measureCall(const HostOptions &options,
                          const HostLibrary &library, const Work &work) {
  Host host(options, library, work);
  HIPC_RETURN_IF_ERROR(host.start());
  HIPC_RETURN_IF_ERROR(host.makeArrays());
  if (host.onGpu())
    HIPC_RETURN_IF_ERROR(measureDriver(host.onGpu()));
  Expected<double> call = best(
      host.onGpu() ? kManyCalls : kWholeCalls, [&] { return host.call(); },
      [&] { return host.wait(); });
  if (!call)
    return call.status();
  // On a CPU a call is the work as well.
  print(join(host.onGpu() ? "launch, " : "call, ", work.name), "us", *call,
        host.target());
  return host.checkResult();
}

/// Milliseconds until another process of this program reports that it has got
/// there.
/// What the driver keeps is in the cache's folder too.
static Expected<double> measureProcess(const HostOptions &options,
                                       std::string_view until) {
  std::string self = llvm::sys::fs::getMainExecutable(
      "hip-bench", reinterpret_cast<void *>(&measureProcess));
  std::string driverCache = join("CUDA_CACHE_PATH=", options.cache, "/driver");
  std::vector<StringRef> variables{driverCache};
  for (char **variable = environ; *variable; ++variable)
    if (!StringRef(*variable).starts_with("CUDA_CACHE_PATH="))
      variables.emplace_back(*variable);
  std::array<int, 2> pipe;
  if (::pipe(pipe.data()) != 0)
    return error(Code::Device, "cannot make a pipe");
  std::string output = join("/dev/fd/", pipe[1]), message;
  Stopwatch time;
  llvm::sys::ProcessInfo process = llvm::sys::ExecuteNoWait(
      self,
      {self, "host", "--until", StringRef(until), "--library", options.library,
       "--cache", options.cache, "--device", options.device},
      ArrayRef<StringRef>(variables),
      {std::nullopt, StringRef(output), std::nullopt}, 0, &message);
  ::close(pipe[1]);
  char said;
  bool isReady = ::read(pipe[0], &said, 1) == 1;
  double milliseconds = time.milliseconds();
  ::close(pipe[0]);
  if (process.Pid == 0)
    return error(Code::Device, "cannot start ", self, ": ", message);
  int code = llvm::sys::Wait(process, std::nullopt, &message).ReturnCode;
  if (!isReady || code != 0)
    return error(Code::Device, "a process until its ", until,
                 " failed with status ", code, " ", message);
  return milliseconds;
}

/// Tells the process that waits for this one.
static Status say() {
  llvm::outs() << "\n";
  llvm::outs().flush();
  return {};
}

/// What every process has to do on a GPU, whatever it runs.
static Status runToDriver() {
  Expected<std::shared_ptr<CudaDevice>> gpu = CudaDevice::create(0);
  return gpu ? say() : gpu.status();
}

static Status runToResult(const HostOptions &options,
                          const HostLibrary &library) {
  Host host(options, library, kStep);
  HIPC_RETURN_IF_ERROR(host.start());
  HIPC_RETURN_IF_ERROR(host.makeArrays());
  HIPC_RETURN_IF_ERROR(host.call());
  HIPC_RETURN_IF_ERROR(host.checkResult());
  return say();
}

static Status measureProcesses(HostOptions options) {
  options.cache += "/processes"; // which no call has filled
  std::pair<const char *, const char *> kinds[] = {
      {"result", "process to its result, empty cache"},
      {"result", "process to its result, full cache"},
      {"driver", "process to its driver, nothing of ours"}};
  size_t count = options.device == "cpu" ? 2 : 3;
  for (auto [until, name] : std::span(kinds).first(count)) {
    Expected<double> time = measureProcess(options, until);
    if (!time)
      return time.status();
    print(name, "ms", *time, options.device);
  }
  return {};
}

static Status measure(const HostOptions &options, const HostLibrary &library) {
  HIPC_RETURN_IF_ERROR(measureLookUp(options, library));
  HIPC_RETURN_IF_ERROR(measureCall(options, library, kStep));
  HIPC_RETURN_IF_ERROR(measureCall(options, library, kRows));
  return measureProcesses(options);
}

Status benchHost(const HostOptions &given) {
  if (given.until == "driver")
    return runToDriver();
  auto library = HostLibrary::open(given.library);
  if (!library)
    return library.status();
  if (given.until == "result")
    return runToResult(given, **library);
  llvm::SmallString<128> folder;
  if (std::error_code failed =
          llvm::sys::fs::createUniqueDirectory("hip-bench", folder))
    return error(Code::Device, "a temporary folder: ", failed.message());
  HostOptions options = given;
  options.cache = folder.str();
  Status status = measure(options, **library);
  std::error_code failed = llvm::sys::fs::remove_directories(folder);
  HIPC_RETURN_IF_ERROR(status);
  if (failed)
    return error(Code::Device, options.cache, ": ", failed.message());
  return {};
}

} // namespace hip_bench
