#include "runtime/cpu/Launch.h"

#include "runtime/cpu/ThreadPool.h"

#include <limits>

void hipc_cpu_launch(hipc_cpu_kernel kernel, const uint64_t *args, int64_t gx,
                     int64_t gy, int64_t gz) {
  if (gx <= 0 || gy <= 0 || gz <= 0)
    return;
  int64_t cells = 0;
  // A grid beyond 2^63 cells never ends either way.
  if (__builtin_mul_overflow(gx, gy, &cells) ||
      __builtin_mul_overflow(cells, gz, &cells))
    cells = std::numeric_limits<int64_t>::max();
  auto runCell = [=](int64_t cell, int64_t worker) {
    kernel(args, cell % gx, cell / gx % gy, cell / gx / gy, worker);
  };
  if (hipc::ThreadPool *pool = hipc::PoolScope::current()) {
    pool->parallelFor(cells, runCell);
    return;
  }
  for (int64_t cell = 0; cell < cells; ++cell)
    runCell(cell, 0);
}

int64_t hipc_cpu_workers() {
  hipc::ThreadPool *pool = hipc::PoolScope::current();
  return pool ? pool->workers() : 1;
}
