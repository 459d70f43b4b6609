//===- Shapes.h - What a call's shapes decide -------------------*- C++ -*-===//
//
// Conditions, shapes of outputs and sizes of workspace: what follows from a
// call's inputs before any memory is allocated.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CALL_SHAPES_H
#define HIPC_RUNTIME_CALL_SHAPES_H

#include "runtime/package/Package.h"

namespace hipc {

/// Alignment of each buffer within the workspace.
constexpr int64_t kWorkspaceAlignment = 256;

/// Evaluates an expression that counts something: `what`, of the thing `name`.
Expected<int64_t> evaluateCount(const Expr &expr, const ExprEnv &env,
                                std::string_view what,
                                std::string_view name = {});

/// Rejects inputs that do not match `specs`, or whose sizes fail a check.
Status checkCall(const std::vector<TensorSpec> &specs,
                 const std::vector<Check> &checks,
                 std::span<const Tensor> inputs);

/// Checks the inputs against the plan and its conditions, and gives the shape
/// of each output.
Expected<std::vector<Dims>> outputShapes(const Plan &plan,
                                         std::span<const Tensor> inputs);

/// The same for a host function; Unsupported if the shapes depend on values.
Expected<std::vector<Dims>> outputShapes(const HostEntry &host,
                                         std::span<const Tensor> inputs);

/// Where each workspace buffer lies, packed in order.
struct WorkspaceLayout {
  std::vector<int64_t> offsets;
  std::vector<int64_t> sizes;
  int64_t total = 0;
};
Expected<WorkspaceLayout> layOutWorkspace(const Plan &plan, const ExprEnv &env);

/// Bytes of workspace that a call with these inputs needs.
Expected<int64_t> workspaceBytes(const Plan &plan,
                                 std::span<const Tensor> inputs);

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_SHAPES_H
