#include "runtime/cuda/Driver.h"

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>

namespace hipc::cuda {

Driver::~Driver() {
  if (library && checkProcess().ok())
    dlclose(library);
}

static Status forked() {
  return Status(Code::Unsupported,
                "this process is a child of fork(), and its parent had opened "
                "the GPU already, which CUDA does not allow; open it in the "
                "child only, or start children with posix_spawn() or the "
                "'spawn' method of multiprocessing");
}

Status Driver::checkProcess() const {
  return process == forkGeneration() ? Status() : forked();
}

Status Driver::check(Result result, std::string_view what) const {
  if (result == 0)
    return {};
  const char *name = nullptr, *text = nullptr;
  if (errorName(result, &name) != 0 || errorText(result, &text) != 0)
    return error(Code::Device, what, ": CUDA error ", result);
  return error(Code::Device, what, ": ", name, ": ", text);
}

Status Driver::findFunctions(const std::string &path) {
  library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return error(Code::NotFound, "no CUDA driver: ", dlerror(),
                 "; install one, or run on the CPU");
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
        dlsym(library, symbol));
    return function != nullptr;
  };
#define HIPC_FIND(NAME, SYMBOL, PARAMETERS)                                    \
  if (!find(NAME, SYMBOL))                                                     \
    missing = SYMBOL;
  HIPC_CUDA_FUNCTIONS(HIPC_FIND)
#undef HIPC_FIND
#define HIPC_FIND(NAME, SYMBOL, PARAMETERS) find(NAME, SYMBOL);
  HIPC_CUDA_OPTIONAL_FUNCTIONS(HIPC_FIND)
#undef HIPC_FIND
  if (missing)
    return error(Code::Unsupported, path, " has no ", missing,
                 "; install a driver for CUDA ", kOldestDriver / 1000,
                 " or newer");
  return {};
}

/// The process that started a driver first; later ones are its children.
static std::atomic<int64_t> firstProcess = -1;

Status Driver::start() {
  int64_t first = firstProcess;
  if (first >= 0 && first != int64_t(process))
    return forked();
  HIPC_RETURN_IF_ERROR(check(driverVersion(&cudaVersion), "driver version"));
  if (cudaVersion < kOldestDriver)
    return error(Code::Unsupported, "the driver is for CUDA ",
                 cudaVersion / 1000, ".", cudaVersion % 1000 / 10,
                 ", but packages need ", kOldestDriver / 1000, ".",
                 kOldestDriver % 1000 / 10, "; install a newer driver");
  HIPC_RETURN_IF_ERROR(check(init(0), "start of the CUDA driver"));
  firstProcess = int64_t(process);
  return {};
}

Expected<std::shared_ptr<const Driver>> Driver::load() {
  const char *named = std::getenv("HIPC_CUDA_LIBRARY");
  std::shared_ptr<Driver> driver(new Driver());
  HIPC_RETURN_IF_ERROR(
      driver->findFunctions(named && *named ? named : "libcuda.so.1"));
  HIPC_RETURN_IF_ERROR(driver->start());
  return std::shared_ptr<const Driver>(std::move(driver));
}

} // namespace hipc::cuda
