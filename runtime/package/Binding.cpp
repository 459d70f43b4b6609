#include "runtime/package/Binding.h"

#include "runtime/package/Arguments.h"

#include <bit>

namespace hipc {

/// Evaluates an expression that counts something: `what`, of the thing `name`.
static Expected<int64_t> evaluateCount(const Expr &expr, const ExprEnv &env,
                                       std::string_view what,
                                       std::string_view name = {}) {
  Expected<int64_t> value = expr.evaluate(env);
  if (value && *value >= 0)
    return value;
  std::string whole =
      name.empty() ? std::string(what) : join(what, " '", name, "'");
  if (!value)
    return error(value.status().code(), whole, ": ", value.status().message(),
                 " (S24)");
  return error(Code::Invalid, whole, " is ", *value, ", but the least is 0",
               " (S24)");
}

//===----------------------------------------------------------------------===//
// Conditions and shapes
//===----------------------------------------------------------------------===//

static Status failedCheck(const Check &check, const ExprEnv &env) {
  std::string text = check.message;
  for (size_t i = 0; i < check.values.size(); ++i) {
    std::string mark = join("{", i, "}");
    Expected<int64_t> value = check.values[i].evaluate(env);
    std::string shown = value ? join(*value) : "?";
    for (size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + shown.size()))
      text.replace(at, mark.size(), shown);
  }
  return Status(Code::Invalid, std::move(text));
}

static Expected<Dims> evaluateDims(const std::vector<Expr> &dims,
                                   const ExprEnv &env, std::string_view name) {
  Dims shape;
  for (const Expr &dim : dims) {
    Expected<int64_t> size = evaluateCount(dim, env, "a size of output", name);
    if (!size)
      return size.status();
    shape.push_back(*size);
  }
  return shape;
}

Status checkCall(const std::vector<TensorSpec> &specs,
                 const std::vector<Check> &checks,
                 std::span<const Tensor> inputs) {
  HIPC_RETURN_IF_ERROR(checkInputs(specs, inputs));
  ExprEnv env{inputs, {}, 1};
  for (const Check &check : checks) {
    Expected<int64_t> holds = check.condition.evaluate(env);
    if (!holds)
      return holds.status();
    if (!*holds)
      return failedCheck(check, env);
  }
  return {};
}

Expected<std::vector<Dims>> outputShapes(const Plan &plan,
                                         std::span<const Tensor> inputs) {
  HIPC_RETURN_IF_ERROR(checkCall(plan.inputs, plan.checks, inputs));
  ExprEnv env{inputs, {}, 1};
  std::vector<Dims> shapes;
  for (const OutputSpec &output : plan.outputs) {
    Expected<Dims> shape = evaluateDims(output.dims, env, output.spec.name);
    if (!shape)
      return shape.status();
    shapes.push_back(*shape);
  }
  return shapes;
}

Expected<std::vector<Dims>> outputShapes(const HostEntry &host,
                                         std::span<const Tensor> inputs) {
  if (host.outputDims.size() != host.outputs.size())
    return error(Code::Unsupported, "program '", host.name,
                 "' is a host function, whose output shapes are known only "
                 "after it has run; let the call allocate its outputs");
  HIPC_RETURN_IF_ERROR(checkCall(host.inputs, host.checks, inputs));
  std::vector<Dims> shapes;
  for (size_t i = 0; i < host.outputs.size(); ++i) {
    Expected<Dims> shape = evaluateDims(
        host.outputDims[i], ExprEnv{inputs, {}, 1}, host.outputs[i].name);
    if (!shape)
      return shape.status();
    shapes.push_back(*shape);
  }
  return shapes;
}

//===----------------------------------------------------------------------===//
// Workspace
//===----------------------------------------------------------------------===//

namespace {
/// Where each workspace buffer lies, packed in order.
struct WorkspaceLayout {
  std::vector<int64_t> offsets;
  std::vector<int64_t> sizes;
  int64_t total = 0;
};
} // namespace

static Expected<WorkspaceLayout> layOutWorkspace(const Plan &plan,
                                                 const ExprEnv &env) {
  WorkspaceLayout layout;
  layout.offsets.reserve(plan.workspace.size());
  layout.sizes.reserve(plan.workspace.size());
  for (const WorkspaceSpec &buffer : plan.workspace) {
    Expected<int64_t> bytes =
        evaluateCount(buffer.bytes, env, "the size of workspace", buffer.name);
    if (!bytes)
      return bytes.status();
    layout.offsets.push_back(layout.total);
    layout.sizes.push_back(*bytes);
    int64_t end = 0;
    if (__builtin_add_overflow(layout.total, *bytes, &end) ||
        __builtin_add_overflow(end, kWorkspaceAlignment - 1, &end))
      return error(Code::Capacity, "the workspace needs more than 2^63 bytes",
                   " (S24)");
    layout.total = end - end % kWorkspaceAlignment;
  }
  return layout;
}

