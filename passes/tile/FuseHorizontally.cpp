//===- tile/FuseHorizontally.cpp - Independent kernels side by side
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Passes.h"
#include "passes/support/Captures.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"
#include "passes/support/ScalarBuilder.h"
#include "passes/support/StepRun.h"
#include "passes/tile/Launches.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPFUSEHORIZONTALLY
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// The array that a view is of.
static Value rootOf(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// The arrays that `value` is of: its own, and those that a KV view reads.
static void addArrays(Value value, SetVector<Value> &arrays) {
  value = rootOf(value);
  if (!arrays.insert(value))
    return;
  Operation *view = value.getDefiningOp();
  if (isa_and_nonnull<KvContiguousOp, KvRaggedOp, KvPagedOp>(view))
    for (Value operand : view->getOperands())
      addArrays(operand, arrays);
}

/// What `op` writes to; null where it only reads, or does neither.
static Value writtenBy(Operation *op) {
  if (auto store = dyn_cast<TileStoreOp>(op))
    return store.getTarget();
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return store.getMemRef();
  return {};
}

static bool onlyReads(Operation *op) {
  return isMemoryEffectFree(op) || hasSingleEffect<MemoryEffects::Read>(op) ||
         op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
         isa<gpu::BarrierOp, gpu::SubgroupReduceOp>(op);
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

  static FailureOr<Arrays> arraysOf(gpu::LaunchOp launch);
  bool isBeside(gpu::LaunchOp launch, const Arrays &its);
  bool addLaunch(gpu::LaunchOp launch);
  gpu::LaunchOp makeLaunch(ScalarBuilder &b);
  void setAttributes(gpu::LaunchOp fused);
  void inlineInto(gpu::LaunchOp fused);

  StepRun run;
  SmallVector<gpu::LaunchOp> launches;
  SmallVector<Arrays> arrays;
  SetVector<Value> arguments;
};

} // namespace

/// Fails where a write is not seen, or may be to what another array has as
/// well.
FailureOr<Neighbours::Arrays> Neighbours::arraysOf(gpu::LaunchOp launch) {
  Arrays found;
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(launch.getBody(), captured);
  for (Value value : captured)
    addArrays(value, found.used);
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
bool Neighbours::isBeside(gpu::LaunchOp launch, const Arrays &its) {
  auto sizes = [](gpu::LaunchOp of) {
    return of->getOperands().take_front(6).drop_front();
  };
  auto meets = [](const SetVector<Value> &some,
                  const SetVector<Value> &others) {
    return llvm::any_of(some, [&](Value v) { return others.contains(v); });
  };
  return llvm::equal(sizes(launch), sizes(launches.front()), isSameSize) &&
         llvm::none_of(arrays, [&](const Arrays &other) {
           return meets(its.written, other.used) ||
                  meets(other.written, its.used);
         });
}

bool Neighbours::addLaunch(gpu::LaunchOp launch) {
  // Of these there are few, which one after another leave the chip idle.
  if (!isPlain(launch) || !hasFewRows(launch))
    return false;
  FailureOr<Arrays> its = arraysOf(launch);
  if (failed(its) || (!launches.empty() && !isBeside(launch, *its)))
    return false;
  SetVector<Value> all = arguments;
  getUsedValuesDefinedAbove(launch.getBody(), all);
  all.insert(launch.getGridSizeX());
  if (!launches.empty() && argumentBytes(all) > kMostArgumentBytes)
    return false;
  arguments = std::move(all);
  launches.push_back(launch);
  arrays.push_back(std::move(*its));
  return true;
}

bool Neighbours::add(Operation *op) {
  auto launch = dyn_cast<gpu::LaunchOp>(op);
  if (!launch)
    return run.addBetween(op);
  if (!addLaunch(launch))
    return false;
  run.addStep(op);
  return true;
}

/// Thread blocks of all kernels in a row, with the most shared memory of any.
gpu::LaunchOp Neighbours::makeLaunch(ScalarBuilder &b) {
  Value count = launches.front().getGridSizeX(), shared;
  int64_t most = 0;
  for (gpu::LaunchOp launch : launches) {
    if (launch != launches.front())
      count = b.add(count, launch.getGridSizeX());
    IntegerAttr bytes;
    Value size = launch.getDynamicSharedMemorySize();
    if (size && matchPattern(size, m_Constant(&bytes)))
      most = std::max(most, bytes.getInt());
  }
  if (most > 0)
    shared = arith::ConstantOp::create(b, b.getI32IntegerAttr(most));
  gpu::KernelDim3 grid = launches.front().getGridSizeOperandValues(),
                  block = launches.front().getBlockSizeOperandValues();
  auto fused = gpu::LaunchOp::create(b, count, grid.y, grid.z, block.x, block.y,
                                     block.z, shared);
  b.setInsertionPointToStart(&fused.getBody().front());
  gpu::TerminatorOp::create(b);
  return fused;
}

void Neighbours::setAttributes(gpu::LaunchOp fused) {
  SmallVector<Attribute> names;
  int64_t least = 0;
  for (gpu::LaunchOp launch : launches) {
    if (auto steps = launch->getAttrOfType<ArrayAttr>(kSteps))
      llvm::append_range(names, steps);
    if (auto blocks = launch->getAttrOfType<IntegerAttr>(kMinBlocks))
      least = least ? std::min(least, blocks.getInt()) : blocks.getInt();
  }
  Builder b(fused.getContext());
  fused->setAttr(kSteps, b.getArrayAttr(names));
  if (least)
    fused->setAttr(kMinBlocks, b.getI32IntegerAttr(least));
}

/// Each thread block does the work of the kernel that it is in the row of, by
/// its number there.
void Neighbours::inlineInto(gpu::LaunchOp fused) {
  ScalarBuilder b(fused.getLoc(), fused);
  Operation *end = fused.getBody().front().getTerminator();
  Value place = fused.getBlockIds().x;
  for (gpu::LaunchOp launch : launches) {
    b.setInsertionPoint(end);
    Value count = launch.getGridSizeX();
    scf::IfOp branch;
    if (launch != launches.back()) {
      Value here = b.compare(arith::CmpIPredicate::ult, place, count);
      branch = scf::IfOp::create(b, here, /*withElseRegion=*/true);
      end = branch.getThenRegion().front().getTerminator();
    }
    Block &from = launch.getBody().front(), &to = fused.getBody().front();
    for (auto [old, now] : llvm::zip(from.getArguments(), to.getArguments()))
      old.replaceAllUsesWith(old == launch.getBlockIds().x   ? place
                             : old == launch.getGridSize().x ? count
                                                             : Value(now));
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
  gpu::LaunchOp fused = makeLaunch(b);
  setAttributes(fused);
  inlineInto(fused);
  for (gpu::LaunchOp launch : launches)
    launch->erase();
  debug(DebugTag::Tile, fused, [&](llvm::raw_ostream &out) {
    out << launches.size() << " independent kernels side by side";
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
