#include "runtime/cuda/CudaExecutable.h"
#include "runtime/cuda/Timer.h"

namespace hipc::cuda {

namespace {
/// Arrays on the device that live as long as a call.
class Arrays {
public:
  Arrays(const CudaExecutable &executable, Stream stream)
      : executable(executable), stream(stream) {}

  Expected<Tensor> place(const Tensor &host, const void *contents) {
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
          driver.check(contents ? driver.copyIn(to, contents, *bytes, stream)
                                : driver.fill(to, 0, *bytes, stream),
                       "upload"));
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
  std::vector<Tensor> in, out;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &input = inputs[i];
    if (executable.package().plan.inputs[i].number) {
      in.push_back(input);
      continue;
    }
    if (!input.contiguous())
      return error(Code::Unsupported, "an upload takes contiguous arrays");
    Expected<Tensor> there = arrays.place(input, input.data);
    if (!there)
      return there.status();
    in.push_back(*there);
  }
  TimedResults results;
  for (size_t i = 0; i < shapes->size(); ++i) {
    Expected<OwnedTensor> output = OwnedTensor::zeros(
        executable.package().plan.outputs[i].spec.dtype, (*shapes)[i]);
    if (!output)
      return output.status();
    Expected<Tensor> there = arrays.place(output->view, nullptr);
    if (!there)
      return there.status();
    out.push_back(*there);
    results.outputs.push_back(std::move(*output));
  }
  Expected<int64_t> bytes = executable.workspaceBytes(in);
  if (!bytes)
    return bytes.status();
  Expected<void *> workspace = arrays.allocate(*bytes);
  if (!workspace)
    return workspace.status();
  for (int64_t i = 0; i < repeat; ++i) {
    HIPC_RETURN_IF_ERROR(timer.start());
    HIPC_RETURN_IF_ERROR(
        executable.run(in, out, Workspace{*workspace, *bytes}, timer.stream));
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
