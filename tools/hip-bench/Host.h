//===- Host.h - What a program that uses the C API has -*- C++ -*-
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_HOST_H
#define HIP_BENCH_HOST_H

#include "HostBench.h"
#include "HostLibrary.h"

#include "runtime/base/Tensor.h"
#include "runtime/cuda/CudaDevice.h"

#include <array>
#include <vector>

namespace hip_bench {

/// What a call computes: so little that what a host adds is most of it.
struct Work {
  const char *name, *policy;
  int64_t rows;
};

/// An engine, a program and arrays where it runs.
class Host {
public:
  Host(const HostOptions &options, const HostLibrary &library, const Work &work)
      : options(options), library(library), work(work) {}
  ~Host();

  hipc::Status start();
  hipc::Status compile(hipc_program **made) const;
  hipc::Status makeArrays();
  hipc::Status call() const;
  hipc::Status wait() const;
  /// Whether the output is the mean of equal values.
  hipc::Status checkResult() const;
  std::string target() const { return library.hipc_engine_target(engine); }
  const std::shared_ptr<hipc::cuda::CudaDevice> &onGpu() const { return gpu; }

private:
  hipc::Expected<void *> filled(int64_t bytes, unsigned char value);
  hipc::Status makeArray(int index, int64_t heads, int64_t rows);

  const HostOptions &options;
  const HostLibrary &library;
  const Work &work;
  hipc_engine *engine = nullptr;
  hipc_program *program = nullptr;
  std::shared_ptr<hipc::cuda::CudaDevice> gpu;
  std::vector<hipc::cuda::DeviceMemory> deviceMemory;
  std::vector<hipc::OwnedTensor> hostMemory;
  std::array<std::array<int64_t, 4>, 4> shapes;
  std::array<hipc_tensor, 4> tensors; ///< query, key, value, out
  void *workspace = nullptr;
  size_t workspaceBytes = 0;
};

} // namespace hip_bench

#endif // HIP_BENCH_HOST_H
