#include "runtime/call/Shapes.h"

#include "runtime/call/Arguments.h"

namespace hipc {

Expected<int64_t> evaluateCount(const Expr &expr, const ExprEnv &env,
                                std::string_view what, std::string_view name) {
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
  ExprEnv env{inputs, {}};
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
  ExprEnv env{inputs, {}};
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
    Expected<Dims> shape = evaluateDims(host.outputDims[i], ExprEnv{inputs, {}},
                                        host.outputs[i].name);
    if (!shape)
      return shape.status();
    shapes.push_back(*shape);
  }
  return shapes;
}

//===----------------------------------------------------------------------===//
// Workspace
//===----------------------------------------------------------------------===//

Expected<WorkspaceLayout> layOutWorkspace(const Plan &plan,
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
                                 std::span<const Tensor> inputs) {
  HIPC_RETURN_IF_ERROR(checkInputs(plan.inputs, inputs));
  Expected<WorkspaceLayout> layout = layOutWorkspace(plan, ExprEnv{inputs, {}});
  if (!layout)
    return layout.status();
  return layout->total;
}

} // namespace hipc
