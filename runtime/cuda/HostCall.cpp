#include "runtime/cuda/CudaExecutable.h"
#include "runtime/cuda/Timer.h"

namespace hipc::cuda {

namespace {
/// Arrays on the device that live as long as a call.
class Arrays {
public:
  Arrays(const CudaExecutable &executable, Stream stream)
      : executable(executable), stream(stream) {}

  /// An array of zeros like one of the host.
  Expected<Tensor> like(const Tensor &host) {
    Expected<int64_t> bytes = denseBytes(host.dtype, host.dims);
    if (!bytes)
      return bytes.status();
    Expected<void *> data = allocate(*bytes);
    if (!data)
      return data.status();
    const Driver &driver = executable.device().driver();
    auto to = reinterpret_cast<DevicePointer>(*data);
    if (*bytes > 0)
      HIPC_RETURN_IF_ERROR(
          driver.check(driver.fill(to, 0, *bytes, stream), "clearing"));
    Tensor there = host;
    there.data = *data;
    return there;
  }

  Expected<void *> allocate(int64_t bytes) {
    Expected<DeviceMemory> memory =
        DeviceMemory::allocate(executable.sharedDevice(), bytes);
    if (!memory)
      return memory.status();
    void *data = memory->data();
    owned.push_back(std::move(*memory));
    return data;
  }

private:
  const CudaExecutable &executable;
  Stream stream;
  std::vector<DeviceMemory> owned;
};
} // namespace

Expected<OwnedTensor> upload(const std::shared_ptr<CudaDevice> &device,
                             const Tensor &host) {
  if (!host.contiguous())
    return error(Code::Unsupported, "an upload takes contiguous arrays");
  CudaDevice::Scope scope(*device);
  HIPC_RETURN_IF_ERROR(scope.status());
  Expected<int64_t> bytes = denseBytes(host.dtype, host.dims);
  if (!bytes)
    return bytes.status();
  Expected<DeviceMemory> memory = DeviceMemory::allocate(device, *bytes);
  if (!memory)
    return memory.status();
  OwnedTensor there{{nullptr, nullptr}, host};
  there.view.data = memory->data();
  there.storage = OwnedTensor::Storage(
      new DeviceMemory(std::move(*memory)),
      [](void *owner) { delete static_cast<DeviceMemory *>(owner); });
  if (*bytes == 0)
    return there;
  const Driver &driver = device->driver();
  auto to = reinterpret_cast<DevicePointer>(there.view.data);
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.copyIn(to, host.data, *bytes, /*stream=*/nullptr), "upload"));
  HIPC_RETURN_IF_ERROR(
      driver.check(driver.streamSynchronize(nullptr), "upload"));
  return there;
}

Expected<TimedResults> call(const CudaExecutable &executable,
                            std::span<const Tensor> inputs, int64_t repeat) {
  CudaDevice::Scope scope(executable.device());
  HIPC_RETURN_IF_ERROR(scope.status());
  Expected<std::vector<Dims>> shapes = executable.outputShapes(inputs);
  if (!shapes)
    return shapes.status();
  Timer timer(executable.device());
  HIPC_RETURN_IF_ERROR(timer.create());
  Arrays arrays(executable, timer.stream);
  std::vector<Tensor> out;
  TimedResults results;
  for (size_t i = 0; i < shapes->size(); ++i) {
    Expected<OwnedTensor> output = OwnedTensor::zeros(
        executable.package().plan.outputs[i].spec.dtype, (*shapes)[i]);
    if (!output)
      return output.status();
    Expected<Tensor> there = arrays.like(output->view);
    if (!there)
      return there.status();
    out.push_back(*there);
    results.outputs.push_back(std::move(*output));
  }
  Expected<int64_t> bytes = executable.workspaceBytes(inputs);
  if (!bytes)
    return bytes.status();
  Expected<void *> workspace = arrays.allocate(*bytes);
  if (!workspace)
    return workspace.status();
  for (int64_t i = 0; i < repeat; ++i) {
    HIPC_RETURN_IF_ERROR(timer.start());
    HIPC_RETURN_IF_ERROR(executable.run(
        inputs, out, Workspace{*workspace, *bytes}, timer.stream));
    Expected<float> time = timer.stop();
    if (!time)
      return time.status();
    results.milliseconds.push_back(*time);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    Expected<int64_t> size = denseBytes(out[i].dtype, out[i].dims);
    if (!size)
      return size.status();
    if (*size > 0)
      HIPC_RETURN_IF_ERROR(timer.driver.check(
          timer.driver.copyOut(results.outputs[i].view.data,
                               reinterpret_cast<DevicePointer>(out[i].data),
                               *size, timer.stream),
          "download"));
  }
  HIPC_RETURN_IF_ERROR(timer.wait());
  return results;
}

} // namespace hipc::cuda
