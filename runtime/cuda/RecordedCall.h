//===- RecordedCall.h - A call as a CUDA graph ------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_RECORDEDCALL_H
#define HIPC_RUNTIME_CUDA_RECORDEDCALL_H

#include "runtime/cuda/CudaDevice.h"

#include <functional>

namespace hipc::cuda {

/// Work that was put into a stream once and is launched as a whole, any number
/// of times: on the same arrays, whose contents may have changed.
class RecordedCall {
public:
  /// Takes what `enqueue` puts into `stream`, without running it. The device's
  /// context has to be current.
  static Expected<RecordedCall> record(std::shared_ptr<CudaDevice> device,
                                       Stream stream,
                                       const std::function<Status()> &enqueue);
  RecordedCall(RecordedCall &&other) noexcept { *this = std::move(other); }
  RecordedCall &operator=(RecordedCall &&other) noexcept;
  ~RecordedCall();

  Status launch(Stream stream) const;

private:
  RecordedCall() = default;

  std::shared_ptr<CudaDevice> device;
  GraphExec graph = nullptr;
};

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_RECORDEDCALL_H
