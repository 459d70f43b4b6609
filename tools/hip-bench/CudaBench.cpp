//===- CudaBench.cpp - Attention on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaBench.h"

#include "CudaPrograms.h"
#include "ListFlags.h"
#include "Programs.h"

#include "compiler/Compiler.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/cuda/CudaExecutable.h"
#include "runtime/cuda/RecordedCall.h"
#include "runtime/cuda/Timer.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <cmath>
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

static double digits(double value) { return std::round(value * 1e4) / 1e4; }

static std::vector<uint16_t> drawNumbers() {
  // NOLINTNEXTLINE(bugprone-random-generator-seed): each run has the same.
  std::mt19937 random(0);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> numbers(kDrawn);
  for (uint16_t &number : numbers) // truncated to bf16
    number = std::bit_cast<uint32_t>(normal(random)) >> 16;
  return numbers;
}

namespace {
/// A GPU, a stream with a clock, and arrays in its memory.
class Bench {
public:
  Bench(const CudaOptions &options, std::shared_ptr<CudaDevice> device)
      : options(options), device(std::move(device)), timer(*this->device) {}

  Status start();
  /// Of a policy, or by `lists`.
  Status time(const CudaVariant &variant, const ListShape &shape,
              std::string_view what, const ListOptions *lists);

private:
  Expected<void *> allocate(int64_t bytes);
  Expected<Tensor> array(const Dims &dims);
  Expected<Tensor> normal(const Dims &dims);
  Expected<Tensor> upload(const std::vector<int32_t> &values, const Dims &dims);
  Status makeInputs(const ListShape &shape, const ListOptions *lists,
                    int64_t keptBox);
  Expected<std::unique_ptr<CudaExecutable>>
  load(const std::string &text, std::string_view what, double &compileMs);
  Expected<Tensor> summaries(const ListShape &shape, int64_t box);
  llvm::json::Object describe(const ListShape &shape,
                              const ListOptions *lists) const;
  Status makeOutputs(const CudaExecutable &executable);
  Status enqueue(const CudaExecutable &executable);
  Expected<double> measure(const std::function<Status()> &work, int64_t &runs);
  Expected<double> measureGraph(const CudaExecutable &executable);

  std::string chip() const {
    return options.chip.empty() ? targetFor(device->capability())
                                : options.chip;
  }
  static cuda::DevicePointer address(void *data) {
    return reinterpret_cast<cuda::DevicePointer>(data);
  }
  Status check(cuda::Result result, std::string_view what) const {
    return timer.driver.check(result, what);
  }

  const CudaOptions &options;
  std::shared_ptr<CudaDevice> device;
  cuda::Timer timer;
  std::vector<uint16_t> numbers = drawNumbers();
  std::vector<DeviceMemory> owned; ///< of one shape
  std::optional<DeviceMemory> flushed;
  std::vector<Tensor> inputs, outputs;
  Workspace workspace;
};
} // namespace

