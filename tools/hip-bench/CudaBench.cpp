//===- CudaBench.cpp - Attention on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaBench.h"

#include "CudaRunner.h"
#include "ListFlags.h"
#include "Programs.h"

#include "runtime/base/Stopwatch.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using cuda::CudaDevice;

namespace hip_bench {

/// What a line says of the arrays and lists.
static llvm::json::Object describe(const CudaOptions &options,
                                   const ListShape &shape,
                                   const ListOptions *lists) {
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

/// Of a policy, or by `lists`.
static Status timeOne(CudaRunner &runner, const CudaOptions &options,
                      const CudaVariant &variant, const ListShape &shape,
                      std::string_view what, const ListOptions *lists) {
  int64_t keptBox = options.kept && !lists ? variant.box : 0;
  double compileMs = 0;
  Stopwatch loadTime;
  auto executable = runner.load(
      lists ? listProgram(*lists, shape, "bf16", options.schedule)
            : policyProgram({variant.policy, variant.sink, variant.window,
                             options.heads, keptBox},
                            shape, "bf16", options.schedule),
      what, compileMs);
  if (!executable)
    return executable.status();
  double loadMs = loadTime.milliseconds() - compileMs;
  HIPC_RETURN_IF_ERROR(runner.makeInputs(shape, lists, keptBox));
  HIPC_RETURN_IF_ERROR(runner.makeOutputs(**executable));
  int64_t runs = 0;
  Expected<double> ms =
      runner.measure([&] { return runner.enqueue(**executable); }, runs);
  if (!ms)
    return ms.status();
  Expected<double> graphMs = runner.measureGraph(**executable);
  if (!graphMs)
    return graphMs.status();
  double pairs =
      lists ? workOf(*lists, shape).pairs : attendedPairs(variant, shape);
  llvm::json::Object line = describe(options, shape, lists);
  line["what"] = std::string(what);
  line["chip"] = runner.chip();
  if (keptBox)
    line["summaries"] = "kept";
  line["device"] = runner.deviceName();
  line["ms"] = digits(*ms);
  line["graph_ms"] = digits(*graphMs);
  line["tflops"] = digits(pairs * 4 * kSize / *graphMs / 1e9);
  line["runs"] = runs;
  line["l2"] = options.flush ? "flushed" : "warm";
  line["workspace_mib"] = digits(double(runner.workspaceBytes()) / 1048576.0);
  line["compile_ms"] = digits(compileMs);
  line["load_ms"] = digits(loadMs);
  llvm::outs() << llvm::json::Value(std::move(line)) << "\n";
  llvm::outs().flush();
  return {};
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

/// Times one request on one shape, by each of the lists if it takes some.
static Status timeAll(CudaRunner &runner, const CudaOptions &options,
                      const CudaRequest &request, const ListShape &shape) {
  if (!request.variant->policy.empty())
    return timeOne(runner, options, *request.variant, shape, request.name,
                   nullptr);
  for (const ListOptions &lists : options.lists) {
    HIPC_RETURN_IF_ERROR(checkMemory(lists, shape));
    HIPC_RETURN_IF_ERROR(timeOne(runner, options, *request.variant, shape,
                                 request.name, &lists));
  }
  return {};
}

Status benchCuda(const CudaOptions &options) {
  Expected<std::vector<CudaRequest>> requests = readRequests(options.what);
  if (!requests)
    return requests.status();
  Expected<std::shared_ptr<CudaDevice>> device = CudaDevice::create();
  if (!device)
    return device.status();
  CudaDevice::Scope scope(**device);
  HIPC_RETURN_IF_ERROR(scope.status());
  CudaRunner runner(options, *device);
  HIPC_RETURN_IF_ERROR(runner.start());
  for (const CudaRequest &request : *requests)
    for (int64_t batch : options.batches)
      for (int64_t length : options.lengths) {
        int64_t queries = request.decode ? 1 : length;
        HIPC_RETURN_IF_ERROR(
            timeAll(runner, options, request,
                    {batch, kHeads, kKvHeadCount, queries, length, kSize}));
      }
  return {};
}

} // namespace hip_bench
