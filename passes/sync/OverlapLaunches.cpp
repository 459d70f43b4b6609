//===- sync/OverlapLaunches.cpp - Kernels that start before the last one ends
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel that starts early waits first of all, and lets the next one start
// when it is done: while two kernels overlap, all before them are complete. So
// nothing is read before it is written, or written while it is still read, and
// thread blocks that wait take no resources from those that work.
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPOVERLAPLAUNCHES
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Goes through host code in the order in which it runs.
class Overlap {
public:
  void run(Operation *op);

private:
  void run(Block &block);
  void runBranches(scf::IfOp branch);
  void launch(TileKernelOp kernel);

  /// Launches one of which may be the last thing in the stream. What else may
  /// be there the launcher knows.
  SetVector<TileKernelOp> last;
};

} // namespace

/// Whether a plan has no step for it. Arrays live as long as the call.
static bool isOfHost(Operation *op) {
  return isa<memref::AllocOp, memref::DeallocOp>(op) ||
         (op->getNumRegions() == 0 && isMemoryEffectFree(op));
}

/// hip-gpu-to-nvvm takes ops of a GPU in kernels of whole warps.
static bool canWait(TileKernelOp kernel) {
  return kernel.getThreads() % layout::kWarp == 0;
}

static void letNextStart(TileKernelOp kernel) {
  Operation *end = kernel.getBody().front().getTerminator();
  if (isa_and_nonnull<GpuLaunchDependentsOp>(end->getPrevNode()))
    return;
  OpBuilder b(end);
  GpuLaunchDependentsOp::create(b, kernel.getLoc());
}

void Overlap::launch(TileKernelOp kernel) {
  if (!canWait(kernel))
    return last.clear();
  if (!last.empty()) {
    auto b = OpBuilder::atBlockBegin(&kernel.getBody().front());
    GpuAwaitGridsOp::create(b, kernel.getLoc());
    kernel->setAttr(kDependentLaunch, b.getUnitAttr());
    debug(DebugTag::Tile, kernel, [](llvm::raw_ostream &out) {
      out << "starts while the kernel before it ends";
    });
  }
  for (TileKernelOp before : last)
    letNextStart(before);
  last.clear();
  last.insert(kernel);
}

void Overlap::runBranches(scf::IfOp branch) {
  SetVector<TileKernelOp> before = last, after;
  for (Region *region : {&branch.getThenRegion(), &branch.getElseRegion()}) {
    last = before;
    if (!region->empty())
      run(region->front());
    after.insert_range(last);
  }
  last = std::move(after);
}

void Overlap::run(Block &block) {
  for (Operation &op : block)
    run(&op);
}

void Overlap::run(Operation *op) {
  if (auto kernel = dyn_cast<TileKernelOp>(op))
    return launch(kernel);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return runBranches(branch);
  if (isOfHost(op) || isa<scf::YieldOp>(op))
    return;
  last.clear();
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      run(block);
      last.clear();
    }
}

namespace {
struct OverlapLaunches : hip::impl::HipOverlapLaunchesBase<OverlapLaunches> {
  using HipOverlapLaunchesBase::HipOverlapLaunchesBase;

  void runOnOperation() override {
    if (const Chip *target = findChip(chip);
        target && target->hasDependentLaunches())
      Overlap().run(getOperation());
  }
};
} // namespace
