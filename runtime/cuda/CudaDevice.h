//===- CudaDevice.h - One GPU, its memory and streams -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_CUDADEVICE_H
#define HIPC_RUNTIME_CUDA_CUDADEVICE_H

#include "runtime/cuda/Driver.h"

#include <array>

namespace hipc::cuda {

/// A GPU by its primary context, which other libraries of the process share.
class CudaDevice {
public:
  static Expected<std::shared_ptr<CudaDevice>> create(int number = 0);
  ~CudaDevice();

  const Driver &driver() const { return *library; }
  const std::string &name() const { return deviceName; }
  /// Its compute capability, such as "sm_90"; the compiler chooses the chip.
  std::string capability() const;
  /// Bytes of shared memory that a kernel may request.
  int sharedBytes() const { return shared; }
  /// The most blocks of a grid in dimension `i`, and threads of a block.
  int mostBlocks(int i) const { return grid[i]; }
  int mostThreads(int i) const { return block[i]; }
  /// Threads that an SM holds.
  int smThreads() const { return threads; }

  /// Whether code for `chip`, such as "sm_90a", runs here: a chip with an
  /// 'a' on itself only, PTX of others on it and newer ones.
  Status accepts(std::string_view chip, bool ptx) const;

  /// Makes the context current for a scope.
  class Scope {
  public:
    explicit Scope(const CudaDevice &device);
    ~Scope();
    const Status &status() const { return entered; }

  private:
    const CudaDevice &device;
    Status entered;
  };

private:
  CudaDevice() = default;
  Status open(int number);

  std::shared_ptr<const Driver> library;
  Device device = 0;
  Context context = nullptr;
  std::string deviceName;
  int compute = 0, shared = 0, threads = 0;
  std::array<int, 3> grid = {}, block = {};
};

/// Memory on a device.
class DeviceMemory {
public:
  static Expected<DeviceMemory> allocate(std::shared_ptr<CudaDevice> device,
                                         int64_t bytes);
  DeviceMemory(DeviceMemory &&other) noexcept { *this = std::move(other); }
  DeviceMemory &operator=(DeviceMemory &&other) noexcept;
  ~DeviceMemory();

  void *data() const { return reinterpret_cast<void *>(pointer); }
  int64_t bytes() const { return size; }

private:
  DeviceMemory() = default;

  std::shared_ptr<CudaDevice> device;
  DevicePointer pointer = 0;
  int64_t size = 0;
};

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_CUDADEVICE_H