Status Bench::start() {
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

Expected<void *> Bench::allocate(int64_t bytes) {
  Expected<DeviceMemory> memory = DeviceMemory::allocate(device, bytes);
  if (!memory)
    return memory.status();
  void *data = memory->data();
  owned.push_back(std::move(*memory));
  return data;
}

/// Memory for a bf16 array.
Expected<Tensor> Bench::array(const Dims &dims) {
  Expected<int64_t> bytes = denseBytes(DType::BF16, dims);
  if (!bytes)
    return bytes.status();
  Expected<void *> data = allocate(*bytes);
  if (!data)
    return data.status();
  return denseTensor(*data, DType::BF16, dims);
}

/// The drawn numbers, again and again.
Expected<Tensor> Bench::normal(const Dims &dims) {
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

Expected<Tensor> Bench::upload(const std::vector<int32_t> &values,
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

Expected<std::unique_ptr<CudaExecutable>>
Bench::load(const std::string &text, std::string_view what, double &compileMs) {
  CompileOptions compileOptions;
  compileOptions.pipeline = "ptx";
  compileOptions.sourceName = what;
  compileOptions.chip = chip();
  Stopwatch compileTime;
  Expected<Package> package = compile(text, compileOptions);
  if (!package)
    return package.status();
  compileMs = compileTime.milliseconds();
  return CudaExecutable::create(std::move(*package), device);
}

/// Of the keys, made once.
Expected<Tensor> Bench::summaries(const ListShape &shape, int64_t box) {
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

Status Bench::makeInputs(const ListShape &shape, const ListOptions *lists,
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

Status Bench::makeOutputs(const CudaExecutable &executable) {
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

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

Status Bench::enqueue(const CudaExecutable &executable) {
  return executable.run(inputs, outputs, workspace, timer.stream);
}

/// The median of up to `runs` runs: fewer if they take long.
Expected<double> Bench::measure(const std::function<Status()> &work,
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

/// As one graph, so that the time excludes the host's cost of launches.
Expected<double> Bench::measureGraph(const CudaExecutable &executable) {
  Expected<cuda::RecordedCall> call = cuda::RecordedCall::record(
      device, timer.stream, [&] { return enqueue(executable); });
  if (!call)
    return call.status();
  int64_t runs = 0;
  return measure([&] { return call->launch(timer.stream); }, runs);
}

/// What a line says of the arrays and lists.
llvm::json::Object Bench::describe(const ListShape &shape,
                                   const ListOptions *lists) const {
  llvm::json::Object line{
      {"batch", shape.batch}, {"queries", shape.queries}, {"T", shape.keys}};
  if (!lists) {
    line["heads"] = options.heads;
    return line;
  }
  constexpr double kMib = 1 << 20;
  int64_t rowBytes = 2 * sizeof(uint16_t) * kSize; // of K and V
  line["heads"] = std::string(nameOf(lists->sharing));
  line["block_q"] = lists->blockQ;
  line["block_k"] = lists->blockK;
  line["keep"] = lists->keep;
  line["lists"] = std::string(nameOf(lists->kind));
  line["causal"] = lists->causal;
  line["kv_mib"] = digits(workOf(*lists, shape).keys * rowBytes / kMib);
  return line;
}

Status Bench::time(const CudaVariant &variant, const ListShape &shape,
                   std::string_view what, const ListOptions *lists) {
  int64_t keptBox = options.kept && !lists ? variant.box : 0;
  double compileMs = 0;
  Stopwatch loadTime;
  auto executable =
      load(lists ? listProgram(*lists, shape, "bf16", options.schedule)
                 : policyProgram({variant.policy, variant.sink, variant.window,
                                  options.heads, keptBox},
                                 shape, "bf16", options.schedule),
           what, compileMs);
  if (!executable)
    return executable.status();
  double loadMs = loadTime.milliseconds() - compileMs;
  HIPC_RETURN_IF_ERROR(makeInputs(shape, lists, keptBox));
  HIPC_RETURN_IF_ERROR(makeOutputs(**executable));
  int64_t runs = 0;
  Expected<double> ms = measure([&] { return enqueue(**executable); }, runs);
  if (!ms)
    return ms.status();
  Expected<double> graphMs = measureGraph(**executable);
  if (!graphMs)
    return graphMs.status();
  double pairs =
      lists ? workOf(*lists, shape).pairs : attendedPairs(variant, shape);
  llvm::json::Object line = describe(shape, lists);
  line["what"] = std::string(what);
  line["chip"] = chip();
  if (keptBox)
    line["summaries"] = "kept";
  line["device"] = device->name();
  line["ms"] = digits(*ms);
  line["graph_ms"] = digits(*graphMs);
  line["tflops"] = digits(pairs * 4 * kSize / *graphMs / 1e9);
  line["runs"] = runs;
  line["l2"] = options.flush ? "flushed" : "warm";
  line["workspace_mib"] = digits(workspace.bytes / 1048576.0);
  line["compile_ms"] = digits(compileMs);
  line["load_ms"] = digits(loadMs);
  llvm::outs() << llvm::json::Value(std::move(line)) << "\n";
  llvm::outs().flush();
  return {};
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

namespace {
struct Request {
  const CudaVariant *variant = nullptr;
  std::string name;
  bool decode = false;
};
} // namespace

/// "tree" stands for a whole prompt, "decode:tree" for one query, "decode" for
/// one query under each policy.
static Expected<std::vector<Request>>
readRequests(const std::vector<std::string> &words) {
  std::vector<Request> requests;
  for (const std::string &word : words) {
    std::string_view name = word;
    constexpr std::string_view kDecode = "decode";
    bool decode = name.substr(0, kDecode.size()) == kDecode;
    if (name == kDecode) {
      for (std::string_view each : {"dense", "3k", "tree", "boxes", "hip"})
        requests.push_back({findVariant(each), join(kDecode, ":", each), true});
      continue;
    }
    if (decode)
      name.remove_prefix(std::min(name.size(), kDecode.size() + 1));
    const CudaVariant *variant = findVariant(name);
    if (!variant || (decode && variant->policy.empty()))
      return error(Code::Invalid, "--what '", word, "': there are ",
                   variantNames(), " and decode:POLICY");
    requests.push_back({variant, word, decode});
  }
  return requests;
}

/// Times one request on one shape, by each of the lists if it takes some.
static Status timeAll(Bench &bench, const CudaOptions &options,
                      const Request &request, const ListShape &shape) {
  if (!request.variant->policy.empty())
    return bench.time(*request.variant, shape, request.name, nullptr);
  for (const ListOptions &lists : options.lists) {
    HIPC_RETURN_IF_ERROR(checkMemory(lists, shape));
    HIPC_RETURN_IF_ERROR(
        bench.time(*request.variant, shape, request.name, &lists));
  }
  return {};
}

Status benchCuda(const CudaOptions &options) {
  Expected<std::vector<Request>> requests = readRequests(options.what);
  if (!requests)
    return requests.status();
  Expected<std::shared_ptr<CudaDevice>> device = CudaDevice::create();
  if (!device)
    return device.status();
  CudaDevice::Scope scope(**device);
  HIPC_RETURN_IF_ERROR(scope.status());
  Bench bench(options, *device);
  HIPC_RETURN_IF_ERROR(bench.start());
  for (const Request &request : *requests)
    for (int64_t batch : options.batches)
      for (int64_t length : options.lengths) {
        int64_t queries = request.decode ? 1 : length;
        HIPC_RETURN_IF_ERROR(
            timeAll(bench, options, request,
                    {batch, kHeads, kKvHeadCount, queries, length, kSize}));
      }
  return {};
}

} // namespace hip_bench
