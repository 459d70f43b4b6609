#include "runtime/cpu/CpuExecutable.h"

#include "runtime/call/Arguments.h"
#include "runtime/call/Shapes.h"
#include "runtime/cpu/HostCall.h"
#include "runtime/cpu/Launch.h"

#include <limits>

namespace hipc {

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static Expected<std::unique_ptr<LoadedCode>> loadCode(const Package &package,
                                                      CodeLoader &loader) {
  std::string targets;
  for (const Blob &blob : package.blobs) {
    targets += join(targets.empty() ? "" : ", ", blobKindName(blob.kind), " ",
                    blob.target);
    if (blob.kind != BlobKind::Object)
      continue;
    Status accepted = loader.accepts(blob);
    if (accepted.ok())
      return loader.load(blob);
    targets += join(" (", accepted.message(), ")");
  }
  return error(Code::Unsupported, "program '", package.entryName(),
               "' has no object code for this machine, only [", targets,
               "]; compile it for this machine");
}

Expected<std::unique_ptr<CpuExecutable>>
CpuExecutable::create(Package package, CodeLoader &loader) {
  HIPC_RETURN_IF_ERROR(verify(package));
  if (package.kind != PackageKind::Host)
    return error(Code::Unsupported, "program '", package.entryName(),
                 "' is a launch plan for ", package.target,
                 "; compile it for a CPU");
  Expected<std::unique_ptr<LoadedCode>> code = loadCode(package, loader);
  if (!code)
    return code.status();
  Expected<void *> address = (*code)->lookup(package.host.name);
  if (!address)
    return address.status();
  return std::unique_ptr<CpuExecutable>(
      new CpuExecutable(std::move(package), std::move(*code),
                        reinterpret_cast<Function>(*address)));
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

Expected<std::vector<Dims>>
CpuExecutable::outputShapes(std::span<const Tensor> inputs) const {
  return hipc::outputShapes(program.host, inputs);
}

Expected<std::vector<OwnedTensor>>
CpuExecutable::call(std::span<const Tensor> inputs, ThreadPool &pool) const {
  HIPC_RETURN_IF_ERROR(
      checkCall(program.host.inputs, program.host.checks, inputs));
  HIPC_RETURN_IF_ERROR(checkInputAddresses(program.host.inputs, inputs));
  return invoke(inputs, pool);
}

/// The inputs have been checked.
Expected<std::vector<OwnedTensor>>
CpuExecutable::invoke(std::span<const Tensor> inputs, ThreadPool &pool) const {
  HostCall call(program.host, inputs);
  PoolScope scope(pool);
  int32_t code = 0;
  HIPC_RETURN_IF_ERROR(
      runCode(program.host.name, [&] { code = function(call.arguments()); }));
  if (code != 0)
    return error(Code::Internal, "program '", program.host.name,
                 "' gave back the error code ", code);
  return call.takeResults();
}

/// Lists that a step brings up to date are integers, summaries have five
/// dimensions. Outputs are written when everything is computed.
static bool mayBeUpdated(const Tensor &output) {
  constexpr size_t kSummaryRank = 5;
  return output.dtype == DType::I32 || output.dims.size() == kSummaryRank;
}

static std::vector<size_t> findUpdated(std::span<const Tensor> inputs,
                                       std::span<const Tensor> outputs) {
  std::vector<size_t> updated(outputs.size(), kNoInput);
  for (size_t i = 0; i < outputs.size(); ++i)
    for (size_t j = 0; mayBeUpdated(outputs[i]) && j < inputs.size(); ++j)
      if (isSameArray(outputs[i], inputs[j]))
        updated[i] = j;
  return updated;
}

/// Outputs are checked before the run, which may take long, where their shapes
/// are known by then.
Status CpuExecutable::run(std::span<const Tensor> inputs,
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
  HIPC_RETURN_IF_ERROR(checkOverlaps(inputs, outputs,
                                     {nullptr, DType::I8, {0}, {1}},
                                     findUpdated(inputs, outputs)));
  Expected<std::vector<OwnedTensor>> results = invoke(inputs, pool);
  if (!results)
    return results.status();
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(checkOutput(program.host.outputs[i], i,
                                     (*results)[i].view.dims, outputs[i]));
  for (size_t i = 0; i < outputs.size(); ++i)
    copyTensor((*results)[i].view, outputs[i]);
  return {};
}

} // namespace hipc
