#include "runtime/cpu/Launch.h"

#include "runtime/cpu/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <limits>

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

namespace {
/// What compiled code of this thread has allocated, oldest first. Plain memory,
/// so that a lack of it is an answer here too.
class Allocations {
public:
  ~Allocations() { std::free(entries); }
  size_t size() const { return count; }

  bool push(void *memory) {
    if (count == capacity) {
      size_t more = capacity ? 2 * capacity : 16;
      void *moved = std::realloc(entries, more * sizeof(void *));
      if (!moved)
        return false;
      entries = static_cast<void **>(moved);
      capacity = more;
    }
    entries[count++] = memory;
    return true;
  }
  /// Freed soonest is what was allocated last.
  void forget(void *memory) {
    for (size_t i = count; i > 0; --i)
      if (entries[i - 1] == memory) {
        std::copy(entries + i, entries + count, entries + i - 1);
        --count;
        return;
      }
  }
  void forgetFrom(size_t first) { count = first; }
  void freeFrom(size_t first) {
    while (count > first)
      std::free(entries[--count]);
  }

private:
  void **entries = nullptr;
  size_t count = 0, capacity = 0;
};

/// A run of compiled code that can be left from within.
struct Run {
  std::jmp_buf start;
  size_t allocations;
  Run *outer;
};
thread_local Allocations allocations;
thread_local Run *innermostRun = nullptr;
thread_local uint64_t bytesMissing = 0;

[[noreturn]] void leave(uint64_t bytes) {
  if (!innermostRun) {
    std::fprintf(stderr, "hipc: no memory for %llu bytes\n",
                 static_cast<unsigned long long>(bytes));
    std::abort();
  }
  bytesMissing = bytes;
  std::longjmp(innermostRun->start, 1);
}
} // namespace

std::optional<uint64_t> hipc::runWithMemory(void (*body)(void *),
                                            void *context) {
  Run run{{}, allocations.size(), innermostRun};
  if (setjmp(run.start) != 0) {
    innermostRun = run.outer;
    allocations.freeFrom(run.allocations);
    return bytesMissing;
  }
  innermostRun = &run;
  body(context);
  innermostRun = run.outer;
  allocations.forgetFrom(run.allocations);
  return std::nullopt;
}

void *hipc_cpu_alloc(uint64_t bytes) {
  constexpr uint64_t kAlignment = 64;
  void *memory = nullptr;
  if (bytes <= uint64_t(std::numeric_limits<int64_t>::max()) - kAlignment)
    memory = std::aligned_alloc(
        kAlignment,
        std::max<uint64_t>((bytes + kAlignment - 1) & -kAlignment, kAlignment));
  if (!memory || !allocations.push(memory)) {
    std::free(memory);
    leave(bytes);
  }
  return memory;
}

void hipc_cpu_free(void *memory) {
  allocations.forget(memory);
  std::free(memory);
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {
/// One launch; thread blocks that come after one without memory are not run.
struct Launch {
  hipc_cpu_kernel kernel;
  const uint64_t *args;
  int64_t gx, gy;
  std::atomic<bool> failed = false;
  std::atomic<uint64_t> missing = 0;

  void run(int64_t block, int64_t worker) {
    if (failed.load(std::memory_order_relaxed))
      return;
    struct Task {
      Launch *launch;
      int64_t number, worker;
    } context{this, block, worker};
    auto body = [](void *context) {
      auto &[launch, block, worker] = *static_cast<Task *>(context);
      launch->kernel(launch->args, block % launch->gx,
                     block / launch->gx % launch->gy,
                     block / launch->gx / launch->gy, worker);
    };
    if (auto bytes = hipc::runWithMemory(body, &context)) {
      missing = *bytes;
      failed = true;
    }
  }
};
} // namespace

void hipc_cpu_launch(hipc_cpu_kernel kernel, const uint64_t *args, int64_t gx,
                     int64_t gy, int64_t gz) {
  if (gx <= 0 || gy <= 0 || gz <= 0)
    return;
  int64_t blocks = 0;
  // A grid beyond 2^63 thread blocks never ends either way.
  if (__builtin_mul_overflow(gx, gy, &blocks) ||
      __builtin_mul_overflow(blocks, gz, &blocks))
    blocks = std::numeric_limits<int64_t>::max();
  Launch launch{kernel, args, gx, gy};
  auto runBlock = [&](int64_t block, int64_t worker) {
    launch.run(block, worker);
  };
  if (hipc::ThreadPool *pool = hipc::PoolScope::current()) {
    pool->parallelFor(blocks, runBlock);
  } else {
    for (int64_t block = 0; block < blocks; ++block)
      runBlock(block, 0);
  }
  if (launch.failed)
    leave(launch.missing);
}
