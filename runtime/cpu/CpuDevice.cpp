#include "runtime/cpu/CpuDevice.h"

namespace hipc {

Expected<std::unique_ptr<CpuDevice>>
CpuDevice::create(int64_t workers, std::unique_ptr<CodeLoader> loader) {
  if (workers == 0)
    workers = ThreadPool::defaultWorkers();
  Expected<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(workers);
  if (!pool)
    return pool.status();
  return std::unique_ptr<CpuDevice>(
      new CpuDevice(std::move(*pool), std::move(loader)));
}

} // namespace hipc
