//===- CpuDevice.h - A pool and a loader ------------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_CPUDEVICE_H
#define HIPC_RUNTIME_CPU_CPUDEVICE_H

#include "runtime/cpu/CpuExecutable.h"

namespace hipc {

class CpuDevice {
public:
  /// A device with `workers` threads; 0 stands for one per processor.
  static Expected<std::unique_ptr<CpuDevice>>
  create(int64_t workers, std::unique_ptr<CodeLoader> loader);

  ThreadPool &pool() { return *threads; }

  Expected<std::unique_ptr<CpuExecutable>> load(Package package) {
    return CpuExecutable::create(std::move(package), *loader);
  }

private:
  CpuDevice(std::unique_ptr<ThreadPool> pool,
            std::unique_ptr<CodeLoader> loader)
      : threads(std::move(pool)), loader(std::move(loader)) {}

  std::unique_ptr<ThreadPool> threads;
  std::unique_ptr<CodeLoader> loader;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_CPUDEVICE_H
