//===- Launch.h - What compiled host functions call -------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_LAUNCH_H
#define HIPC_RUNTIME_CPU_LAUNCH_H

#include <cstdint>
#include <optional>

/// One thread block of a compiled kernel, done by one thread. `args` are 8-byte
/// slots in order: a pointer, an i64, or an f32 in the low 4 bytes.
extern "C" {
typedef void (*hipc_cpu_kernel)(const uint64_t *args, int64_t x, int64_t y,
                                int64_t z, int64_t worker);

/// Runs all thread blocks of a grid as tasks of the current pool of this thread
/// (PoolScope), or inline if there is none, and returns when all are done. A
/// grid with a size of 0 or less has no thread blocks.
void hipc_cpu_launch(hipc_cpu_kernel kernel, const uint64_t *args, int64_t gx,
                     int64_t gy, int64_t gz);

/// Memory for compiled code, aligned to 64 bytes. If there is not enough, ends
/// the host function or kernel that requests it, as runWithMemory says.
void *hipc_cpu_alloc(uint64_t bytes);
void hipc_cpu_free(void *memory);
}

namespace hipc {

/// Runs compiled code, body(context). If memory that it or a kernel of its
/// launches requests is not available, the request does not return: the memory
/// that it had is freed, and the number of requested bytes is returned here,
/// all ones if 64 bits do not hold it. Frames between must have nothing to
/// destroy. Memory that is left after success belongs to the caller, who frees
/// it with std::free.
std::optional<uint64_t> runWithMemory(void (*body)(void *), void *context);

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_LAUNCH_H
