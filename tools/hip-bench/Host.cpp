//===- Host.cpp - An engine, a program and arrays where it runs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Host.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace hipc;
using cuda::CudaDevice;
using cuda::DeviceMemory;

namespace hip_bench {

constexpr int64_t kHeads = 32, kKvHeads = 8, kSize = 128, kKeys = 4096;
constexpr int32_t kCuda = 2; // DLDeviceType
/// Each byte of the inputs: their bf16 are 0.746, and so is a mean of them.
constexpr unsigned char kByte = 0x3f;
constexpr int kMean = 0x3f3f;

Host::~Host() {
  library.hipc_program_destroy(program);
  library.hipc_engine_destroy(engine);
}

Status Host::start() {
  hipc_engine_options given = {};
  given.size = sizeof(given);
  given.device = options.device.c_str();
  given.cache = options.cache.c_str();
  HIPC_RETURN_IF_ERROR(
      library.check(library.hipc_engine_create(&given, &engine)));
  hipc_device device = library.hipc_engine_device(engine);
  if (device.type == kCuda) {
    Expected<std::shared_ptr<CudaDevice>> opened =
        CudaDevice::create(device.id);
    if (!opened)
      return opened.status();
    gpu = *opened;
  }
  return compile(&program);
}

Status Host::compile(hipc_program **made) const {
  hipc_attention attention = {};
  attention.size = sizeof(attention);
  attention.dtype = {4, 16, 1}; // bf16
  attention.query_heads = kHeads;
  attention.kv_heads = kKvHeads;
  attention.head_size = kSize;
  attention.policy = work.policy;
  attention.sink = 128;
  attention.window = 1024;
  return library.check(
      library.hipc_compile_attention(engine, &attention, made));
}

Expected<void *> Host::filled(int64_t bytes, unsigned char value) {
  if (!gpu) {
    Expected<OwnedTensor> memory = OwnedTensor::zeros(DType::I8, {bytes});
    if (!memory)
      return memory.status();
    std::memset(memory->view.data, value, bytes);
    hostMemory.push_back(std::move(*memory));
    return hostMemory.back().view.data;
  }
  Expected<DeviceMemory> memory = DeviceMemory::allocate(gpu, bytes);
  if (!memory)
    return memory.status();
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  const cuda::Driver &driver = gpu->driver();
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.fill(reinterpret_cast<cuda::DevicePointer>(memory->data()), value,
                  bytes, nullptr),
      "fill"));
  deviceMemory.push_back(std::move(*memory));
  return deviceMemory.back().data();
}

Status Host::makeArray(int index, int64_t heads, int64_t rows) {
  // Of the output, bytes that no mean has.
  Expected<void *> data =
      filled(heads * rows * kSize * 2, index == 3 ? 0xff : kByte);
  if (!data)
    return data.status();
  shapes[index] = {1, heads, rows, kSize};
  tensors[index] = {*data,
                    library.hipc_engine_device(engine),
                    4,
                    {4, 16, 1},
                    shapes[index].data(),
                    nullptr,
                    0};
  return {};
}

Status Host::makeArrays() {
  HIPC_RETURN_IF_ERROR(makeArray(0, kHeads, work.rows));
  HIPC_RETURN_IF_ERROR(makeArray(1, kKvHeads, kKeys));
  HIPC_RETURN_IF_ERROR(makeArray(2, kKvHeads, kKeys));
  HIPC_RETURN_IF_ERROR(makeArray(3, kHeads, work.rows));
  const hipc_tensor *inputs[] = {&tensors[0], &tensors[1], &tensors[2]};
  HIPC_RETURN_IF_ERROR(library.check(
      library.hipc_program_workspace(program, inputs, 3, &workspaceBytes)));
  if (!workspaceBytes)
    return {};
  Expected<void *> scratch = filled(workspaceBytes, 0);
  if (!scratch)
    return scratch.status();
  workspace = *scratch;
  return {};
}

Status Host::call() const {
  const hipc_tensor *inputs[] = {&tensors[0], &tensors[1], &tensors[2]};
  const hipc_tensor *outputs[] = {&tensors[3]};
  return library.check(library.hipc_run(program, inputs, 3, outputs, 1,
                                        workspace, workspaceBytes, nullptr));
}

Status Host::wait() const {
  if (!gpu)
    return {};
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  return gpu->driver().check(gpu->driver().streamSynchronize(nullptr), "wait");
}

Status Host::checkResult() const {
  std::vector<uint16_t> values(kHeads * work.rows * kSize);
  size_t bytes = values.size() * sizeof(uint16_t);
  const void *out = tensors[3].data;
  if (gpu) {
    CudaDevice::Scope scope(*gpu);
    HIPC_RETURN_IF_ERROR(scope.status());
    const cuda::Driver &driver = gpu->driver();
    HIPC_RETURN_IF_ERROR(
        driver.check(driver.copyOut(values.data(),
                                    reinterpret_cast<cuda::DevicePointer>(out),
                                    bytes, nullptr),
                     "copy"));
    HIPC_RETURN_IF_ERROR(wait());
  } else {
    std::memcpy(values.data(), out, bytes);
  }
  // Off by the last bit at most.
  auto wrong = [](int value) { return std::abs(value - kMean) > 1; };
  auto found = llvm::find_if(values, wrong);
  if (found == values.end())
    return {};
  return error(Code::Device, "a result has bits ", int(*found), " at ",
               found - values.begin(), ", but the mean of equal values has ",
               kMean);
}

} // namespace hip_bench
