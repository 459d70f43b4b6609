#include "test/device/DeviceTest.h"

#include "compiler/Compiler.h"
#include "runtime/device/Backend.h"

#include <cmath>
#include <cstring>

namespace hipc::test {

static cuda::DevicePointer address(void *data) {
  return reinterpret_cast<cuda::DevicePointer>(data);
}

static int64_t bytesOf(const Tensor &tensor) {
  return *denseBytes(tensor.dtype, tensor.dims);
}

//===----------------------------------------------------------------------===//
// DeviceCall
//===----------------------------------------------------------------------===//

Expected<void *> DeviceCall::allocate(int64_t bytes) {
  auto memory = cuda::DeviceMemory::allocate(executable->sharedDevice(), bytes);
  if (!memory)
    return memory.status();
  owned.push_back(std::move(*memory));
  return owned.back().data();
}

Status DeviceCall::update(size_t input, const OwnedTensor &contents) {
  HIPC_RETURN_IF_ERROR(timer.driver.check(
      timer.driver.copyIn(address(inputs[input].data), contents.view.data,
                          bytesOf(contents.view), timer.stream),
      "upload"));
  return timer.wait();
}

Status DeviceCall::poison() {
  for (const Tensor &output : outputs)
    HIPC_RETURN_IF_ERROR(
        timer.driver.check(timer.driver.fill(address(output.data), 0xA5,
                                             bytesOf(output), timer.stream),
                           "fill"));
  return timer.wait();
}

Status DeviceCall::prepare(std::span<const OwnedTensor> contents) {
  for (const OwnedTensor &host : contents) {
    Expected<void *> data = allocate(bytesOf(host.view));
    if (!data)
      return data.status();
    inputs.push_back(denseTensor(*data, host.view.dtype, host.view.dims));
    HIPC_RETURN_IF_ERROR(update(inputs.size() - 1, host));
  }
  Expected<std::vector<Dims>> shapes = executable->outputShapes(inputs);
  if (!shapes)
    return shapes.status();
  for (size_t i = 0; i < shapes->size(); ++i) {
    DType dtype = executable->package().plan.outputs[i].spec.dtype;
    Expected<void *> data = allocate(*denseBytes(dtype, (*shapes)[i]));
    if (!data)
      return data.status();
    outputs.push_back(denseTensor(*data, dtype, (*shapes)[i]));
  }
  Expected<int64_t> bytes = executable->workspaceBytes(inputs);
  if (!bytes)
    return bytes.status();
  Expected<void *> data = allocate(*bytes);
  if (!data)
    return data.status();
  workspace = {*data, *bytes};
  return poison();
}

Expected<std::unique_ptr<DeviceCall>>
DeviceCall::create(std::unique_ptr<cuda::CudaExecutable> executable,
                   std::span<const OwnedTensor> inputs, cuda::Timer &timer) {
  std::unique_ptr<DeviceCall> call(new DeviceCall(timer));
  call->executable = std::move(executable);
  HIPC_RETURN_IF_ERROR(call->prepare(inputs));
  return call;
}

Expected<std::vector<OwnedTensor>> DeviceCall::download() {
  std::vector<OwnedTensor> results;
  for (const Tensor &output : outputs) {
    Expected<OwnedTensor> host = OwnedTensor::zeros(output.dtype, output.dims);
    if (!host)
      return host.status();
    HIPC_RETURN_IF_ERROR(timer.driver.check(
        timer.driver.copyOut(host->view.data, address(output.data),
                             bytesOf(output), timer.stream),
        "download"));
    results.push_back(std::move(*host));
  }
  HIPC_RETURN_IF_ERROR(timer.wait());
  return results;
}

//===----------------------------------------------------------------------===//
// DeviceTest
//===----------------------------------------------------------------------===//

void DeviceTest::SetUp() {
  auto created = cuda::CudaDevice::create();
  ASSERT_TRUE(created.ok()) << created.status().message();
  device = *created;
  scope.emplace(*device);
  timer.emplace(*device);
  ASSERT_TRUE(timer->create().ok());
}

void DeviceTest::TearDown() {
  timer.reset();
  scope.reset();
}

std::unique_ptr<DeviceCall>
DeviceTest::prepare(const std::string &text,
                    std::span<const OwnedTensor> inputs,
                    std::string_view chip) {
  CompileOptions options;
  options.pipeline = "ptx";
  options.chip = targetFor(chip.empty() ? device->capability() : chip);
  Expected<Package> package = compile(text, options);
  if (!package) {
    ADD_FAILURE() << package.status().message() << "\n" << text;
    return nullptr;
  }
  auto executable = cuda::CudaExecutable::create(std::move(*package), device);
  if (!executable) {
    ADD_FAILURE() << executable.status().message();
    return nullptr;
  }
  auto call = DeviceCall::create(std::move(*executable), inputs, *timer);
  if (!call) {
    ADD_FAILURE() << call.status().message();
    return nullptr;
  }
  return std::move(*call);
}

std::vector<OwnedTensor>
DeviceTest::runOnCpu(const std::string &text,
                     std::span<const OwnedTensor> inputs) {
  static std::unique_ptr<device::Backend> cpu =
      std::move(*device::createCpu(2));
  Expected<Package> package = compile(text, optionsFor(""));
  if (!package) {
    ADD_FAILURE() << package.status().message();
    return {};
  }
  Expected<device::ExecutableRef> program = cpu->load(std::move(*package));
  if (!program) {
    ADD_FAILURE() << program.status().message();
    return {};
  }
  std::vector<Tensor> views;
  for (const OwnedTensor &input : inputs)
    views.push_back(input.view);
  auto results = (*program)->call(views, 1);
  if (!results) {
    ADD_FAILURE() << results.status().message();
    return {};
  }
  return std::move(results->outputs);
}

void expectEqual(const std::vector<OwnedTensor> &got,
                 const std::vector<OwnedTensor> &want, size_t first) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = first; i < got.size(); ++i) {
    ASSERT_TRUE(got[i].view.dims == want[i].view.dims);
    EXPECT_EQ(
        std::memcmp(got[i].view.data, want[i].view.data, bytesOf(want[i].view)),
        0)
        << "result " << i;
  }
}

void expectNear(const Tensor &got, const Tensor &want, double most) {
  ASSERT_TRUE(got.dims == want.dims);
  std::vector<float> a = numbers(got), b = numbers(want);
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    double off = std::abs(double(a[i]) - b[i]);
    if (a[i] != b[i])
      worst = std::isnan(off) ? INFINITY : std::max(worst, off);
  }
  EXPECT_LE(worst, most);
}

} // namespace hipc::test
