//===- CudaRunner.cpp - Programs and their arrays on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaRunner.h"

#include "Programs.h"

#include "runtime/base/Stopwatch.h"
#include "runtime/cuda/RecordedCall.h"

#include <bit>
#include <random>

using namespace hipc;
using cuda::CudaDevice;
using cuda::CudaExecutable;
using cuda::DeviceMemory;

namespace hip_bench {

/// How many random numbers are drawn; longer arrays repeat them. Odd, so that
/// no two rows or heads are equal.
constexpr int64_t kDrawn = (int64_t{1} << 22) - 1;
/// Twice the L2 cache of an H100 and more.
constexpr int64_t kFlushBytes = int64_t{256} << 20;
/// A measurement stops early after about this many milliseconds.
constexpr double kMostMs = 3000;

static double median(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

static std::vector<uint16_t> drawNumbers() {
  // NOLINTNEXTLINE(bugprone-random-generator-seed): each run has the same.
  std::mt19937 random(0);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> numbers(kDrawn);
  for (uint16_t &number : numbers) // truncated to bf16
    number = std::bit_cast<uint32_t>(normal(random)) >> 16;
  return numbers;
}

static cuda::DevicePointer address(void *data) {
  return reinterpret_cast<cuda::DevicePointer>(data);
}

CudaRunner::CudaRunner(const CudaOptions &options,
                       std::shared_ptr<CudaDevice> device)
    : options(options), device(std::move(device)), timer(*this->device),
      numbers(drawNumbers()) {}

Status CudaRunner::start() {
  HIPC_RETURN_IF_ERROR(timer.create());
  if (!options.flush)
    return {};
  Expected<DeviceMemory> memory = DeviceMemory::allocate(device, kFlushBytes);
  if (memory)
    flushed = std::move(*memory);
  return memory.status();
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

Expected<void *> CudaRunner::allocate(int64_t bytes) {
  Expected<DeviceMemory> memory = DeviceMemory::allocate(device, bytes);
  if (!memory)
    return memory.status();
  void *data = memory->data();
  owned.push_back(std::move(*memory));
  return data;
}

/// Memory for a bf16 array.
Expected<Tensor> CudaRunner::array(const Dims &dims) {
  Expected<int64_t> bytes = denseBytes(DType::BF16, dims);
  if (!bytes)
    return bytes.status();
  Expected<void *> data = allocate(*bytes);
  if (!data)
    return data.status();
  return denseTensor(*data, DType::BF16, dims);
}

/// The drawn numbers, again and again.
Expected<Tensor> CudaRunner::normal(const Dims &dims) {
  Expected<Tensor> made = array(dims);
  if (!made)
    return made.status();
  auto to = address(made->data);
  int64_t bytes = *denseBytes(DType::BF16, dims);
  constexpr int64_t kPeriod = kDrawn * 2;
  for (int64_t at = 0; at < bytes; at += kPeriod) {
    int64_t part = std::min(kPeriod, bytes - at);
    HIPC_RETURN_IF_ERROR(
        at == 0
            ? check(timer.driver.copyIn(to, numbers.data(), part, timer.stream),
                    "upload")
            : check(timer.driver.copy(to + at, to, part, timer.stream),
                    "copy"));
  }
  HIPC_RETURN_IF_ERROR(timer.wait());
  return made;
}

Expected<Tensor> CudaRunner::upload(const std::vector<int32_t> &values,
                                    const Dims &dims) {
  int64_t bytes = values.size() * sizeof(int32_t);
  Expected<void *> data = allocate(bytes);
  if (!data)
    return data.status();
  HIPC_RETURN_IF_ERROR(check(
      timer.driver.copyIn(address(*data), values.data(), bytes, timer.stream),
      "upload"));
  HIPC_RETURN_IF_ERROR(timer.wait());
  return denseTensor(*data, DType::I32, dims);
}

std::string CudaRunner::chip() const {
  return options.chip.empty() ? targetFor(device->capability()) : options.chip;
}

CompileOptions CudaRunner::compileOptions(std::string_view what) const {
  CompileOptions compileOptions;
  compileOptions.pipeline = "ptx";
  compileOptions.sourceName = what;
  compileOptions.chip = chip();
  return compileOptions;
}

Expected<std::unique_ptr<CudaExecutable>>
CudaRunner::load(const std::string &text, std::string_view what,
                 double &compileMs) {
  Stopwatch compileTime;
  Expected<Package> package = compile(text, compileOptions(what));
  if (!package)
    return package.status();
  compileMs = compileTime.milliseconds();
  return load(std::move(*package));
}

/// Of the keys, made once.
Expected<Tensor> CudaRunner::summaries(const ListShape &shape, int64_t box) {
  double compileMs = 0;
  auto made =
      load(summariesProgram(shape, "bf16", box), "summaries", compileMs);
  if (!made)
    return made.status();
  Expected<Tensor> out =
      array({shape.batch, shape.kvHeads, shape.keys / box, 2, shape.headSize});
  if (!out)
    return out.status();
  HIPC_RETURN_IF_ERROR((*made)->run(std::span(&inputs[1], 1),
                                    std::span(&*out, 1), Workspace(),
                                    timer.stream));
  HIPC_RETURN_IF_ERROR(timer.wait());
  return out;
}

Status CudaRunner::makeInputs(const ListShape &shape, const ListOptions *lists,
                              int64_t keptBox) {
  owned.clear();
  inputs.clear();
  auto add = [&](Expected<Tensor> made) {
    if (made)
      inputs.push_back(*made);
    return made.status();
  };
  for (auto [heads, rows] : {std::pair(kHeads, shape.queries),
                             {kKvHeadCount, shape.keys},
                             {kKvHeadCount, shape.keys}})
    HIPC_RETURN_IF_ERROR(add(normal({shape.batch, heads, rows, kSize})));
  if (keptBox)
    HIPC_RETURN_IF_ERROR(add(summaries(shape, keptBox)));
  if (!lists)
    return {};
  BlockLists made = makeLists(*lists, shape);
  HIPC_RETURN_IF_ERROR(add(upload(made.blocks, made.blockDims)));
  return add(upload(made.counts, made.countDims));
}

Status CudaRunner::makeOutputs(const CudaExecutable &executable) {
  outputs.clear();
  Expected<std::vector<Dims>> shapes = executable.outputShapes(inputs);
  if (!shapes)
    return shapes.status();
  for (const Dims &dims : *shapes) {
    Expected<Tensor> output = array(dims);
    if (!output)
      return output.status();
    outputs.push_back(*output);
  }
  Expected<int64_t> bytes = executable.workspaceBytes(inputs);
  if (!bytes)
    return bytes.status();
  Expected<void *> data = allocate(*bytes);
  if (data)
    workspace = {*data, *bytes};
  return data.status();
}

Status CudaRunner::spoilOutput() {
  Expected<int64_t> bytes = denseBytes(DType::BF16, outputs.front().dims);
  if (!bytes)
    return bytes.status();
  return check(timer.driver.fill(address(outputs.front().data), 0xff, *bytes,
                                 timer.stream),
               "fill");
}

Expected<std::vector<uint16_t>> CudaRunner::readOutput() {
  const Tensor &output = outputs.front();
  Expected<int64_t> bytes = denseBytes(DType::BF16, output.dims);
  if (!bytes)
    return bytes.status();
  std::vector<uint16_t> values(*bytes / sizeof(uint16_t));
  HIPC_RETURN_IF_ERROR(
      check(timer.driver.copyOut(values.data(), address(output.data), *bytes,
                                 timer.stream),
            "download"));
  HIPC_RETURN_IF_ERROR(timer.wait());
  return values;
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

Status CudaRunner::enqueue(const CudaExecutable &executable) {
  return executable.run(inputs, outputs, workspace, timer.stream);
}

Expected<double> CudaRunner::measure(const std::function<Status()> &work,
                                     int64_t &runs) {
  constexpr int64_t kWarmUp = 3;
  std::vector<float> times;
  double total = 0;
  for (int64_t i = 0; i < kWarmUp + options.repeat; ++i) {
    if (flushed)
      HIPC_RETURN_IF_ERROR(check(timer.driver.fill(address(flushed->data()), i,
                                                   kFlushBytes, timer.stream),
                                 "flush"));
    HIPC_RETURN_IF_ERROR(timer.start());
    HIPC_RETURN_IF_ERROR(work());
    Expected<float> time = timer.stop();
    if (!time)
      return time.status();
    if (i >= kWarmUp)
      times.push_back(*time);
    total += *time;
    if (total > kMostMs && times.size() >= 3)
      break;
  }
  runs = times.size();
  return median(times);
}

Expected<double> CudaRunner::measureGraph(const CudaExecutable &executable) {
  Expected<cuda::RecordedCall> call = cuda::RecordedCall::record(
      device, timer.stream, [&] { return enqueue(executable); });
  if (!call)
    return call.status();
  int64_t runs = 0;
  return measure([&] { return call->launch(timer.stream); }, runs);
}

} // namespace hip_bench
