#include "runtime/call/Binding.h"

#include "runtime/call/Arguments.h"

#include <bit>

namespace hipc {

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
  int64_t bytes = 0;
  bool contiguous = true;
};

class Binder {
public:
  Binder(const Plan &plan, const ExprEnv &env, const WorkspaceLayout &layout,
         std::vector<BoundMap> &maps)
      : plan(plan), env(env), layout(layout), maps(maps) {}

  Expected<BoundStep> bind(const KernelStep &step) {
    BoundKernel bound;
    bound.kernel = step.kernel;
    bound.threads = step.threads;
    bound.dependent = step.dependent;
    int64_t blocks = 1;
    for (int i = 0; i < 3; ++i) {
      Expected<int64_t> size = evaluateCount(step.grid[i], env, "a grid size");
      if (!size)
        return size.status();
      bound.grid[i] = *size;
      // A size of 0 counts as 1: the partial products must fit too.
      if (__builtin_mul_overflow(blocks, std::max<int64_t>(*size, 1), &blocks))
        return error(Code::Invalid,
                     "the grid has more than 2^63 thread blocks (S24)");
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
      HIPC_RETURN_IF_ERROR(bind(argument, bound));
    }
    return BoundStep(std::move(bound));
  }

  Expected<BoundStep> bind(const CopyStep &step) {
    Expected<int64_t> bytes = evaluateCount(step.bytes, env, "a copy size");
    if (!bytes)
      return bytes.status();
    HIPC_RETURN_IF_ERROR(checkWhole(step.from, *bytes));
    HIPC_RETURN_IF_ERROR(checkWhole(step.to, *bytes));
    return BoundStep(BoundCopy{step.from, step.to, *bytes});
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

  Status bind(const Argument &argument, BoundKernel &bound) {
    uint32_t slot(bound.slots.size());
    switch (argument.kind) {
    case Argument::Kind::Float:
      bound.slots.push_back(std::bit_cast<uint32_t>(argument.real));
      return {};
    case Argument::Kind::Number:
      bound.numbers.push_back({slot, argument.buffer.index});
      bound.slots.push_back(0);
      return {};
    case Argument::Kind::TensorMap:
      return bindMap(argument, bound);
    case Argument::Kind::Integer:
    case Argument::Kind::Pointer:
      break;
    }
    Expected<int64_t> value = argument.value.evaluate(env);
    if (!value)
      return value.status();
    if (argument.kind == Argument::Kind::Pointer) {
      HIPC_RETURN_IF_ERROR(checkOffset(argument.buffer, *value));
      bound.pointers.push_back({slot, argument.buffer, *value});
    }
    bound.slots.push_back(std::bit_cast<uint64_t>(*value));
    return {};
  }

  /// Maps of the same are one, in all steps.
  Status bindMap(const Argument &argument, BoundKernel &bound) {
    auto slot = uint32_t(bound.slots.size());
    bound.slots.push_back(0);
    if (bound.threadBlocks() == 0)
      return {};
    Expected<Extent> buffer = extent(argument.buffer);
    if (!buffer)
      return buffer.status();
    Expected<BoundMap> map =
        hipc::bindMap(argument, env, name(argument.buffer), buffer->bytes);
    if (!map)
      return map.status();
    auto found = std::ranges::find_if(
        maps, [&](const BoundMap &other) { return other.mapsTheSame(*map); });
    bound.maps.push_back({slot, uint32_t(found - maps.begin())});
    if (found == maps.end())
      maps.push_back(std::move(*map));
    return {};
  }

  Status checkOffset(BufferRef ref, int64_t offset) const {
    Expected<Extent> buffer = extent(ref);
    if (!buffer)
      return buffer.status();
    if (offset < 0 || offset > buffer->bytes)
      return error(Code::Internal, "a kernel argument points ", offset,
                   " bytes into ", name(ref), " of ", buffer->bytes, " bytes");
    return {};
  }

  Expected<Extent> extent(BufferRef ref) const {
    if (ref.kind == BufferKind::Workspace)
      return Extent{layout.sizes[ref.index], true};
    const Tensor &tensor = ref.kind == BufferKind::Input
                               ? env.inputs[ref.index]
                               : env.outputs[ref.index];
    Expected<int64_t> bytes = extentBytes(tensor);
    if (!bytes)
      return bytes.status();
    return Extent{*bytes, tensor.contiguous()};
  }

  /// A buffer whose first `bytes` are used as plain bytes.
  Status checkWhole(BufferRef ref, int64_t bytes) const {
    Expected<Extent> buffer = extent(ref);
    if (!buffer)
      return buffer.status();
    if (!buffer->contiguous)
      return error(Code::Unsupported, "the program copies or fills ", name(ref),
                   " as a whole, but it has gaps between its rows; pass a "
                   "contiguous tensor (S24)");
    if (bytes > buffer->bytes)
      return error(Code::Internal, "a step uses ", bytes, " bytes of ",
                   name(ref), ", which has ", buffer->bytes);
    return {};
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
  const WorkspaceLayout &layout;
  std::vector<BoundMap> &maps;
};
} // namespace

/// The input that each output starts as, if no step but that copy uses it: what
/// is done to the output may then be done to the input itself.
static std::vector<size_t> findUpdated(const std::vector<BoundStep> &steps,
                                       const std::vector<BoundMap> &maps,
                                       size_t outputs) {
  std::vector<size_t> updated(outputs, kNoInput), uses;
  auto use = [&](BufferRef ref) {
    if (ref.kind == BufferKind::Input) {
      uses.resize(std::max(uses.size(), size_t(ref.index) + 1));
      ++uses[ref.index];
    }
  };
  for (const BoundMap &map : maps)
    use(map.buffer);
  for (const BoundStep &step : steps) {
    if (const auto *kernel = std::get_if<BoundKernel>(&step)) {
      for (const auto &[slot, buffer, offset] : kernel->pointers)
        use(buffer);
      continue;
    }
    const auto &copy = std::get<BoundCopy>(step);
    use(copy.source);
    if (copy.source.kind == BufferKind::Input &&
        copy.target.kind == BufferKind::Output)
      updated[copy.target.index] = copy.source.index;
  }
  for (size_t &input : updated)
    if (input != kNoInput && uses[input] > 1)
      input = kNoInput;
  return updated;
}

Expected<BoundPlan> BoundPlan::bind(const Plan &plan,
                                    std::span<const Tensor> inputs,
                                    std::span<const Tensor> outputs) {
  Expected<std::vector<Dims>> shapes = outputShapes(plan, inputs);
  if (!shapes)
    return shapes.status();
  HIPC_RETURN_IF_ERROR(checkOutputCount(plan.outputs.size(), outputs.size()));
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutput(plan.outputs[i].spec, i, (*shapes)[i], outputs[i]));

