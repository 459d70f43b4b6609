#include "runtime/cpu/ThreadPool.h"
#include "runtime/cpu/Launch.h"
#include "test/unit/ChildProcess.h"
#include "test/unit/runtime/TestSupport.h"

#include <atomic>
#include <cstring>
#include <thread>

namespace hipc {
namespace {
using test::expectError;

std::unique_ptr<ThreadPool> makePool(int64_t workers) {
  Expected<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(workers);
  EXPECT_TRUE(pool.ok()) << pool.status().message();
  return std::move(*pool);
}

TEST(ThreadPool, RunsEachIndexOnce) {
  for (int64_t workers : {1, 2, 5}) {
    std::unique_ptr<ThreadPool> pool = makePool(workers);
    EXPECT_EQ(pool->workers(), workers);
    for (int64_t total : {0, 1, 2, 7, 1000, 20011}) {
      std::vector<std::atomic<int>> seen(total);
      std::atomic<int64_t> badWorkers = 0;
      pool->parallelFor(total, [&](int64_t index, int64_t worker) {
        ++seen[index];
        badWorkers += worker < 0 || worker >= workers;
      });
      EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), total);
      EXPECT_EQ(badWorkers, 0);
    }
  }
}

TEST(ThreadPool, WorkersAreNeverShared) {
  std::unique_ptr<ThreadPool> pool = makePool(4);
  std::vector<int64_t> sums(4, 0); // not atomic on purpose
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        pool->parallelFor(
            100, [&](int64_t index, int64_t worker) { sums[worker] += index; });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sums[0] + sums[1] + sums[2] + sums[3], 4 * 50 * 4950);
}

TEST(ThreadPool, NestedCallsRunInlineAsTheSameWorker) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  std::atomic<int64_t> count = 0, strangers = 0;
  pool->parallelFor(40, [&](int64_t, int64_t outer) {
    pool->parallelFor(10, [&](int64_t, int64_t inner) {
      ++count;
      strangers += inner != outer;
    });
  });
  EXPECT_EQ(count, 400);
  EXPECT_EQ(strangers, 0);
}

TEST(ThreadPool, NestsThroughAnotherPool) {
  std::unique_ptr<ThreadPool> outer = makePool(2), inner = makePool(2);
  std::atomic<int64_t> count = 0;
  outer->parallelFor(8, [&](int64_t, int64_t) {
    inner->parallelFor(8, [&](int64_t, int64_t) { ++count; });
  });
  EXPECT_EQ(count, 64);
}

/// A function of its own: sanitizers set a frame aside where it begins.
[[gnu::noinline]] void useBigStack() {
  volatile char tile[32 << 20];
  tile[0] = 1;
  tile[sizeof(tile) - 1] = 1;
}

TEST(ThreadPool, ThreadsHaveBigStacks) {
  std::unique_ptr<ThreadPool> pool = makePool(2);
  std::atomic<bool> helped = false;
  std::thread::id caller = std::this_thread::get_id();
  pool->parallelFor(2, [&](int64_t, int64_t) {
    if (std::this_thread::get_id() == caller) {
      while (!helped)
        std::this_thread::yield();
      return;
    }
    useBigStack();
    helped = true;
  });
  EXPECT_TRUE(helped);
}

TEST(ThreadPool, StartsAndStopsQuickly) {
  for (int round = 0; round < 50; ++round)
    makePool(4);
}

TEST(ThreadPool, RefusesImpossibleSizes) {
  expectError(ThreadPool::create(0).status(), Code::Invalid, {"0 workers"});
  expectError(ThreadPool::create(-3).status(), Code::Invalid, {"-3"});
  expectError(ThreadPool::create(2, size_t{1} << 60).status(), Code::Device,
              {"thread 1 of 1", "1152921504606846976"});
}

#ifndef HIPC_TEST_NO_FORK
/// Whether the pool runs each index once, on as many threads as it says.
bool runsEverything(ThreadPool &pool) {
  std::vector<std::atomic<int>> seen(1000);
  pool.parallelFor(1000, [&](int64_t index, int64_t) { ++seen[index]; });
  // Each waits until all workers have come.
  std::atomic<int64_t> here = 0;
  pool.parallelFor(pool.workers(), [&](int64_t, int64_t) {
    ++here;
    while (here < pool.workers())
      std::this_thread::yield();
  });
  return std::count(seen.begin(), seen.end(), 1) == 1000;
}

