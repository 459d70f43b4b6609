#include "runtime/call/BoundPlans.h"

namespace hipc {

constexpr size_t kMostIdle = 16;
/// Loops may unroll to many more, which are not worth their memory.
constexpr size_t kMostKeptSteps = 1024;

std::unique_ptr<BoundPlan> BoundPlans::take(std::span<const Tensor> inputs,
                                            std::span<const Tensor> outputs) {
  std::lock_guard lock(mutex);
  auto found = std::find_if(idle.rbegin(), idle.rend(), [&](const auto &plan) {
    return plan->fits(inputs, outputs);
  });
  if (found == idle.rend())
    return nullptr;
  std::unique_ptr<BoundPlan> plan = std::move(*found);
  idle.erase(std::next(found).base());
  return plan;
}

void BoundPlans::giveBack(std::unique_ptr<BoundPlan> plan) {
  if (plan->steps().size() > kMostKeptSteps)
    return;
  std::lock_guard lock(mutex);
  if (idle.size() == kMostIdle)
    idle.erase(idle.begin());
  idle.push_back(std::move(plan));
}

} // namespace hipc
