//===- LlvmScope.cpp - A thread inside LLVM
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/LlvmScope.h"

#include "runtime/base/Fork.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace hipc {

namespace {
/// Scopes of this thread.
thread_local int64_t ownScopes = 0;

class Gate {
public:
  /// Never destroyed: destructors of programs enter it at the very end.
  static Gate &get() {
    static Gate *gate = new Gate();
    return *gate;
  }

  void enter() {
    std::unique_lock lock(locks->mutex);
    // Forks come first, or threads that compile all the time would keep one
    // waiting. Who is inside already is waited for, and has to go on.
    locks->changed.wait(lock, [&] { return ownScopes > 0 || forks == 0; });
    ++ownScopes;
    ++scopes;
  }

  void leave() {
    std::lock_guard lock(locks->mutex);
    --ownScopes;
    --scopes;
    locks->changed.notify_all();
  }

private:
  struct Locks {
    std::mutex mutex;
    std::condition_variable changed;
    Locks *parents = nullptr; ///< where a leak checker finds them
  };

  Gate()
      : hooks([this] { beforeFork(); }, [this](bool child) { after(child); }) {}

  /// Ends with the mutex locked.
  void beforeFork() {
    std::unique_lock lock(locks->mutex);
    ++forks;
    locks->changed.wait(lock, [&] { return scopes == ownScopes; });
    lock.release();
  }

  void after(bool child) {
    if (child) {
      // Threads that waited are not there to leave: neither of the locks can
      // be destroyed.
      Locks *parents = std::exchange(locks, new Locks());
      parents->mutex.unlock(); // or this thread seems to hold it for ever
      locks->parents = parents;
      forks = 0;
      return;
    }
    --forks;
    locks->changed.notify_all();
    locks->mutex.unlock();
  }

  Locks *locks = new Locks();
  int64_t scopes = 0; ///< of all threads; guarded by the mutex
  int64_t forks = 0;  ///< that wait or run; guarded by the mutex
  ForkHooks hooks;
};
} // namespace

LlvmScope::LlvmScope() { Gate::get().enter(); }
LlvmScope::~LlvmScope() { Gate::get().leave(); }

} // namespace hipc
