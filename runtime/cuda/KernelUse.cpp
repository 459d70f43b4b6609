#include "runtime/cuda/CudaExecutable.h"

namespace hipc::cuda {

/// The first launch of a kernel; null where there is none.
static const KernelStep *findLaunch(const Plan &plan, size_t kernel) {
  for (const Step &step : plan.steps)
    if (const auto *launch = std::get_if<KernelStep>(&step);
        launch && launch->kernel == kernel)
      return launch;
  return nullptr;
}

Expected<std::string> CudaExecutable::kernelLine(size_t kernel) const {
  const Driver &driver = gpu->driver();
  const std::string &name = program.kernels[kernel];
  Function function = kernels[kernel].function;
  const KernelStep *launch = findLaunch(program.plan, kernel);
  int threads = launch ? int(launch->threads[0]) : 0;
  int64_t dynamic =
      launch ? launch->dynamicSharedBytes.constant().value_or(0) : 0;
  int registers = 0, fixed = 0, local = 0, blocks = 0;
  for (auto [attribute, value] : {std::pair(kRegisters, &registers),
                                  {kStaticSharedBytes, &fixed},
                                  {kLocalBytes, &local}})
    HIPC_RETURN_IF_ERROR(
        driver.check(driver.functionGet(value, attribute, function), name));
  if (threads > 0)
    HIPC_RETURN_IF_ERROR(driver.check(
        driver.blocksPerSm(&blocks, function, threads, dynamic), name));
  return join("  ", name, ": ", threads, " threads, ", registers,
              " registers, ", local, " bytes of local memory, ",
              fixed + dynamic, " bytes of shared memory; occupancy ",
              blocks * threads, " of ", gpu->smThreads(), " threads\n");
}

Expected<std::string> CudaExecutable::kernelUse() const {
  if (kernels.empty())
    return std::string();
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  std::string text = join("\nkernels, on ", gpu->name(), "\n");
  for (size_t i = 0; i < kernels.size(); ++i) {
    Expected<std::string> line = kernelLine(i);
    if (!line)
      return line;
    text += *line;
  }
  return text;
}

Expected<int64_t> CudaExecutable::localBytes() const {
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  const Driver &driver = gpu->driver();
  int64_t total = 0;
  for (const Kernel &kernel : kernels) {
    int local = 0;
    HIPC_RETURN_IF_ERROR(driver.check(
        driver.functionGet(&local, kLocalBytes, kernel.function), "registers"));
    total += local;
  }
  return total;
}

} // namespace hipc::cuda
