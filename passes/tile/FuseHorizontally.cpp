//===- tile/FuseHorizontally.cpp - Independent kernels side by side
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Passes.h"
#include "passes/support/Captures.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"
#include "passes/support/ScalarBuilder.h"
#include "passes/support/StepRun.h"
#include "passes/support/TileOps.h"
#include "passes/tile/Launches.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPFUSEHORIZONTALLY
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// What `op` writes to; null where it only reads, or does neither.
static Value writtenBy(Operation *op) {
  if (auto store = dyn_cast<TileStoreOp>(op)) {
    auto view = store.getView().getDefiningOp<TileViewOp>();
    return view ? Value(view.getSource()) : Value(store.getView());
  }
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return store.getMemRef();
  if (auto update = dyn_cast<memref::AtomicRMWOp>(op))
    return update.getMemref();
  return {};
}

/// Whether `op` is of a cluster's or thread block's own memory.
static bool isOfSharedMemory(Operation *op) {
  return isa<GpuAllocOp, GpuMbarrierInitOp, GpuExpectOp, GpuMulticastOp,
             GpuArriveOp, GpuAwaitOp>(op);
}

static bool onlyReads(Operation *op) {
  return isMemoryEffectFree(op) || hasSingleEffect<MemoryEffects::Read>(op) ||
         op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
         isOfSharedMemory(op) ||
         isa<gpu::BarrierOp, gpu::SubgroupReduceOp, NVVM::ClusterArriveOp,
             NVVM::ClusterArriveRelaxedOp, NVVM::ClusterWaitOp,
             NVVM::FenceMbarrierInitOp, TilePhaseOp>(op);
}

namespace {

/// Kernels of few thread blocks, none of which reads or writes what another
/// writes.
class Neighbours {
public:
  /// Whether `op` goes on from the last kernel; it is then part of the group.
  bool add(Operation *op);
  void fuse();

private:
  /// The arrays from outside a kernel that it has to do with.
  struct Arrays {
    SetVector<Value> used, written;
  };

  static FailureOr<Arrays> arraysOf(TileKernelOp launch);
  bool isBeside(TileKernelOp launch, const Arrays &its);
  bool addLaunch(TileKernelOp launch);
  TileKernelOp makeLaunch(ScalarBuilder &b);
  void setAttributes(TileKernelOp fused);
  void inlineInto(TileKernelOp fused);

  StepRun run;
  SmallVector<TileKernelOp> launches;
  SmallVector<Arrays> arrays;
  SetVector<Value> arguments;
};

} // namespace

