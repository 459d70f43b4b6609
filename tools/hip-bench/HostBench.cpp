//===- HostBench.cpp - What the C API costs its host
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostBench.h"

#include "HostLibrary.h"

#include "runtime/cuda/CudaDevice.h"
#include "runtime/jit/Stopwatch.h"
#include "runtime/package/Tensor.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <limits>

using namespace hipc;
using cuda::CudaDevice;
using cuda::DeviceMemory;

namespace hip_bench {

// One decode step of a small model: what a host adds is most of it.
constexpr int64_t kHeads = 32, kKvHeads = 8, kSize = 128, kKeys = 4096;
constexpr int kRounds = 20, kCallsARound = 200;
constexpr int kCpuCallsARound = 1; // with the work itself
constexpr int32_t kCuda = 2;       // DLDeviceType

namespace {
/// An engine, a program and arrays of zeros where it runs.
class Host {
public:
  Host(const HostOptions &options, const HostLibrary &library)
      : options(options), library(library) {}
  ~Host() {
    library.hipc_program_destroy(program);
    library.hipc_engine_destroy(engine);
  }

  Status start();
  Status compile(hipc_program **made) const;
  Status makeArrays();
  Status call() const;
  Status wait() const;
  std::string target() const { return library.hipc_engine_target(engine); }
  bool onGpu() const { return gpu != nullptr; }

private:
  Expected<void *> zeros(int64_t bytes);
  Status makeArray(int index, int64_t heads, int64_t rows);

  const HostOptions &options;
  const HostLibrary &library;
  hipc_engine *engine = nullptr;
  hipc_program *program = nullptr;
  std::shared_ptr<CudaDevice> gpu;
  std::vector<DeviceMemory> deviceMemory;
  std::vector<OwnedTensor> hostMemory;
  std::array<std::array<int64_t, 4>, 4> shapes;
  std::array<hipc_tensor, 4> tensors; ///< query, key, value, out
  void *workspace = nullptr;
  size_t workspaceBytes = 0;
};
} // namespace

Status Host::start() {
  hipc_engine_options given = {};
  given.size = sizeof(given);
  given.device = options.device.c_str();
  given.cache = options.cache.c_str();
  HIPC_RETURN_IF_ERROR(
      library.check(library.hipc_engine_create(&given, &engine)));
  hipc_device device = library.hipc_engine_device(engine);
  if (device.type == kCuda) {
    Expected<std::shared_ptr<CudaDevice>> opened =
        CudaDevice::create(device.id);
    if (!opened)
      return opened.status();
    gpu = *opened;
  }
  return compile(&program);
}

Status Host::compile(hipc_program **made) const {
  hipc_attention attention = {};
  attention.size = sizeof(attention);
  attention.dtype = {4, 16, 1}; // bf16
  attention.query_heads = kHeads;
  attention.kv_heads = kKvHeads;
  attention.head_size = kSize;
  attention.policy = "tree<block_q = 64, block_k = 2, keep = 512>";
  attention.sink = 128;
  attention.window = 1024;
  return library.check(
      library.hipc_compile_attention(engine, &attention, made));
}

Expected<void *> Host::zeros(int64_t bytes) {
  if (!gpu) {
    Expected<OwnedTensor> memory = OwnedTensor::zeros(DType::I8, {bytes});
    if (!memory)
      return memory.status();
    hostMemory.push_back(std::move(*memory));
    return hostMemory.back().view.data;
  }
  Expected<DeviceMemory> memory = DeviceMemory::allocate(gpu, bytes);
  if (!memory)
    return memory.status();
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  const cuda::Driver &driver = gpu->driver();
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.fill(reinterpret_cast<cuda::DevicePointer>(memory->data()), 0,
                  bytes, nullptr),
      "fill"));
  deviceMemory.push_back(std::move(*memory));
  return deviceMemory.back().data();
}

Status Host::makeArray(int index, int64_t heads, int64_t rows) {
  Expected<void *> data = zeros(heads * rows * kSize * 2);
  if (!data)
    return data.status();
  shapes[index] = {1, heads, rows, kSize};
  tensors[index] = {*data,
                    library.hipc_engine_device(engine),
                    4,
                    {4, 16, 1},
                    shapes[index].data(),
                    nullptr,
                    0};
  return {};
}

