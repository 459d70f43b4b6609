//===- Binding.h - A plan evaluated for one call ----------------*- C++ -*-===//
//
// What every device does before its first launch: check the arguments against
// the plan (rule S24), evaluate all expressions, and place the buffers.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CALL_BINDING_H
#define HIPC_RUNTIME_CALL_BINDING_H

#include "runtime/call/Shapes.h"
#include "runtime/call/TensorMaps.h"

namespace hipc {

/// A step with all sizes, values and, once placed, addresses of a call, as in
/// Step.
struct BoundKernel {
  /// A slot that has the address `offset` bytes into a buffer.
  struct Pointer {
    uint32_t slot = 0;
    BufferRef buffer;
    int64_t offset = 0;
  };

  /// A slot for an input that is a number.
  struct Number {
    uint32_t slot = 0;
    uint32_t input = 0;
  };

  /// A slot that stands for a tensor map of BoundPlan::maps().
  struct Map {
    uint32_t slot = 0;
    uint32_t map = 0;
  };

  uint32_t kernel = 0;
  std::array<int64_t, 3> grid = {1, 1, 1};
  std::array<uint32_t, 3> threads = {1, 1, 1};
  int64_t dynamicSharedBytes = 0;
  bool dependent = false;
  std::vector<uint64_t> slots;
  std::vector<Pointer> pointers;
  std::vector<Number> numbers;
  std::vector<Map> maps; ///< none if there is no thread block

  /// Number of thread blocks in the grid; binding has checked that it fits.
  int64_t threadBlocks() const { return grid[0] * grid[1] * grid[2]; }
};
struct BoundCopy {
  BufferRef source;
  BufferRef target;
  int64_t bytes = 0;
  const void *from = nullptr;
  void *to = nullptr;
};
using BoundStep = std::variant<BoundKernel, BoundCopy>;

/// Memory that the steps of one call use; aligned to kStorageAlignment.
struct Workspace {
  void *data = nullptr;
  int64_t bytes = 0;
};

/// The steps of calls whose tensors have the same types, sizes and strides;
/// only addresses are set anew for each. No device is touched.
class BoundPlan {
public:
  /// Checks everything of the tensors except their addresses, and evaluates the
  /// plan, which has to outlive the result.
  static Expected<BoundPlan> bind(const Plan &plan,
                                  std::span<const Tensor> inputs,
                                  std::span<const Tensor> outputs);

  /// True for tensors with the types, sizes and strides that it was bound for.
  bool fits(std::span<const Tensor> inputs,
            std::span<const Tensor> outputs) const;

  /// Checks the addresses and the workspace of tensors that fit, and sets them
  /// and the numbers in all steps.
  Status place(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
               Workspace workspace);

  const std::vector<BoundStep> &steps() const { return bound; }

  /// What the steps map. A device encodes each once for an address.
  std::vector<BoundMap> &maps() { return mapped; }
  const std::vector<BoundMap> &maps() const { return mapped; }

private:
  explicit BoundPlan(const Plan &plan) : plan(&plan) {}

  const Plan *plan;
  std::vector<Tensor> tensors; ///< inputs, then outputs; the data are not used
  WorkspaceLayout layout;
  std::vector<BoundStep> bound;
  std::vector<BoundMap> mapped;
  std::vector<size_t> updated; ///< see checkOverlaps()
};

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_BINDING_H
