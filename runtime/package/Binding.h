//===- Binding.h - A plan evaluated for one call ----------------*- C++ -*-===//
//
// What every device does before its first launch: check the arguments against
// the plan (rule S24), evaluate all expressions, and place the workspace.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_PACKAGE_BINDING_H
#define HIPC_RUNTIME_PACKAGE_BINDING_H

#include "runtime/package/Package.h"

namespace hipc {

/// Alignment of each buffer within the workspace.
constexpr int64_t kWorkspaceAlignment = 256;

/// A step with all sizes, addresses and values of one call. Only one of the
/// three forms is in use, as in Step.
struct BoundKernel {
  uint32_t kernel = 0;
  std::array<int64_t, 3> grid = {1, 1, 1};
  std::array<uint32_t, 3> threads = {1, 1, 1};
  int64_t dynamicSharedBytes = 0;
  std::vector<uint64_t> slots;

  /// Number of grid cells; binding has checked that it fits.
  int64_t cells() const { return grid[0] * grid[1] * grid[2]; }
};
struct BoundFill {
  void *data = nullptr;
  uint8_t value = 0;
  int64_t bytes = 0;
};
struct BoundCopy {
  const void *from = nullptr;
  void *to = nullptr;
  int64_t bytes = 0;
};
using BoundStep = std::variant<BoundKernel, BoundFill, BoundCopy>;

/// Memory that the steps of one call use; aligned to kStorageAlignment.
struct Workspace {
  void *data = nullptr;
  int64_t bytes = 0;
};

/// Refuses inputs that are not as `specs` say, or whose sizes fail a check.
Status checkCall(const std::vector<TensorSpec> &specs,
                 const std::vector<Check> &checks,
                 std::span<const Tensor> inputs);

/// Checks the inputs against the plan and its conditions, and gives the shape
/// of each output.
Expected<std::vector<Dims>> outputShapes(const Plan &plan,
                                         std::span<const Tensor> inputs);

/// The same for a host function; Unsupported where they follow from values.
Expected<std::vector<Dims>> outputShapes(const HostEntry &host,
                                         std::span<const Tensor> inputs);

/// Bytes of workspace that a call with these inputs needs.
Expected<int64_t> workspaceBytes(const Plan &plan,
                                 std::span<const Tensor> inputs,
                                 int64_t workers);

/// Checks everything and evaluates the whole plan. No device is touched.
Expected<std::vector<BoundStep>> bindPlan(const Plan &plan,
                                          std::span<const Tensor> inputs,
                                          std::span<const Tensor> outputs,
                                          Workspace workspace, int64_t workers);

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_BINDING_H
