//===- sync/SharedAccesses.h - What ops do to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SYNC_SHAREDACCESSES_H
#define HIP_PASSES_SYNC_SHAREDACCESSES_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Some threads read or write the bytes of an array, in no known order with
/// respect to other threads.
struct SharedAccess {
  Operation *op;
  GpuAllocOp array;
  bool writes;
  /// Through hip.gpu.slot.
  bool staged;
  /// The array's bytes.
  int64_t begin, end;

  /// Whether a barrier is needed between the two. Stages of one array are
  /// synchronized by the pass that made them.
  bool meets(const SharedAccess &other) const;
  /// Whether it meets the same, whichever op does it.
  bool isLike(const SharedAccess &other) const;
};

/// The accesses between two barriers; equal ones are kept once.
class SharedAccesses {
public:
  void add(const SharedAccess &access);
  void add(const SharedAccesses &others);
  bool contains(const SharedAccesses &others) const;
  bool empty() const { return accesses.empty(); }
  void clear() { accesses.clear(); }

  /// An access of ours and one of theirs that meet.
  std::optional<std::pair<SharedAccess, SharedAccess>>
  meeting(const SharedAccesses &others) const;

private:
  SmallVector<SharedAccess> accesses;
};

/// A summary of a part of a kernel, as seen from before and from after it.
struct SharedEffects {
  /// What may be done before the first barrier, and since the last one.
  SharedAccesses before, after;
  /// Whether there is a barrier on every path through it.
  bool hasBarrier = false;

  /// Adds what comes next.
  void append(const SharedEffects &next);
};

/// Whether `op` reads or writes shared memory or takes a stage of it.
bool takesSharedMemory(Operation *op);

/// What `op` does, its regions left out; fails on memory of no array, and on
/// arrays without an offset.
FailureOr<SharedEffects> effectsOf(Operation *op);

} // namespace mlir::hip

#endif // HIP_PASSES_SYNC_SHAREDACCESSES_H