Status Host::makeArrays() {
  HIPC_RETURN_IF_ERROR(makeArray(0, kHeads, 1));
  HIPC_RETURN_IF_ERROR(makeArray(1, kKvHeads, kKeys));
  HIPC_RETURN_IF_ERROR(makeArray(2, kKvHeads, kKeys));
  HIPC_RETURN_IF_ERROR(makeArray(3, kHeads, 1));
  const hipc_tensor *inputs[] = {&tensors[0], &tensors[1], &tensors[2]};
  HIPC_RETURN_IF_ERROR(library.check(
      library.hipc_program_workspace(program, inputs, 3, &workspaceBytes)));
  if (!workspaceBytes)
    return {};
  Expected<void *> room = zeros(workspaceBytes);
  if (!room)
    return room.status();
  workspace = *room;
  return {};
}

Status Host::call() const {
  const hipc_tensor *inputs[] = {&tensors[0], &tensors[1], &tensors[2]};
  const hipc_tensor *outputs[] = {&tensors[3]};
  return library.check(library.hipc_run(program, inputs, 3, outputs, 1,
                                        workspace, workspaceBytes, nullptr));
}

Status Host::wait() const {
  if (!gpu)
    return {};
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  return gpu->driver().check(gpu->driver().streamSynchronize(nullptr), "wait");
}

/// Microseconds of `work` in the best round; `after` each is not timed.
template <typename Work, typename After>
static Expected<double> best(int calls, Work work, After after) {
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    Stopwatch time;
    for (int i = 0; i < calls; ++i)
      HIPC_RETURN_IF_ERROR(work());
    least = std::min(least, time.milliseconds() * 1000 / calls);
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

static Status measureCalls(const HostOptions &options,
                           const HostLibrary &library) {
  Host host(options, library);
  HIPC_RETURN_IF_ERROR(host.start());
  HIPC_RETURN_IF_ERROR(host.makeArrays());
  auto lookUp = [&]() -> Status {
    hipc_program *made = nullptr;
    Status status = host.compile(&made);
    library.hipc_program_destroy(made);
    return status;
  };
  Expected<double> cached = best(kCallsARound, lookUp, [] { return Status(); });
  if (!cached)
    return cached.status();
  print("cached look-up", "us", *cached, host.target());
  Expected<double> call = best(
      host.onGpu() ? kCallsARound : kCpuCallsARound,
      [&] { return host.call(); }, [&] { return host.wait(); });
  if (!call)
    return call.status();
  // On a CPU a call is the work as well.
  print(host.onGpu() ? "launch" : "call", "us", *call, host.target());
  return {};
}

/// Another process of this program does what a host does first.
static Expected<double> measureProcess(const HostOptions &options) {
  std::string self = llvm::sys::fs::getMainExecutable(
      "hip-bench", reinterpret_cast<void *>(&measureProcess));
  llvm::StringRef arguments[] = {
      self,      "host",        "--first",  "--library",   options.library,
      "--cache", options.cache, "--device", options.device};
  std::string message;
  Stopwatch time;
  int code = llvm::sys::ExecuteAndWait(self, arguments, std::nullopt, {}, 0, 0,
                                       &message);
  double milliseconds = time.milliseconds();
  if (code != 0)
    return error(Code::Device, "a first run failed with ", code, " ", message);
  return milliseconds;
}

static Status runFirst(const HostOptions &options, const HostLibrary &library) {
  Host host(options, library);
  HIPC_RETURN_IF_ERROR(host.start());
  HIPC_RETURN_IF_ERROR(host.makeArrays());
  HIPC_RETURN_IF_ERROR(host.call());
  return host.wait();
}

Status benchHost(const HostOptions &given) {
  HostOptions options = given;
  auto library = HostLibrary::open(options.library);
  if (!library)
    return library.status();
  if (options.first)
    return runFirst(options, **library);
  llvm::SmallString<128> folder;
  if (std::error_code failed =
          llvm::sys::fs::createUniqueDirectory("hip-bench", folder))
    return error(Code::Device, "a temporary folder: ", failed.message());
  options.cache = folder.str();
  Status status = [&]() -> Status {
    for (const char *what : {"process, empty cache", "process, full cache"}) {
      Expected<double> time = measureProcess(options);
      if (!time)
        return time.status();
      print(what, "ms", *time, options.device);
    }
    return measureCalls(options, **library);
  }();
  llvm::sys::fs::remove_directories(folder);
  return status;
}

} // namespace hip_bench
