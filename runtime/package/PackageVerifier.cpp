#include "runtime/package/Package.h"

namespace hipc {

std::string_view blobKindName(BlobKind kind) {
  switch (kind) {
  case BlobKind::Object:
    return "object";
  case BlobKind::Ptx:
    return "ptx";
  case BlobKind::Cubin:
    return "cubin";
  }
  return "unknown";
}

static Status verifySpec(const TensorSpec &spec) {
  if (static_cast<unsigned>(spec.dtype) >= kDTypeCount)
    return error(Code::Invalid, "tensor '", spec.name,
                 "' has the unknown element type ",
                 static_cast<unsigned>(spec.dtype));
  if (spec.dims.size() > static_cast<size_t>(kMaxRank))
    return error(Code::Invalid, "tensor '", spec.name, "' has rank ",
                 spec.dims.size(), ", but at most ", kMaxRank, " is supported");
  for (int64_t size : spec.dims)
    if (size < kDynamic)
      return error(Code::Invalid, "tensor '", spec.name, "' has size ", size);
  bool isWord = spec.dtype == DType::F32 || spec.dtype == DType::I32;
  if (spec.number && (!isWord || !spec.dims.empty()))
    return error(Code::Invalid, "number '", spec.name, "' has type ",
                 dtypeName(spec.dtype), " and rank ", spec.dims.size(),
                 ", but it has to be f32 or i32 of rank 0");
  return {};
}

static Status verifyOutputSpec(const TensorSpec &spec) {
  if (spec.number)
    return error(Code::Invalid, "output '", spec.name,
                 "' is a number, but only inputs are");
  return verifySpec(spec);
}

static Status verifyCheck(const Check &check, const ExprScope &scope) {
  if (check.values.size() > kMaxCheckValues)
    return error(Code::Invalid, "check '", check.message, "' has ",
                 check.values.size(), " values, but at most ", kMaxCheckValues,
                 " are supported");
  for (const Expr &value : check.values)
    HIPC_RETURN_IF_ERROR(value.verify(scope));
  return check.condition.verify(scope);
}

namespace {
class PlanVerifier {
public:
  PlanVerifier(const Plan &plan, size_t kernels)
      : plan(plan), kernels(kernels) {}

  Status run() {
    for (const TensorSpec &spec : plan.inputs) {
      HIPC_RETURN_IF_ERROR(verifySpec(spec));
      scope.inputRanks.push_back(spec.dims.size());
    }
    // Sizes and conditions must not depend on where outputs lie.
    for (const OutputSpec &output : plan.outputs)
      HIPC_RETURN_IF_ERROR(verifyOutput(output));
    for (const WorkspaceSpec &buffer : plan.workspace)
      HIPC_RETURN_IF_ERROR(buffer.bytes.verify(scope));
    for (const Check &check : plan.checks)
      HIPC_RETURN_IF_ERROR(verifyCheck(check, scope));
    for (const OutputSpec &output : plan.outputs)
      scope.outputRanks.push_back(output.dims.size());
    for (const Step &step : plan.steps)
      HIPC_RETURN_IF_ERROR(std::visit(
          [&](const auto &record) { return verifyStep(record); }, step));
    return verifyLoops(0, plan.steps.size(), 0);
  }

private:
  Status verifyOutput(const OutputSpec &output) {
    HIPC_RETURN_IF_ERROR(verifyOutputSpec(output.spec));
    if (output.dims.size() != output.spec.dims.size())
      return error(Code::Invalid, "output '", output.spec.name, "' has rank ",
                   output.spec.dims.size(), " but ", output.dims.size(),
                   " size expressions");
    for (const Expr &dim : output.dims)
      HIPC_RETURN_IF_ERROR(dim.verify(scope));
    return {};
  }

  Status verifyBuffer(BufferRef ref) {
    size_t count = 0;
    switch (ref.kind) {
    case BufferKind::Input:
      count = plan.inputs.size();
      break;
    case BufferKind::Output:
      count = plan.outputs.size();
      break;
    case BufferKind::Workspace:
      count = plan.workspace.size();
      break;
    }
    if (ref.index >= count)
      return error(Code::Invalid, "step refers to buffer ", ref.index,
                   " of kind ", static_cast<unsigned>(ref.kind),
                   ", but there are ", count);
    if (isNumber(ref))
      return error(Code::Invalid, "step refers to input ", ref.index,
                   " as memory of the device, but it is a number");
    return {};
  }

  bool isNumber(BufferRef ref) const {
    return ref.kind == BufferKind::Input && ref.index < plan.inputs.size() &&
           plan.inputs[ref.index].number;
  }

  /// Inputs belong to the caller and are never written.
  Status verifyTarget(BufferRef ref) {
    if (ref.kind == BufferKind::Input)
      return error(Code::Invalid, "step writes to input ", ref.index);
    return verifyBuffer(ref);
  }

  Status verifyStep(const KernelStep &step) {
    if (step.kernel >= kernels)
      return error(Code::Invalid, "step launches kernel ", step.kernel, " of ",
                   kernels);
    for (const Expr &size : step.grid)
      HIPC_RETURN_IF_ERROR(size.verify(scope));
    HIPC_RETURN_IF_ERROR(step.dynamicSharedBytes.verify(scope));
    for (const Argument &argument : step.arguments)
      HIPC_RETURN_IF_ERROR(verifyArgument(argument));
    return verifyArgumentBytes(step);
  }

