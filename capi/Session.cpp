//===- Session.cpp - What an engine of C is: a device with its caches
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Session.h"

#include "capi/Errors.h"
#include "capi/Sized.h"

#include <charconv>

namespace hipc::capi {

//===----------------------------------------------------------------------===//
// Making one
//===----------------------------------------------------------------------===//

Session::Session(const hipc_engine_options &options)
    : log(options.log), logUser(options.log_user) {}

/// Of a hipc_device, as DLPack numbers them.
constexpr int32_t kCpuType = 1, kCudaType = 2;

/// The GPU that "cuda" or "cuda:1" names; nothing for another text.
static std::optional<int> gpuNumber(std::string_view name) {
  if (name == "cuda")
    return 0;
  if (!name.starts_with("cuda:"))
    return std::nullopt;
  int number = 0;
  auto [end, failed] =
      std::from_chars(name.data() + 5, name.data() + name.size(), number);
  if (failed != std::errc() || end != name.data() + name.size() || number < 0)
    return std::nullopt;
  return number;
}

Status Session::openDevice(std::string_view name, int64_t threads) {
  std::optional<int> gpu = gpuNumber(name);
  if (name != "auto" && name != "cpu" && !gpu)
    return error(Code::Invalid, "device '", name,
                 "' is not one of auto, cpu, cuda and cuda:NUMBER");
  if (name == "auto" || gpu) {
    auto cuda = device::createCuda(gpu.value_or(0));
    if (cuda)
      backend = std::move(*cuda);
    else if (gpu)
      return cuda.status();
    else
      tell(HIPC_LOG_INFO, "runs on the CPU: " + cuda.status().message());
  }
  if (!backend) {
    auto cpu = device::createCpu(threads);
    if (!cpu)
      return cpu.status();
    backend = std::move(*cpu);
  }
  id = {backend->kind() == device::Kind::Cpu ? kCpuType : kCudaType,
        backend->number()};
  targetText = targetOf(backend->capability());
  return {};
}

Expected<std::shared_ptr<Session>>
Session::create(const hipc_engine_options &options) {
  if (options.cache_bytes < 0)
    return error(Code::Invalid, "cache_bytes is ", options.cache_bytes,
                 ", but the least is 0, which stands for 1 GiB");
  std::shared_ptr<Session> session(new Session(options));
  HIPC_RETURN_IF_ERROR(session->openDevice(
      options.device ? options.device : "auto", options.threads));
  HIPC_RETURN_IF_ERROR(session->openFolder(options));
  return session;
}

void Session::tell(hipc_log_level level, const std::string &text) const {
  if (log)
    log(logUser, level, text.c_str());
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

Expected<ExecutableRef> Session::load(std::string_view bytes) {
  Expected<Package> package = readPackage(bytes);
  if (!package)
    return package.status();
  bool forCpu = package->kind == PackageKind::Host;
  if (forCpu != (backend->kind() == device::Kind::Cpu))
    return error(Code::Invalid, "the package is code for ", package->target,
                 ", but the engine is for ", targetText, "; create one for ",
                 forCpu ? "a CPU" : "a GPU", ", or compile the package for ",
                 targetText);
  return backend->load(std::move(*package));
}

Expected<std::string> Session::explain(const Executable &program) const {
  Expected<std::string> choices = explainChoices(program.package());
  if (!choices)
    return choices.status();
  Expected<std::string> kernels = program.kernelUse();
  if (!kernels)
    return kernels.status();
  return hipc::explain(program.package()) + *kernels + *choices;
}

// Neither is ever destroyed: a program may use the library in its last
// destructors, and threads of its own may still run then.
Handles<std::shared_ptr<Session>, hipc_engine> &engines() {
  static auto *all =
      new Handles<std::shared_ptr<Session>, hipc_engine>(1, "engine");
  return *all;
}

Handles<LoadedProgram, hipc_program> &programs() {
  static auto *all = new Handles<LoadedProgram, hipc_program>(2, "program");
  return *all;
}

} // namespace hipc::capi

//===----------------------------------------------------------------------===//
// The interface of C
//===----------------------------------------------------------------------===//

using namespace hipc;
using namespace hipc::capi;

extern "C" {

hipc_code hipc_engine_create(const hipc_engine_options *options,
                             hipc_engine **engine) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(engine, "engine"));
    *engine = nullptr;
    hipc_engine_options chosen = {};
    if (options) {
      auto read = readSized(options, "hipc_engine_options");
      if (!read)
        return read.status();
      chosen = *read;
    }
    auto made = capi::Session::create(chosen);
    if (!made)
      return made.status();
    *engine = engines().add(std::move(*made));
    return {};
  });
}

void hipc_engine_destroy(hipc_engine *engine) {
  guarded([&] { return engine ? engines().destroy(engine) : Status(); });
}

hipc_device hipc_engine_device(const hipc_engine *engine) {
  hipc_device device = {};
  guarded([&]() -> Status {
    auto used = engines().use(engine);
    if (!used)
      return used.status();
    device = (**used)->deviceId();
    return {};
  });
  return device;
}

const char *hipc_engine_target(const hipc_engine *engine) {
  const char *target = "";
  guarded([&]() -> Status {
    auto used = engines().use(engine);
    if (!used)
      return used.status();
    target = (**used)->target().c_str();
    return {};
  });
  return target;
}
}
