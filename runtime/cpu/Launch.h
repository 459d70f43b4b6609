//===- Launch.h - What compiled host functions call -------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_LAUNCH_H
#define HIPC_RUNTIME_CPU_LAUNCH_H

#include <cstdint>

/// One grid cell of a compiled kernel. `args` are 8-byte slots in order: a
/// pointer, an i64, or an f32 in the low 4 bytes.
extern "C" {
typedef void (*hipc_cpu_kernel)(const uint64_t *args, int64_t x, int64_t y,
                                int64_t z, int64_t worker);

/// Runs all cells of a grid on the current pool of this thread (PoolScope), or
/// inline where there is none, and returns when all are done. A grid with a
/// size of 0 or less has no cells.
void hipc_cpu_launch(hipc_cpu_kernel kernel, const uint64_t *args, int64_t gx,
                     int64_t gy, int64_t gz);

/// Workers of the current pool: the bound of a kernel's `worker`.
int64_t hipc_cpu_workers();
}

#endif // HIPC_RUNTIME_CPU_LAUNCH_H
