#include "runtime/cuda/RecordedCall.h"

namespace hipc::cuda {

Expected<RecordedCall>
RecordedCall::record(std::shared_ptr<CudaDevice> device, Stream stream,
                     const std::function<Status()> &enqueue) {
  const Driver &driver = device->driver();
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.captureBegin(stream, kCaptureThreadLocal), "start of a capture"));
  Status enqueued = enqueue();
  Graph steps = nullptr;
  // Also after an error, so that the stream runs again.
  Status captured =
      driver.check(driver.captureEnd(stream, &steps), "end of a capture");
  RecordedCall call;
  if (enqueued.ok() && captured.ok())
    captured = driver.check(driver.graphInstantiate(&call.graph, steps, 0),
                            "making of a graph");
  if (steps)
    driver.graphDestroy(steps);
  HIPC_RETURN_IF_ERROR(enqueued);
  HIPC_RETURN_IF_ERROR(captured);
  call.device = std::move(device);
  return call;
}

RecordedCall &RecordedCall::operator=(RecordedCall &&other) noexcept {
  std::swap(device, other.device);
  std::swap(graph, other.graph);
  return *this;
}

RecordedCall::~RecordedCall() {
  if (!graph || !device)
    return;
  CudaDevice::Scope scope(*device);
  if (device->driver().checkProcess().ok())
    device->driver().graphExecDestroy(graph);
}

Status RecordedCall::launch(Stream stream) const {
  const Driver &driver = device->driver();
  return driver.check(driver.graphLaunch(graph, stream), "launch of a graph");
}

} // namespace hipc::cuda
