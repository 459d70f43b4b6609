//===- ThreadPool.h - Fixed threads for grids of tasks ----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_THREADPOOL_H
#define HIPC_RUNTIME_CPU_THREADPOOL_H

#include "runtime/base/Fork.h"
#include "runtime/base/Status.h"

#include <memory>
#include <type_traits>
#include <vector>

#include <pthread.h>

namespace hipc {

/// Runs the tasks of one parallelFor at a time on a fixed number of workers.
/// The calling thread is worker 0, so that a pool of one worker has no thread.
/// A child of fork() has the pool without its threads: the next parallelFor
/// starts them again, whatever the parent's threads were doing. Bodies must
/// not fork.
class ThreadPool {
public:
  /// Kernels keep tiles on the stack; the memory is touched only where used.
  static constexpr size_t kStackBytes = size_t{64} << 20;
  static constexpr int64_t kMostWorkers = 4096;

  /// One worker for each processor that this process may run on.
  static int64_t defaultWorkers();

  static Expected<std::unique_ptr<ThreadPool>>
  create(int64_t workers, size_t stackBytes = kStackBytes);

  /// Ends the threads. No parallelFor may be running.
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int64_t workers() const { return workerCount; }

  /// Calls body(index, worker) once for each index in [0, total) and returns
  /// when all calls have. `worker` is in [0, workers()) and no two calls at a
  /// time share one. Callers from several threads take turns; a call from
  /// within a body runs inline, as that body's worker. Bodies must not throw.
  template <typename Body> void parallelFor(int64_t total, Body &&body) {
    using Callable = std::remove_reference_t<Body>;
    auto invoke = [](void *context, int64_t index, int64_t worker) {
      (*static_cast<Callable *>(context))(index, worker);
    };
    run(total, invoke, const_cast<std::remove_const_t<Callable> *>(&body));
  }

private:
  using Invoke = void (*)(void *context, int64_t index, int64_t worker);
  struct Job;
  struct Shared;

  ThreadPool(int64_t workers, size_t stackBytes);
  Status start();
  void abandonThreads();
  void run(int64_t total, Invoke invoke, void *context);
  void workerLoop(int64_t worker);

  int64_t workerCount;
  size_t stackBytes;
  std::vector<pthread_t> threads;
  bool threadsLost = false; ///< by fork(); guarded by `callers`
  std::unique_ptr<Shared> shared;
  ForkHooks hooks;
};

/// Makes a pool the one that hipc_cpu_launch uses on this thread.
class PoolScope {
public:
  explicit PoolScope(ThreadPool &pool);
  ~PoolScope();
  PoolScope(const PoolScope &) = delete;
  PoolScope &operator=(const PoolScope &) = delete;

  /// The innermost pool of this thread, or null.
  static ThreadPool *current();

private:
  ThreadPool *outer;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_THREADPOOL_H
