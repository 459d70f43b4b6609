//===- sync/AllocateShared.cpp - An offset for each array in shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/layout/Layout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/Names.h"
#include "passes/sync/Lifetimes.h"
#include "passes/sync/SharedAccesses.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPALLOCATESHARED
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

struct Array {
  GpuAllocOp alloc;
  /// The alloc and what takes its memory.
  SmallVector<Operation *> uses;
  int64_t begin = 0;

  int64_t size() { return alloc.getMemory().getType().getBytes(); }
  int64_t end() { return begin + size(); }
};

/// Gives the arrays of one kernel their offsets.
class Allocation {
public:
  explicit Allocation(TileKernelOp kernel) : kernel(kernel) {}

  LogicalResult run();

private:
  LogicalResult findArrays();
  LogicalResult findUses(Array &array);
  void place(Array &array, ArrayRef<Array> placed);
  void finish();

  TileKernelOp kernel;
  SmallVector<Array> arrays;
  /// Bytes of other use at the front.
  int64_t front = 0;
};

} // namespace

LogicalResult Allocation::findUses(Array &array) {
  array.uses.push_back(array.alloc);
  SmallVector<Value> open{array.alloc.getMemory()};
  while (!open.empty())
    for (Operation *user : open.pop_back_val().getUsers()) {
      if (!takesSharedMemory(user))
        return user->emitOpError()
               << "takes shared memory; only hip.gpu ops that move it or "
                  "multiply by it do";
      array.uses.push_back(user);
      if (auto slot = dyn_cast<GpuSlotOp>(user))
        open.push_back(slot.getStage());
    }
  return success();
}

LogicalResult Allocation::findArrays() {
  GpuAllocOp with, without;
  kernel.walk([&](GpuAllocOp alloc) {
    (alloc.getOffset() ? with : without) = alloc;
    arrays.push_back({alloc, {}});
  });
  if (with && without) {
    InFlightDiagnostic error = without.emitOpError();
    error << "has no offset, but another array of its kernel has "
          << *with.getOffset() << "; give all arrays offsets or none";
    error.attachNote(with.getLoc()) << "the array with an offset";
    return error;
  }
  if (with)
    arrays.clear();
  for (Array &array : arrays)
    if (failed(findUses(array)))
      return failure();
  return success();
}

/// The first place where no other array is that may be in use meanwhile.
void Allocation::place(Array &array, ArrayRef<Array> placed) {
  SmallVector<Array> others;
  for (const Array &other : placed)
    if (!areApart(array.uses, other.uses))
      others.push_back(other);
  llvm::sort(others, [](auto &a, auto &b) { return a.begin < b.begin; });
  int64_t alignment = array.alloc.getMemory().getType().getAlignment();
  array.begin = llvm::alignTo(front, alignment);
  for (Array &other : others)
    if (other.begin < array.end())
      array.begin =
          llvm::alignTo(std::max(array.begin, other.end()), alignment);
}

void Allocation::finish() {
  int64_t total = front, alignment = layout::kVectorBytes;
  for (Array &array : arrays) {
    array.alloc.setOffset(array.begin);
    total = std::max(total, array.end());
    alignment =
        std::max(alignment, array.alloc.getMemory().getType().getAlignment());
  }
  if (alignment > layout::kVectorBytes)
    kernel->setAttr(kSharedAlignment,
                    Builder(kernel.getContext()).getI64IntegerAttr(alignment));
  kernel.setSharedBytes(total);
  debug(DebugTag::Layout, kernel, [&](auto &out) {
    out << total - front << " bytes of shared memory for " << arrays.size()
        << (arrays.size() == 1 ? " array" : " arrays");
    if (front > 0)
      out << ", after " << front << " of other use";
  });
}

LogicalResult Allocation::run() {
  if (failed(findArrays()))
    return failure();
  if (arrays.empty())
    return success();
  front = llvm::alignTo(kernel.getSharedBytes(), layout::kVectorBytes);
  for (size_t i = 0; i < arrays.size(); ++i)
    place(arrays[i], ArrayRef(arrays).take_front(i));
  finish();
  return success();
}

namespace {
struct AllocateShared : hip::impl::HipAllocateSharedBase<AllocateShared> {
  using HipAllocateSharedBase::HipAllocateSharedBase;

  void runOnOperation() override {
    auto result = getOperation()->walk([](Operation *op) -> WalkResult {
      if (auto kernel = dyn_cast<TileKernelOp>(op))
        return WalkResult(Allocation(kernel).run());
      if (!isa<GpuAllocOp>(op) || op->getParentOfType<TileKernelOp>())
        return WalkResult::advance();
      return op->emitOpError()
             << "is not in a kernel; put it into a hip.tile.kernel";
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
