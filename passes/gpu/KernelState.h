//===- gpu/KernelState.h - Threads and shared memory of one kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_GPU_KERNELSTATE_H
#define HIP_PASSES_GPU_KERNELSTATE_H

#include "dialect/HipOps.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "passes/support/ScalarBuilder.h"
#include <deque>

namespace mlir::hip::gpupasses {

/// Rows in shared memory, `pitch` bytes apart.
struct SharedBuffer {
  int64_t offset, pitch;
  int64_t rows, columns;
  Type element;
  /// Whether threads may have read or written it since the last barrier.
  bool read = false, written = false;
  /// Whether copies into it may still be on their way.
  bool coming = false;
  /// One of several stages starts at this row; a loop places their barriers.
  Value firstRow = nullptr;

  int64_t elementBytes() const { return element.getIntOrFloatBitWidth() / 8; }
};

/// What the ops of a kernel share: which thread this is, and shared memory with
/// the barriers it needs. One thread after another is what the program says; a
/// barrier goes where a thread reads what others wrote, or the reverse.
class KernelState {
public:
  explicit KernelState(gpu::LaunchOp kernel);

  Value thread, lane, warp;
  int64_t threads;

  SharedBuffer &allocate(int64_t rows, int64_t columns, Type element,
                         bool padded);
  int64_t sharedBytes() const { return std::max(mostBytes, bytes); }
  /// After a barrier that no tile outlives: its shared memory is free.
  void beginPhase();
  /// Stage `slot` of the `count` that `buffer` has rows for.
  SharedBuffer &stageOf(ScalarBuilder &b, const SharedBuffer &buffer,
                        Value slot, int64_t count);
  void barrier(ScalarBuilder &b);

  /// Pointer to a place; `access` says before what is done there.
  Value pointer(ScalarBuilder &b, const SharedBuffer &buffer, Value row,
                Value column);
  /// What follows reads and writes these.
  void access(ScalarBuilder &b, ArrayRef<SharedBuffer *> reads,
              ArrayRef<SharedBuffer *> writes);
  /// Waits for copies of this thread that are on their way.
  void await(ScalarBuilder &b);
  bool isAwaiting() const;
  /// Control flow joins here: nothing is known of the accesses before.
  void forget();

private:
  Value base;
  /// Bytes that the kernel uses apart from tiles, at the front; those in use;
  /// and the most that phases before used.
  int64_t reserved = 0, bytes = 0, mostBytes = 0;
  bool sawBarrier = true;
  std::deque<SharedBuffer> buffers;
};

/// The pointer to an address, an index, in an address space of NVVM.
Value toPointer(ScalarBuilder &b, Value address, unsigned space);

} // namespace mlir::hip::gpupasses

#endif // HIP_PASSES_GPU_KERNELSTATE_H