  Status verifyArgument(const Argument &argument) {
    using Kind = Argument::Kind;
    auto kind = static_cast<unsigned>(argument.kind);
    if (argument.kind > Kind::TensorMap)
      return error(Code::Invalid, "kernel argument of the unknown kind ", kind);
    bool isMap = argument.kind == Kind::TensorMap;
    if (isMap != bool(argument.map))
      return error(Code::Invalid, "kernel argument of kind ", kind, " has ",
                   isMap ? "no" : "a", " tensor map");
    if (isMap)
      HIPC_RETURN_IF_ERROR(verify(*argument.map, scope));
    if (isMap || argument.kind == Kind::Pointer)
      HIPC_RETURN_IF_ERROR(verifyBuffer(argument.buffer));
    if (argument.kind == Kind::Number && !isNumber(argument.buffer))
      return error(Code::Invalid, "kernel argument is the number in input ",
                   argument.buffer.index, ", which is none");
    return argument.value.verify(scope);
  }

  Status verifyArgumentBytes(const KernelStep &step) {
    size_t bytes = 0;
    for (const Argument &argument : step.arguments) {
      bool isMap = argument.kind == Argument::Kind::TensorMap;
      size_t alignment = isMap ? kTensorMapAlignment : kSlotBytes;
      bytes = (bytes + alignment - 1) / alignment * alignment;
      bytes += isMap ? kTensorMapBytes : kSlotBytes;
    }
    if (bytes > kMostArgumentBytes)
      return error(Code::Invalid, "step launches kernel ", step.kernel,
                   " with ", bytes, " bytes of arguments, but a kernel takes ",
                   kMostArgumentBytes);
    return {};
  }

  Status verifyStep(const CopyStep &step) {
    HIPC_RETURN_IF_ERROR(verifyBuffer(step.from));
    HIPC_RETURN_IF_ERROR(verifyTarget(step.to));
    return step.bytes.verify(scope);
  }

  Status verifyStep(const LoopStep &step) { return step.count.verify(scope); }

  /// Each loop of steps [first, end) ends with or before what it is in.
  Status verifyLoops(size_t first, size_t end, unsigned depth) {
    if (depth > kMaxLoopDepth)
      return error(Code::Invalid, "loops of steps nest deeper than ",
                   kMaxLoopDepth);
    for (size_t i = first; i < end; ++i) {
      const auto *loop = std::get_if<LoopStep>(&plan.steps[i]);
      if (!loop)
        continue;
      if (loop->steps > end - i - 1)
        return error(Code::Invalid, "the loop at step ", i, " has ",
                     loop->steps, " steps, but ", end - i - 1, " follow");
      HIPC_RETURN_IF_ERROR(verifyLoops(i + 1, i + 1 + loop->steps, depth + 1));
      i += loop->steps;
    }
    return {};
  }

  const Plan &plan;
  size_t kernels;
  ExprScope scope;
};
} // namespace

static Status verifyHost(const HostEntry &host) {
  ExprScope scope;
  for (const TensorSpec &input : host.inputs) {
    HIPC_RETURN_IF_ERROR(verifySpec(input));
    scope.inputRanks.push_back(input.dims.size());
  }
  for (const TensorSpec &output : host.outputs)
    HIPC_RETURN_IF_ERROR(verifyOutputSpec(output));
  if (!host.outputDims.empty() && host.outputDims.size() != host.outputs.size())
    return error(Code::Invalid, "the entry has sizes of ",
                 host.outputDims.size(), " outputs, but ", host.outputs.size(),
                 " outputs");
  for (size_t i = 0; i < host.outputDims.size(); ++i) {
    const std::vector<Expr> &dims = host.outputDims[i];
    if (dims.size() != host.outputs[i].dims.size())
      return error(Code::Invalid, "output ", i, " has rank ",
                   host.outputs[i].dims.size(), " but ", dims.size(),
                   " size expressions");
    for (const Expr &dim : dims)
      HIPC_RETURN_IF_ERROR(dim.verify(scope));
  }
  for (const Check &check : host.checks)
    HIPC_RETURN_IF_ERROR(verifyCheck(check, scope));
  return {};
}

Status verify(const Package &package) {
  if (package.kind > PackageKind::Host)
    return error(Code::Invalid, "unknown package kind ",
                 static_cast<unsigned>(package.kind));
  for (const Blob &blob : package.blobs)
    if (blob.kind > BlobKind::Cubin)
      return error(Code::Invalid, "unknown kind of code ",
                   static_cast<unsigned>(blob.kind));
  if (package.entryName().empty())
    return error(Code::Invalid, "the entry has no name");
  HIPC_RETURN_IF_ERROR(verifyHost(package.host));
  if (package.kind == PackageKind::Host && hasTensorMaps(package.plan))
    return error(Code::Invalid, "program '", package.entryName(),
                 "' is a host function, but its plan has tensor maps, which "
                 "only kernels of a GPU take");
  return PlanVerifier(package.plan, package.kernels.size()).run();
}

} // namespace hipc