/// Fails where a write is not seen, or may be to what another array has as
/// well.
FailureOr<Neighbours::Arrays> Neighbours::arraysOf(TileKernelOp launch) {
  Arrays found;
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(launch.getBody(), captured);
  for (Value value : captured)
    found.used.insert(rootOf(value));
  WalkResult result = launch.getBody().walk([&](Operation *op) {
    Value written = writtenBy(op);
    if (!written)
      return onlyReads(op) ? WalkResult::advance() : WalkResult::interrupt();
    Value root = rootOf(written);
    if (root.getDefiningOp<gpu::DynamicSharedMemoryOp>())
      return WalkResult::advance();
    if (!root.getDefiningOp<memref::AllocOp>())
      return WalkResult::interrupt();
    found.written.insert(root);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return found;
}

/// Whether one kernel can be both: equal sizes but for the grid's first, and
/// nothing that one writes and the other has to do with.
bool Neighbours::isBeside(TileKernelOp launch, const Arrays &its) {
  TileKernelOp first = launches.front();
  auto meets = [](const SetVector<Value> &some,
                  const SetVector<Value> &others) {
    return llvm::any_of(some, [&](Value v) { return others.contains(v); });
  };
  return launch.getThreads() == first.getThreads() &&
         launch.getCluster() == first.getCluster() &&
         llvm::equal(launch.getGrid().drop_front(),
                     first.getGrid().drop_front(), isSameSize) &&
         llvm::none_of(arrays, [&](const Arrays &other) {
           return meets(its.written, other.used) ||
                  meets(other.written, its.used);
         });
}

bool Neighbours::addLaunch(TileKernelOp launch) {
  // Of these there are few, which one after another leave the chip idle.
  if (!hasFewRows(launch))
    return false;
  FailureOr<Arrays> its = arraysOf(launch);
  if (failed(its) || (!launches.empty() && !isBeside(launch, *its)))
    return false;
  SetVector<Value> all = arguments;
  getUsedValuesDefinedAbove(launch.getBody(), all);
  all.insert(launch.getGrid().front());
  if (!launches.empty() && argumentBytes(all) > kMostArgumentBytes)
    return false;
  arguments = std::move(all);
  launches.push_back(launch);
  arrays.push_back(std::move(*its));
  return true;
}

bool Neighbours::add(Operation *op) {
  auto launch = dyn_cast<TileKernelOp>(op);
  if (!launch)
    return run.addBetween(op);
  if (!addLaunch(launch))
    return false;
  run.addStep(op);
  return true;
}

/// Thread blocks of all kernels in a row, with the most shared memory of any.
TileKernelOp Neighbours::makeLaunch(ScalarBuilder &b) {
  TileKernelOp first = launches.front();
  SmallVector<Value> grid(first.getGrid());
  uint64_t bytes = 0;
  for (TileKernelOp launch : launches) {
    if (launch != first)
      grid[0] = b.add(grid[0], launch.getGrid().front());
    bytes = std::max(bytes, launch.getSharedBytes());
  }
  auto fused = TileKernelOp::create(b, grid, first.getThreads());
  fused.setSharedBytes(bytes);
  fused.setCluster(first.getCluster());
  return fused;
}

void Neighbours::setAttributes(TileKernelOp fused) {
  SmallVector<Attribute> names;
  uint32_t least = 0;
  for (TileKernelOp launch : launches) {
    if (std::optional<ArrayAttr> steps = launch.getSteps())
      llvm::append_range(names, *steps);
    if (std::optional<uint32_t> blocks = launch.getMinBlocks())
      least = least ? std::min(least, *blocks) : *blocks;
  }
  fused.setStepsAttr(ArrayAttr::get(fused.getContext(), names));
  if (least)
    fused.setMinBlocks(least);
}

/// Each thread block does the work of the kernel that it is in the row of, by
/// its number there.
void Neighbours::inlineInto(TileKernelOp fused) {
  ScalarBuilder b(fused.getLoc(), fused);
  Operation *end = fused.getBody().front().getTerminator();
  Value place = fused.getBlockIds().front();
  for (TileKernelOp launch : launches) {
    b.setInsertionPoint(end);
    Value count = launch.getGrid().front();
    scf::IfOp branch;
    if (launch != launches.back()) {
      Value here = b.compare(arith::CmpIPredicate::ult, place, count);
      branch = scf::IfOp::create(b, here, /*withElseRegion=*/true);
      end = branch.getThenRegion().front().getTerminator();
    }
    Block &from = launch.getBody().front();
    for (auto [i, id] : llvm::enumerate(launch.getBlockIds()))
      id.replaceAllUsesWith(i == 0 ? place : Value(fused.getBlockIds()[i]));
    from.getTerminator()->erase();
    end->getBlock()->getOperations().splice(end->getIterator(),
                                            from.getOperations());
    b.setInsertionPoint(end);
    beginPhase(b, fused);
    if (!branch)
      continue;
    end = branch.getElseRegion().front().getTerminator();
    b.setInsertionPoint(end);
    place = b.sub(place, count);
  }
}

void Neighbours::fuse() {
  if (launches.size() < 2)
    return;
  run.moveAround();
  ScalarBuilder b(launches.front().getLoc(), launches.front());
  TileKernelOp fused = makeLaunch(b);
  setAttributes(fused);
  inlineInto(fused);
  for (TileKernelOp launch : launches)
    launch->erase();
  debug(DebugTag::Tile, fused, [&](llvm::raw_ostream &out) {
    out << launches.size() << " independent kernels in one launch";
  });
}

namespace {

struct FuseHorizontally
    : mlir::hip::impl::HipFuseHorizontallyBase<FuseHorizontally> {
  void runOnOperation() override {
    for (Block *block : hostBlocks(getOperation()))
      for (Neighbours &group : runsOf<Neighbours>(*block))
        group.fuse();
  }
};

} // namespace
