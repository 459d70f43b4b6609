//===- Backend.cpp - What executables have in common
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/device/Backend.h"

namespace hipc::device {

Executable::~Executable() = default;
Backend::~Backend() = default;

static bool isPlan(const Package &package) {
  return package.kind == PackageKind::Plan;
}

const std::vector<TensorSpec> &Executable::inputs() const {
  return isPlan(package()) ? package().plan.inputs : package().host.inputs;
}

size_t Executable::outputCount() const {
  return isPlan(package()) ? package().plan.outputs.size()
                           : package().host.outputs.size();
}

DType Executable::outputType(size_t index) const {
  return isPlan(package()) ? package().plan.outputs[index].spec.dtype
                           : package().host.outputs[index].dtype;
}

Expected<std::vector<OwnedTensor>> upload(Backend &device,
                                          const Executable &program,
                                          std::span<const Tensor> host) {
  const std::vector<TensorSpec> &specs = program.inputs();
  std::vector<OwnedTensor> there(host.size());
  for (size_t i = 0; i < host.size(); ++i) {
    if (i < specs.size() && specs[i].number) {
      there[i].view = host[i];
      continue;
    }
    Expected<OwnedTensor> array = device.upload(host[i]);
    if (!array)
      return array.status();
    there[i] = std::move(*array);
  }
  return there;
}

} // namespace hipc::device
