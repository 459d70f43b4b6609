//===- ExecuteCuda.cpp - Run on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "runtime/base/Stopwatch.h"
#include "runtime/cuda/CudaExecutable.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace hipc;

namespace hip_run {

static void printTimes(std::vector<float> times) {
  std::sort(times.begin(), times.end());
  llvm::outs() << "time: " << llvm::format("%.3f", times.front())
               << " ms, median "
               << llvm::format("%.3f", times[times.size() / 2]) << " ms\n";
}

Expected<Results> executeOnCuda(const Arguments &arguments,
                                const Source &source,
                                std::span<const Tensor> inputs,
                                size_t outputs) {
  Expected<std::shared_ptr<cuda::CudaDevice>> device =
      cuda::CudaDevice::create();
  if (!device)
    return device.status();
  Arguments forGpu = arguments;
  forGpu.compile.pipeline = "ptx";
  if (!arguments.chipGiven)
    forGpu.compile.chip = (*device)->chip();
  Stopwatch total;
  BuildReport report;
  Expected<Package> package = makePackage(forGpu, source, report);
  if (!package)
    return package.status();
  HIPC_RETURN_IF_ERROR(checkResultCount(arguments, *package, outputs));
  Expected<std::unique_ptr<cuda::CudaExecutable>> executable =
      cuda::CudaExecutable::create(std::move(*package), *device);
  if (!executable)
    return executable.status();
  llvm::outs() << "device: " << (*device)->name() << "\n"
               << "compile: " << llvm::format("%.3f", total.milliseconds())
               << " ms\n";
  Expected<cuda::TimedResults> results =
      cuda::call(**executable, inputs, arguments.repeat);
  if (!results)
    return results.status();
  printTimes(results->milliseconds);
  return std::move(results->outputs);
}

} // namespace hip_run