Expected<int64_t> workspaceBytes(const Plan &plan,
                                 std::span<const Tensor> inputs,
                                 int64_t workers) {
  HIPC_RETURN_IF_ERROR(checkInputs(plan.inputs, inputs));
  Expected<WorkspaceLayout> layout =
      layOutWorkspace(plan, ExprEnv{inputs, {}, workers});
  if (!layout)
    return layout.status();
  return layout->total;
}

static Status checkWorkspace(Workspace workspace, int64_t needed) {
  if (needed == 0)
    return {};
  if (workspace.bytes < needed)
    return error(Code::Capacity, "the workspace has ", workspace.bytes,
                 " bytes, but this call needs ", needed,
                 "; allocate as many as workspaceBytes() gives (S24)");
  if (!workspace.data)
    return error(Code::Invalid, "the workspace of ", workspace.bytes,
                 " bytes is a null pointer (S24)");
  int64_t excess =
      reinterpret_cast<uintptr_t>(workspace.data) % kStorageAlignment;
  if (excess != 0)
    return error(Code::Invalid, "the workspace lies ", excess,
                 " bytes past a multiple of ", kStorageAlignment,
                 ", which is the alignment it needs (S24)");
  return {};
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// What one call may unroll to.
constexpr size_t kMostSteps = size_t{1} << 20;

namespace {
struct Extent {
  char *data = nullptr;
  int64_t bytes = 0;
  bool contiguous = true;
};

class Binder {
public:
  Binder(const Plan &plan, const ExprEnv &env, Workspace workspace,
         const WorkspaceLayout &layout)
      : plan(plan), env(env), workspace(workspace), layout(layout) {}

  Expected<BoundStep> bind(const KernelStep &step) {
    BoundKernel bound{step.kernel, {}, step.threads, 0, {}};
    int64_t cells = 1;
    for (int i = 0; i < 3; ++i) {
      Expected<int64_t> size = evaluateCount(step.grid[i], env, "a grid size");
      if (!size)
        return size.status();
      bound.grid[i] = *size;
      // A size of 0 counts as 1: the partial products must fit too.
      if (__builtin_mul_overflow(cells, std::max<int64_t>(*size, 1), &cells))
        return error(Code::Invalid, "the grid has more than 2^63 cells (S24)");
    }
    Expected<int64_t> shared = evaluateCount(step.dynamicSharedBytes, env,
                                             "the size of shared memory");
    if (!shared)
      return shared.status();
    bound.dynamicSharedBytes = *shared;
    bound.slots.reserve(step.arguments.size());
    for (const Argument &argument : step.arguments) {
      if (argument.kind == Argument::Kind::Integer)
        if (auto value = argument.value.quickValue(env)) {
          bound.slots.push_back(std::bit_cast<uint64_t>(*value));
          continue;
        }
      Expected<uint64_t> slot = bind(argument);
      if (!slot)
        return slot.status();
      bound.slots.push_back(*slot);
    }
    return BoundStep(std::move(bound));
  }

  Expected<BoundStep> bind(const FillStep &step) {
    Expected<int64_t> bytes = evaluateCount(step.bytes, env, "a fill size");
    if (!bytes)
      return bytes.status();
    Expected<Extent> target = wholeBytes(step.buffer, *bytes);
    if (!target)
      return target.status();
    return BoundStep(BoundFill{target->data, step.value, *bytes});
  }

  Expected<BoundStep> bind(const CopyStep &step) {
    Expected<int64_t> bytes = evaluateCount(step.bytes, env, "a copy size");
    if (!bytes)
      return bytes.status();
    Expected<Extent> from = wholeBytes(step.from, *bytes);
    if (!from)
      return from.status();
    Expected<Extent> to = wholeBytes(step.to, *bytes);
    if (!to)
      return to.status();
    return BoundStep(BoundCopy{from->data, to->data, *bytes});
  }

  /// Binds steps [first, end); loops are unrolled.
  Status bindAll(size_t first, size_t end, std::vector<BoundStep> &bound) {
    for (size_t i = first; i < end; ++i) {
      if (const auto *loop = std::get_if<LoopStep>(&plan.steps[i])) {
        Expected<int64_t> count = loop->count.evaluate(env);
        if (!count)
          return count.status();
        size_t begin = bound.size();
        if (*count > 0)
          HIPC_RETURN_IF_ERROR(bindAll(i + 1, i + 1 + loop->steps, bound));
        HIPC_RETURN_IF_ERROR(repeat(bound, begin, *count));
        i += loop->steps;
        continue;
      }
      Expected<BoundStep> step = bindStep(plan.steps[i]);
      if (!step)
        return step.status();
      bound.push_back(std::move(*step));
    }
    return {};
  }

private:
  Expected<BoundStep> bindStep(const Step &step) {
    if (const auto *kernel = std::get_if<KernelStep>(&step))
      return bind(*kernel);
    if (const auto *fill = std::get_if<FillStep>(&step))
      return bind(*fill);
    return bind(std::get<CopyStep>(step));
  }

  /// Every round of a loop is the same, for steps see no counter.
  Status repeat(std::vector<BoundStep> &bound, size_t begin, int64_t count) {
    size_t round = bound.size() - begin;
    if (round && count > int64_t(kMostSteps / round))
      return error(Code::Invalid, "a loop of ", round, " steps has ", count,
                   " rounds, which is more than ", kMostSteps, " steps (S24)");
    for (int64_t i = 1; i < count; ++i)
      for (size_t j = 0; j < round; ++j)
        bound.push_back(bound[begin + j]);
    return {};
  }

  Expected<uint64_t> bind(const Argument &argument) {
    if (argument.kind == Argument::Kind::Float)
      return uint64_t{std::bit_cast<uint32_t>(argument.real)};
    Expected<int64_t> value = argument.value.evaluate(env);
    if (!value)
      return value.status();
    if (argument.kind == Argument::Kind::Integer)
      return std::bit_cast<uint64_t>(*value);
    Expected<Extent> buffer = extent(argument.buffer);
    if (!buffer)
      return buffer.status();
    if (*value < 0 || *value > buffer->bytes)
      return error(Code::Internal, "a kernel argument points ", *value,
                   " bytes into ", name(argument.buffer), " of ", buffer->bytes,
                   " bytes");
    return reinterpret_cast<uint64_t>(buffer->data) + *value;
  }

  Expected<Extent> extent(BufferRef ref) const {
    if (ref.kind == BufferKind::Workspace)
      return Extent{static_cast<char *>(workspace.data) +
                        layout.offsets[ref.index],
                    layout.sizes[ref.index], true};
    const Tensor &tensor = ref.kind == BufferKind::Input
                               ? env.inputs[ref.index]
                               : env.outputs[ref.index];
    Expected<int64_t> bytes = extentBytes(tensor);
    if (!bytes)
      return bytes.status();
    return Extent{static_cast<char *>(tensor.data), *bytes,
                  tensor.contiguous()};
  }

  /// The extent of a buffer whose first `bytes` are used as plain bytes.
  Expected<Extent> wholeBytes(BufferRef ref, int64_t bytes) const {
    Expected<Extent> buffer = extent(ref);
    if (!buffer)
      return buffer;
    if (!buffer->contiguous)
      return error(Code::Unsupported, "the program copies or fills ", name(ref),
                   " as a whole, but it has gaps between its rows; pass a "
                   "contiguous tensor (S24)");
    if (bytes > buffer->bytes)
      return error(Code::Internal, "a step uses ", bytes, " bytes of ",
                   name(ref), ", which has ", buffer->bytes);
    return buffer;
  }

  std::string name(BufferRef ref) const {
    switch (ref.kind) {
    case BufferKind::Input:
      return join("input '", plan.inputs[ref.index].name, "'");
    case BufferKind::Output:
      return join("output '", plan.outputs[ref.index].spec.name, "'");
    case BufferKind::Workspace:
      break;
    }
    return join("workspace '", plan.workspace[ref.index].name, "'");
  }

  const Plan &plan;
  const ExprEnv &env;
  Workspace workspace;
  const WorkspaceLayout &layout;
};
} // namespace

Expected<std::vector<BoundStep>> bindPlan(const Plan &plan,
                                          std::span<const Tensor> inputs,
                                          std::span<const Tensor> outputs,
                                          Workspace workspace,
                                          int64_t workers) {
  Expected<std::vector<Dims>> shapes = outputShapes(plan, inputs);
  if (!shapes)
    return shapes.status();
  HIPC_RETURN_IF_ERROR(checkInputAddresses(plan.inputs, inputs));
  HIPC_RETURN_IF_ERROR(checkOutputCount(plan.outputs.size(), outputs.size()));
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutput(plan.outputs[i].spec, i, (*shapes)[i], outputs[i]));

  ExprEnv env{inputs, outputs, workers};
  Expected<WorkspaceLayout> layout = layOutWorkspace(plan, env);
  if (!layout)
    return layout.status();
  HIPC_RETURN_IF_ERROR(checkWorkspace(workspace, layout->total));

  Binder binder(plan, env, workspace, *layout);
  std::vector<BoundStep> steps;
  steps.reserve(plan.steps.size());
  HIPC_RETURN_IF_ERROR(binder.bindAll(0, plan.steps.size(), steps));
  return steps;
}

} // namespace hipc
