//===- sync/InsertFences.cpp - Fences where wgmma reads what threads wrote
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "passes/Passes.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPINSERTFENCES
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Whether a thread may have written since its last fence, or have learnt at a
/// meeting what others wrote.
static bool bringsWrites(Operation *op) {
  return isa<gpu::BarrierOp, TilePhaseOp, GpuBarrierOp, GpuAwaitOp, GpuWaitOp,
             GpuLocalStoreOp, GpuFillOp, GpuCopyOp, GpuGatherOp, GpuReduceOp,
             GpuSkipZeroOp>(op);
}

static bool isWgmma(Operation *op) {
  auto mma = dyn_cast<GpuMmaOp>(op);
  return mma && mma.getUnit() == MatrixUnit::Wgmma;
}

/// Goes through a block with what is not fenced at its start, to its end.
static bool fence(Block &block, bool open);

/// Branches are gone through one of them, loops again and again.
static bool fenceRegions(Operation *op, bool open) {
  bool isLoop = isa<LoopLikeOpInterface>(op);
  bool brings = op->walk([&](Operation *inner) {
                    return bringsWrites(inner) ? WalkResult::interrupt()
                                               : WalkResult::advance();
                  }).wasInterrupted();
  bool entry = open || (isLoop && brings), end = open;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      end |= fence(block, entry);
  return end;
}

static bool fence(Block &block, bool open) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isWgmma(&op) && open) {
      OpBuilder b(&op);
      GpuFenceOp::create(b, op.getLoc());
      open = false;
    } else if (isa<GpuFenceOp>(op)) {
      open = false;
    } else if (bringsWrites(&op)) {
      open = true;
    } else if (op.getNumRegions() > 0) {
      open = fenceRegions(&op, open);
    }
  }
  return open;
}

namespace {
struct InsertFences : hip::impl::HipInsertFencesBase<InsertFences> {
  void runOnOperation() override {
    getOperation()->walk([](TileKernelOp kernel) {
      fence(kernel.getBody().front(), /*open=*/false);
    });
  }
};
} // namespace
