//===- BoundPlans.h - Bound plans for the next calls ------------*- C++ -*-===//
//
// Layers of a model and steps of a benchmark call one program on the same
// shapes again and again: what depends only on the shapes is kept.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CALL_BOUNDPLANS_H
#define HIPC_RUNTIME_CALL_BOUNDPLANS_H

#include "runtime/call/Binding.h"

#include <mutex>

namespace hipc {

/// Plans that no call is using. A call takes one, places its buffers, and gives
/// it back: calls of several threads never share one.
class BoundPlans {
public:
  /// A plan that fits, or null.
  std::unique_ptr<BoundPlan> take(std::span<const Tensor> inputs,
                                  std::span<const Tensor> outputs);
  void giveBack(std::unique_ptr<BoundPlan> plan);

private:
  std::mutex mutex;
  std::vector<std::unique_ptr<BoundPlan>> idle; ///< the last used at the end
};

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_BOUNDPLANS_H
