//===- sync/InsertFences.cpp - Fences where wgmma reads what threads wrote
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/MatrixUnits.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "passes/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPINSERTFENCES
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

using Arrays = llvm::SmallSetVector<Value, 4>;

static Value arrayOf(Value memory) {
  while (auto slot = memory.getDefiningOp<GpuSlotOp>())
    memory = slot.getMemory();
  return memory;
}

/// The array that an op writes, which TMA does not: null for none. What
/// hip.gpu.skip_zero writes it fences.
static Value writtenBy(Operation *op) {
  return TypeSwitch<Operation *, Value>(op)
      .Case<GpuLocalStoreOp, GpuFillOp, GpuCopyOp, GpuGatherOp>(
          [](auto write) { return arrayOf(write.getMemory()); })
      .Case([](GpuReduceOp reduce) { return arrayOf(reduce.getScratch()); })
      .Default([](Operation *) { return Value(); });
}

static bool isAsync(Operation *op) {
  auto copy = dyn_cast<GpuCopyOp>(op);
  auto gather = dyn_cast<GpuGatherOp>(op);
  return (copy && copy.getAsync()) || (gather && gather.getAsync());
}

/// Where a thread learns what others wrote, or what its copies did.
static bool isMeeting(Operation *op) {
  return isa<gpu::BarrierOp, TilePhaseOp, GpuBarrierOp, GpuAwaitOp, GpuWaitOp>(
      op);
}

namespace {

/// Goes through the threads of one role.
class Fences {
public:
  explicit Fences(Block &role) {
    auto kernel = role.getParent()->getParentOfType<TileKernelOp>();
    kernel.getBody().walk([&](Operation *op) {
      Value array = writtenBy(op);
      bool isOwn = role.findAncestorOpInBlock(*op) != nullptr;
      if (array && (isAsync(op) || !isOwn))
        learnt.insert(array);
    });
  }

  /// With what is not fenced at the start of a block, to its end.
  Arrays fence(Block &block, Arrays open);

private:
  Arrays fenceRegions(Operation *op, Arrays open);
  Arrays broughtBy(Operation *op);

  /// What others write, and what copies do when nobody looks.
  Arrays learnt;
};

} // namespace

Arrays Fences::broughtBy(Operation *op) {
  if (isMeeting(op))
    return learnt;
  Arrays arrays;
  if (Value array = writtenBy(op))
    arrays.insert(array);
  return arrays;
}

/// Branches are gone through one of them, loops again and again; roles are for
/// themselves.
Arrays Fences::fenceRegions(Operation *op, Arrays open) {
  if (isa<LoopLikeOpInterface>(op))
    op->walk([&](Operation *inner) { open.insert_range(broughtBy(inner)); });
  Arrays end = open;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      end.insert_range(fence(block, open));
  return end;
}

/// Whether a wgmma reads what is not fenced.
static bool needsFence(Operation *op, const Arrays &open) {
  auto mma = dyn_cast<GpuMmaOp>(op);
  if (!mma || !rowOf(mma.getUnit()).isAsync)
    return false;
  return open.contains(arrayOf(mma.getB())) ||
         (isa<SmemType>(mma.getA().getType()) &&
          open.contains(arrayOf(mma.getA())));
}

Arrays Fences::fence(Block &block, Arrays open) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (needsFence(&op, open)) {
      OpBuilder b(&op);
      GpuFenceOp::create(b, op.getLoc());
      open.clear();
    } else if (isa<GpuFenceOp>(op)) {
      open.clear();
    } else if (auto roles = dyn_cast<GpuRolesOp>(op)) {
      for (Region &region : roles->getRegions())
        Fences(region.front()).fence(region.front(), open);
    } else if (op.getNumRegions() > 0 && !writtenBy(&op)) {
      open = fenceRegions(&op, open);
    } else {
      open.insert_range(broughtBy(&op));
    }
  }
  return open;
}

namespace {
struct InsertFences : hip::impl::HipInsertFencesBase<InsertFences> {
  void runOnOperation() override {
    getOperation()->walk([](TileKernelOp kernel) {
      Block &body = kernel.getBody().front();
      Fences(body).fence(body, {});
    });
  }
};
} // namespace
