//===- Backend.h - A device that loads and runs packages
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_BACKEND_H
#define HIPC_CAPI_BACKEND_H

#include "capi/hipc.h"
#include "compiler/PackageCache.h"
#include "runtime/call/Binding.h"

namespace hipc::capi {

/// Loaded code. Immutable: calls from several threads may overlap.
class Executable {
public:
  virtual ~Executable();

  virtual const Package &package() const = 0;
  virtual Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const = 0;
  virtual Expected<int64_t>
  workspaceBytes(std::span<const Tensor> inputs) const = 0;
  virtual Status run(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs, Workspace workspace,
                     void *stream) const = 0;
  /// Registers, shared memory and occupancy of kernels, where it has any.
  virtual Expected<std::string> kernelUse() const = 0;

  const std::vector<TensorSpec> &inputs() const;
  size_t outputCount() const;
  DType outputType(size_t index) const;
};

class Backend {
public:
  virtual ~Backend();

  virtual hipc_device device() const = 0;
  /// The chip or the processor.
  virtual std::string target() const = 0;
  virtual CompileOptions compileOptions() const = 0;
  virtual Expected<std::shared_ptr<const Executable>> load(Package package) = 0;
};

Expected<std::unique_ptr<Backend>> createCpuBackend(int64_t threads);
Expected<std::unique_ptr<Backend>> createCudaBackend(int number);

} // namespace hipc::capi

#endif // HIPC_CAPI_BACKEND_H
