#include "runtime/cpu/CpuExecutable.h"

#include "runtime/call/Arguments.h"
#include "runtime/cpu/HostCall.h"

#include <cstring>
#include <limits>

namespace hipc {

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static Expected<std::unique_ptr<LoadedCode>> loadCode(const Package &package,
                                                      CodeLoader &loader) {
  std::string targets;
  for (const Blob &blob : package.blobs) {
    if (blob.kind == BlobKind::Object && loader.accepts(blob.target))
      return loader.load(blob);
    targets += join(targets.empty() ? "" : ", ", blobKindName(blob.kind), " ",
                    blob.target);
  }
  return error(Code::Unsupported, "program '", package.entryName(),
               "' has no object code for this machine, only [", targets,
               "]; compile it for this machine");
}

Expected<std::unique_ptr<CpuExecutable>>
CpuExecutable::create(Package package, CodeLoader &loader) {
  HIPC_RETURN_IF_ERROR(verify(package));
  Expected<std::unique_ptr<LoadedCode>> code = loadCode(package, loader);
  if (!code)
    return code.status();
  std::unique_ptr<CpuExecutable> executable(
      new CpuExecutable(std::move(package), std::move(*code)));
  HIPC_RETURN_IF_ERROR(executable->resolveSymbols());
  return executable;
}

Status CpuExecutable::resolveSymbols() {
  for (const std::string &name : program.kernels) {
    Expected<void *> address = code->lookup(name);
    if (!address)
      return address.status();
    kernels.push_back(reinterpret_cast<hipc_cpu_kernel>(*address));
  }
  if (program.kind == PackageKind::Plan)
    return {};
  Expected<void *> address = code->lookup(program.host.name);
  if (!address)
    return address.status();
  hostFunction = reinterpret_cast<HostFunction>(*address);
  return {};
}

//===----------------------------------------------------------------------===//
// Questions before a call
//===----------------------------------------------------------------------===//

Expected<std::vector<Dims>>
CpuExecutable::outputShapes(std::span<const Tensor> inputs) const {
  if (program.kind == PackageKind::Plan)
    return hipc::outputShapes(program.plan, inputs);
  return hipc::outputShapes(program.host, inputs);
}

Expected<int64_t> CpuExecutable::workspaceBytes(std::span<const Tensor> inputs,
                                                int64_t workers) const {
  if (program.kind == PackageKind::Plan)
    return hipc::workspaceBytes(program.plan, inputs, workers);
  HIPC_RETURN_IF_ERROR(checkInputs(program.host.inputs, inputs));
  return 0;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Runs compiled code; a lack of memory is its status.
template <typename Body>
static Status runCode(const std::string &name, Body body) {
  std::optional<uint64_t> missing =
      runWithMemory([](void *body) { (*static_cast<Body *>(body))(); }, &body);
  if (!missing)
    return {};
  if (*missing > uint64_t(std::numeric_limits<int64_t>::max()))
    return error(Code::Capacity, "program '", name,
                 "' needs an array of more than 2^63 bytes; pass smaller "
                 "tensors, or keep fewer keys (S24)");
  return error(Code::Capacity, "program '", name, "' needs ", *missing,
               " bytes for an array, but the system has no such memory; pass "
               "smaller tensors, or keep fewer keys (S24)");
}

Status CpuExecutable::runPlan(std::span<const Tensor> inputs,
                              std::span<const Tensor> outputs,
                              Workspace workspace, ThreadPool &pool) const {
  Expected<BoundPlan> bound =
      BoundPlan::bind(program.plan, inputs, outputs, pool.workers());
  if (!bound)
    return bound.status();
  HIPC_RETURN_IF_ERROR(bound->place(inputs, outputs, workspace));
  PoolScope scope(pool);
  for (const BoundStep &step : bound->steps()) {
    if (const auto *kernel = std::get_if<BoundKernel>(&step))
      HIPC_RETURN_IF_ERROR(runCode(program.entryName(), [&] {
        hipc_cpu_launch(kernels[kernel->kernel], kernel->slots.data(),
                        kernel->grid[0], kernel->grid[1], kernel->grid[2]);
      }));
    else if (const auto *fill = std::get_if<BoundFill>(&step);
             fill && fill->bytes)
      std::memset(fill->data, fill->value, fill->bytes);
    else if (const auto *copy = std::get_if<BoundCopy>(&step);
             copy && copy->bytes)
      std::memmove(copy->to, copy->from, copy->bytes);
  }
  return {};
}

Expected<std::vector<OwnedTensor>>
CpuExecutable::callPlan(std::span<const Tensor> inputs,
                        ThreadPool &pool) const {
  Expected<std::vector<Dims>> shapes = outputShapes(inputs);
  if (!shapes)
    return shapes.status();
  std::vector<OwnedTensor> outputs;
  std::vector<Tensor> views;
  for (size_t i = 0; i < shapes->size(); ++i) {
    Expected<OwnedTensor> output =
        OwnedTensor::zeros(program.plan.outputs[i].spec.dtype, (*shapes)[i]);
    if (!output)
      return output.status();
    views.push_back(output->view);
    outputs.push_back(std::move(*output));
  }
  Expected<int64_t> bytes = workspaceBytes(inputs, pool.workers());
  if (!bytes)
    return bytes.status();
  Expected<OwnedTensor::Storage> memory = allocateBytes(*bytes);
  if (!memory)
    return memory.status();
  HIPC_RETURN_IF_ERROR(
      runPlan(inputs, views, Workspace{memory->get(), *bytes}, pool));
  return outputs;
}

Expected<std::vector<OwnedTensor>>
CpuExecutable::callHost(std::span<const Tensor> inputs,
                        ThreadPool &pool) const {
  HIPC_RETURN_IF_ERROR(
      checkCall(program.host.inputs, program.host.checks, inputs));
  HIPC_RETURN_IF_ERROR(checkInputAddresses(program.host.inputs, inputs));
  return invokeHost(inputs, pool);
}

/// The inputs have been checked.
Expected<std::vector<OwnedTensor>>
CpuExecutable::invokeHost(std::span<const Tensor> inputs,
                          ThreadPool &pool) const {
  HostCall call(program.host, inputs);
  PoolScope scope(pool);
  int32_t code = 0;
  HIPC_RETURN_IF_ERROR(runCode(program.host.name,
                               [&] { code = hostFunction(call.arguments()); }));
  if (code != 0)
    return error(Code::Internal, "program '", program.host.name,
                 "' gave back the error code ", code);
  return call.takeResults();
}

/// Outputs are checked before the run, which may take long, where their shapes
/// are known by then.
Status CpuExecutable::runHost(std::span<const Tensor> inputs,
                              std::span<const Tensor> outputs,
                              ThreadPool &pool) const {
  Expected<std::vector<Dims>> shapes = outputShapes(inputs);
  // Where shapes are not known the inputs have not been checked either.
  if (!shapes)
    HIPC_RETURN_IF_ERROR(
        shapes.status().code() == Code::Unsupported
            ? checkCall(program.host.inputs, program.host.checks, inputs)
            : shapes.status());
  HIPC_RETURN_IF_ERROR(
      checkOutputCount(program.host.outputs.size(), outputs.size()));
  for (size_t i = 0; shapes && i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutput(program.host.outputs[i], i, (*shapes)[i], outputs[i]));
  HIPC_RETURN_IF_ERROR(checkInputAddresses(program.host.inputs, inputs));
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutputAddress(program.host.outputs[i], i, outputs[i]));
  // Of unknown shapes the strides are checked here, and once more below.
  for (size_t i = 0; !shapes && i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutput(program.host.outputs[i], i, outputs[i].dims, outputs[i]));
  HIPC_RETURN_IF_ERROR(checkOverlaps(inputs, outputs));
  Expected<std::vector<OwnedTensor>> results = invokeHost(inputs, pool);
  if (!results)
    return results.status();
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(checkOutput(program.host.outputs[i], i,
                                     (*results)[i].view.dims, outputs[i]));
  for (size_t i = 0; i < outputs.size(); ++i)
    copyTensor((*results)[i].view, outputs[i]);
  return {};
}

Status CpuExecutable::run(std::span<const Tensor> inputs,
                          std::span<const Tensor> outputs, Workspace workspace,
                          ThreadPool &pool) const {
  if (program.kind == PackageKind::Plan)
    return runPlan(inputs, outputs, workspace, pool);
  return runHost(inputs, outputs, pool);
}

Expected<std::vector<OwnedTensor>>
CpuExecutable::call(std::span<const Tensor> inputs, ThreadPool &pool) const {
  if (program.kind == PackageKind::Plan)
    return callPlan(inputs, pool);
  return callHost(inputs, pool);
}

} // namespace hipc
