//===- Timer.h - A stream with a clock --------------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_TIMER_H
#define HIPC_RUNTIME_CUDA_TIMER_H

#include "runtime/cuda/CudaDevice.h"

namespace hipc::cuda {

/// A stream with two events around what is timed. The device's context has to
/// be current.
class Timer {
public:
  explicit Timer(CudaDevice &device) : driver(device.driver()) {}
  ~Timer();

  Status create();
  Status start();
  /// Waits for what was enqueued since start(), and gives its milliseconds.
  Expected<float> stop();
  Status wait();

  const Driver &driver;
  Stream stream = nullptr;

private:
  Event begin = nullptr, end = nullptr;
};

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_TIMER_H