TEST(ThreadPool, AForkedChildHasThreadsOfItsOwn) {
  using hipc_test::inChild;
  for (int64_t workers : {1, 2, 5}) {
    std::unique_ptr<ThreadPool> pool = makePool(workers);
    for (bool ranBefore : {false, true}) {
      if (ranBefore)
        EXPECT_TRUE(runsEverything(*pool));
      // It runs, drops, does nothing, or forks once more before and after.
      EXPECT_EQ(inChild([&] { return runsEverything(*pool); }), 0);
      EXPECT_EQ(inChild([&] {
                  pool.reset();
                  return true;
                }),
                0);
      EXPECT_EQ(inChild([] { return true; }), 0);
      EXPECT_EQ(inChild([&] {
                  auto run = [&] { return runsEverything(*pool); };
                  return inChild(run) == 0 && run() && inChild(run) == 0;
                }),
                0);
    }
    EXPECT_TRUE(runsEverything(*pool));
  }
}

TEST(ThreadPool, AChildOfAPoolInUseRunsAndEnds) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  std::atomic<bool> done = false;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      std::atomic<int64_t> sum = 0;
      while (!done)
        pool->parallelFor(200, [&](int64_t index, int64_t) { sum += index; });
    });
  for (int round = 0; round < 40; ++round)
    ASSERT_EQ(hipc_test::inChild([&] {
                bool right = runsEverything(*pool);
                pool.reset();
                return right;
              }),
              0);
  done = true;
  for (std::thread &caller : callers)
    caller.join();
}
#endif // HIPC_TEST_NO_FORK

struct Grid {
  int64_t workers;
  std::atomic<int> seen[4 * 3 * 2] = {};
};

void countBlock(const uint64_t *args, int64_t x, int64_t y, int64_t z,
                int64_t worker) {
  auto *grid = reinterpret_cast<Grid *>(args[0]);
  if (worker < grid->workers)
    ++grid->seen[x + 4 * y + 12 * z];
}

TEST(Launch, RunsEachThreadBlockOnce) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  for (bool scoped : {false, true}) {
    Grid grid{scoped ? 3 : 1};
    uint64_t args[] = {reinterpret_cast<uint64_t>(&grid)};
    std::optional<PoolScope> scope;
    if (scoped)
      scope.emplace(*pool);
    hipc_cpu_launch(countBlock, args, 4, 3, 2);
    hipc_cpu_launch(countBlock, args, 4, 0, 2);
    hipc_cpu_launch(countBlock, args, -1, 3, 2);
    EXPECT_EQ(std::count(std::begin(grid.seen), std::end(grid.seen), 1), 24);
  }
  EXPECT_EQ(PoolScope::current(), nullptr);
}

/// Asks for memory that no machine has in thread block 5, and for some in the
/// others.
void askInBlock(const uint64_t *args, int64_t x, int64_t, int64_t, int64_t) {
  void *first = hipc_cpu_alloc(64);
  void *second = hipc_cpu_alloc(x == 5 ? args[0] : 100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 64, 0u);
  hipc_cpu_free(first);
  hipc_cpu_free(second);
}

TEST(Launch, AKernelWithoutMemoryEndsTheRun) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  for (uint64_t bytes : {uint64_t{1} << 62, ~uint64_t{0}}) {
    PoolScope scope(*pool);
    uint64_t args[] = {bytes};
    bool returned = false;
    auto body = [&] {
      hipc_cpu_alloc(200); // freed with the run: the leak checker looks
      hipc_cpu_launch(askInBlock, args, 64, 1, 1);
      returned = true;
    };
    using Body = decltype(body);
    auto call = [](void *context) { (*static_cast<Body *>(context))(); };
    EXPECT_EQ(runWithMemory(call, &body), bytes);
    EXPECT_FALSE(returned);
  }
}

TEST(Launch, MemoryThatIsLeftIsTheCallers) {
  void *kept = nullptr;
  auto run = [](void *kept) {
    void *freed = hipc_cpu_alloc(0);
    *static_cast<void **>(kept) = hipc_cpu_alloc(1000);
    hipc_cpu_free(freed);
  };
  EXPECT_EQ(runWithMemory(run, &kept), std::nullopt);
  std::free(kept);
  hipc_cpu_free(nullptr);
}

} // namespace
} // namespace hipc