  ExprEnv env{inputs, outputs};
  Expected<WorkspaceLayout> layout = layOutWorkspace(plan, env);
  if (!layout)
    return layout.status();
  BoundPlan made(plan);
  made.tensors.assign(inputs.begin(), inputs.end());
  made.tensors.insert(made.tensors.end(), outputs.begin(), outputs.end());
  made.layout = std::move(*layout);
  made.bound.reserve(plan.steps.size());
  HIPC_RETURN_IF_ERROR(Binder(plan, env, made.layout, made.mapped)
                           .bindAll(0, plan.steps.size(), made.bound));
  made.updated = findUpdated(made.bound, made.mapped, outputs.size());
  return made;
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

static bool sameForm(const Tensor &a, const Tensor &b) {
  return a.dtype == b.dtype && a.dims == b.dims && a.strides == b.strides;
}

bool BoundPlan::fits(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs) const {
  return inputs.size() == plan->inputs.size() &&
         outputs.size() == plan->outputs.size() &&
         std::equal(inputs.begin(), inputs.end(), tensors.begin(), sameForm) &&
         std::equal(outputs.begin(), outputs.end(),
                    tensors.begin() + inputs.size(), sameForm);
}

Status BoundPlan::place(std::span<const Tensor> inputs,
                        std::span<const Tensor> outputs, Workspace workspace) {
  HIPC_RETURN_IF_ERROR(checkInputAddresses(plan->inputs, inputs));
  for (size_t i = 0; i < outputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkOutputAddress(plan->outputs[i].spec, i, outputs[i]));
  HIPC_RETURN_IF_ERROR(checkWorkspace(workspace, layout.total));
  HIPC_RETURN_IF_ERROR(checkOverlaps(
      inputs, outputs, Tensor{workspace.data, DType::I8, {layout.total}, {1}},
      updated));
  auto address = [&](BufferRef ref, int64_t offset = 0) -> char * {
    if (ref.kind == BufferKind::Workspace)
      return static_cast<char *>(workspace.data) + layout.offsets[ref.index] +
             offset;
    const Tensor &tensor =
        ref.kind == BufferKind::Input ? inputs[ref.index] : outputs[ref.index];
    return static_cast<char *>(tensor.data) + offset;
  };
  for (BoundStep &step : bound) {
    if (auto *kernel = std::get_if<BoundKernel>(&step)) {
      for (const auto &[slot, buffer, offset] : kernel->pointers)
        kernel->slots[slot] =
            reinterpret_cast<uint64_t>(address(buffer, offset));
      for (const auto &[slot, input] : kernel->numbers)
        kernel->slots[slot] =
            *static_cast<const uint32_t *>(inputs[input].data);
    } else {
      auto &copy = std::get<BoundCopy>(step);
      copy.from = address(copy.source);
      copy.to = address(copy.target);
    }
  }
  for (BoundMap &map : mapped)
    map.place(address(map.buffer, map.offset));
  return {};
}

} // namespace hipc
