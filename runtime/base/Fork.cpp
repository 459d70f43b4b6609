#include "runtime/base/Fork.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include <pthread.h>

namespace hipc {

namespace {
struct Registry {
  std::mutex mutex; ///< guards `hooks`
  std::vector<const ForkHooks *> hooks;
  std::atomic<uint64_t> generation = 0;

  /// Never destroyed: objects of the last destructors have hooks too.
  static Registry &get() {
    static Registry *registry = new Registry();
    return *registry;
  }

private:
  Registry() { ::pthread_atfork(before, inParent, inChild); }

  static void before() {
    get().mutex.lock();
    for (const ForkHooks *each : get().hooks)
      each->before();
  }
  static void after(bool child) {
    std::vector<const ForkHooks *> &hooks = get().hooks;
    std::for_each(hooks.rbegin(), hooks.rend(),
                  [&](const ForkHooks *each) { each->after(child); });
    get().mutex.unlock();
  }
  static void inParent() { after(/*child=*/false); }
  static void inChild() {
    ++get().generation;
    after(/*child=*/true);
  }
};
} // namespace

ForkHooks::ForkHooks(std::function<void()> before,
                     std::function<void(bool)> after)
    : before(std::move(before)), after(std::move(after)) {
  std::lock_guard lock(Registry::get().mutex);
  Registry::get().hooks.push_back(this);
}

ForkHooks::~ForkHooks() {
  std::lock_guard lock(Registry::get().mutex);
  std::erase(Registry::get().hooks, this);
}

uint64_t forkGeneration() { return Registry::get().generation; }

} // namespace hipc
