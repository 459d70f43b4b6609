//===- Fork.h - State that outlives fork() ----------------------*- C++ -*-===//
//
// A child of fork() has one thread, and every lock in its state at the time.
// Locks that are held only for a moment are taken by the thread that forks, so
// that no other thread holds them; what other threads had not finished is given
// up in the child. Nothing here concerns processes that vfork() or
// posix_spawn() start: they share the parent's memory until they execute
// another program.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_BASE_FORK_H
#define HIPC_RUNTIME_BASE_FORK_H

#include <cstdint>
#include <functional>

namespace hipc {

/// What an object does around each fork() of the process, in the thread that
/// forks. It has to be the last member of its owner, since it uses the others.
class ForkHooks {
public:
  /// `before` may lock what the object locks for a moment, and nothing that is
  /// held while hooks are made or removed. `after` unlocks it; its argument
  /// says whether this is the child.
  ForkHooks(std::function<void()> before, std::function<void(bool)> after);
  ~ForkHooks();
  ForkHooks(const ForkHooks &) = delete;
  ForkHooks &operator=(const ForkHooks &) = delete;

  const std::function<void()> before;
  const std::function<void(bool)> after;
};

/// How many forks lie between the first process and this one.
uint64_t forkGeneration();

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_FORK_H
