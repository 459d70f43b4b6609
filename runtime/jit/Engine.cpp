//===- Engine.cpp - Load and run compiled programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/Engine.h"

#include "runtime/call/Shapes.h"
#include "runtime/jit/JitLoader.h"

namespace hipc {

Expected<Engine> Engine::create(int64_t workers) {
  auto device = CpuDevice::create(workers, std::make_unique<JitLoader>());
  if (!device)
    return device.status();
  return Engine(std::move(*device));
}

Expected<Program> Engine::load(Package package) {
  auto executable = device->load(std::move(package));
  if (!executable)
    return executable.status();
  return Program(std::move(*executable), device->pool());
}

Expected<std::vector<Dims>>
Program::outputShapes(std::span<const Tensor> inputs) const {
  // Wrong inputs are refused also where the shapes are not known.
  HIPC_RETURN_IF_ERROR(
      checkCall(package().host.inputs, package().host.checks, inputs));
  return executable->outputShapes(inputs);
}

Expected<std::vector<OwnedTensor>>
Program::call(std::span<const Tensor> inputs) const {
  return executable->call(inputs, pool);
}

Status Program::run(std::span<const Tensor> inputs,
                    std::span<const Tensor> outputs) const {
  return executable->run(inputs, outputs, pool);
}

} // namespace hipc
