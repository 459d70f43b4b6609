//===- tile/FuseKernels.cpp - Steps on the same lists to one kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Passes.h"
#include "passes/support/Captures.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"
#include "passes/support/StepRun.h"
#include "passes/tile/Launches.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPFUSEKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Kernels whose thread blocks read only their own lists can follow another.
static bool isStep(TileKernelOp launch, bool first) {
  std::optional<bool> own = launch.getOwnLists();
  return own && (*own || first);
}

/// Whether a kernel begins after another one: a search, of which a
/// multiprocessor then holds as many thread blocks as its shared memory allows.
/// Searches of few rows may run side by side, so their union is another kernel.
static bool startsAnew(TileKernelOp launch) {
  std::optional<ArrayAttr> steps = launch.getSteps();
  if (!steps)
    return false;
  auto has = [&](StringRef step) {
    return llvm::is_contained(steps->getAsValueRange<StringAttr>(), step);
  };
  return has("partition") || (hasFewRows(launch) && has("union"));
}

/// Thread blocks that are to work on each list.
static int64_t clusterOf(TileKernelOp launch) {
  ScheduleAttr schedule = launch.getScheduleAttr();
  return schedule ? schedule.getCluster() : 1;
}

namespace {

/// Steps of one block that become one kernel: launches over equal grids, loops
/// of them, and what is between.
class Group {
public:
  /// Whether `op` goes on from the last step; it is then part of the group.
  bool add(Operation *op);
  void fuse();

private:
  bool addLaunch(TileKernelOp launch);
  bool addLoop(scf::ForOp loop);
  bool hasSameGrid(TileKernelOp launch);
  bool addArguments(TileKernelOp launch);
  bool isKnownBefore(Operation *op, scf::ForOp loop);
  void inlineInto(TileKernelOp launch, Operation *before);
  void setAttributes();

  StepRun run;
  SmallVector<TileKernelOp> launches;
  SetVector<Value> arguments;
  TileKernelOp fused;
};

} // namespace

bool Group::hasSameGrid(TileKernelOp launch) {
  if (launches.empty())
    return true;
  // Sizes are the same values where passes before have folded them.
  TileKernelOp first = launches.front();
  return launch.getThreads() == first.getThreads() &&
         clusterOf(launch) == clusterOf(first) &&
         llvm::equal(launch.getGrid(), first.getGrid(), isSameSize);
}

/// Whether one kernel can take what it and the launches before it use.
bool Group::addArguments(TileKernelOp launch) {
  SetVector<Value> used, all = arguments;
  getUsedValuesDefinedAbove(launch.getBody(), used);
  all.insert_range(used);
  all.remove_if([](Value value) { return matchPattern(value, m_Constant()); });
  if (!launches.empty() && argumentBytes(all) > kMostArgumentBytes)
    return false;
  arguments = std::move(all);
  return true;
}

bool Group::addLaunch(TileKernelOp launch) {
  if (!isStep(launch, launches.empty()) || !hasSameGrid(launch) ||
      (!launches.empty() && startsAnew(launch)) || !addArguments(launch))
    return false;
  launches.push_back(launch);
  return true;
}

/// Whether operands of `op` come from outside `loop` or can be moved there.
bool Group::isKnownBefore(Operation *op, scf::ForOp loop) {
  return llvm::all_of(op->getOperands(), [&](Value value) {
    Operation *def = value.getDefiningOp();
    if (!def)
      return value != loop.getInductionVar();
    return !loop->isProperAncestor(def) || run.isHoisted(def);
  });
}

bool Group::addLoop(scf::ForOp loop) {
  if (loop.getNumResults() > 0)
    return false;
  Group before = *this;
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto launch = dyn_cast<TileKernelOp>(op);
    bool fits = launch ? isStep(launch, false) && addLaunch(launch)
                       : StepRun::canHoist(&op) || isa<memref::DeallocOp>(op);
    if (fits && StepRun::canHoist(&op)) {
      fits = isKnownBefore(&op, loop);
      run.hoist(&op);
    } else if (isa<memref::DeallocOp>(op)) {
      run.sink(&op);
    }
    if (!fits) {
      *this = before;
      return false;
    }
  }
  return launches.size() > before.launches.size();
}

bool Group::add(Operation *op) {
  if (auto launch = dyn_cast<TileKernelOp>(op)) {
    if (!addLaunch(launch))
      return false;
    run.addStep(op);
    return true;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    if (!addLoop(loop))
      return false;
    run.addStep(op);
    return true;
  }
  return run.addBetween(op);
}

/// Puts the body of a launch before `before`, an op of the fused kernel.
void Group::inlineInto(TileKernelOp launch, Operation *before) {
  Block &from = launch.getBody().front(), &to = fused.getBody().front();
  for (auto [old, now] : llvm::zip(from.getArguments(), to.getArguments()))
    old.replaceAllUsesWith(now);
  from.getTerminator()->erase();
  before->getBlock()->getOperations().splice(before->getIterator(),
                                             from.getOperations());
  OpBuilder b(before);
  beginPhase(b, fused);
}

/// A multiprocessor holds as many thread blocks as the step that needs most of
/// it leaves room for.
void Group::setAttributes() {
  Builder b(fused.getContext());
  SmallVector<Attribute> names;
  ScheduleAttr schedule;
  for (TileKernelOp launch : launches) {
    if (std::optional<ArrayAttr> steps = launch.getSteps())
      llvm::append_range(names, *steps);
    auto its = launch.getScheduleAttr();
    if (its && (!schedule || its.getMinBlocks() < schedule.getMinBlocks()))
      schedule = its;
    launch->erase();
  }
  fused.setStepsAttr(b.getArrayAttr(names));
  if (!schedule)
    return;
  fused.setScheduleAttr(schedule);
  if (int64_t blocks = schedule.getMinBlocks())
    fused.setMinBlocks(blocks);
}

void Group::fuse() {
  if (launches.size() < 2)
    return;
  run.moveAround();
  OpBuilder b(run.getSteps().front());
  TileKernelOp first = launches.front();
  Location loc = first.getLoc();
  uint64_t bytes = 0;
  for (TileKernelOp launch : launches)
    bytes = std::max(bytes, launch.getSharedBytes());
  fused = TileKernelOp::create(b, loc, first.getGrid(), first.getThreads());
  fused.setSharedBytes(bytes);
  Operation *end = fused.getBody().front().getTerminator();
  for (Operation *step : run.getSteps()) {
    if (auto launch = dyn_cast<TileKernelOp>(step))
      inlineInto(launch, end);
    else
      step->moveBefore(end);
  }
  for (TileKernelOp launch : launches) {
    if (launch->getParentOp() == fused->getParentOp() || launch == fused)
      continue;
    inlineInto(launch, launch);
  }
  setAttributes();
  debug(DebugTag::Tile, fused, [&](llvm::raw_ostream &out) {
    out << launches.size() << " steps on the same lists";
  });
}

namespace {

struct FuseKernels : mlir::hip::impl::HipFuseKernelsBase<FuseKernels> {
  void runOnOperation() override {
    SmallVector<Block *> blocks = hostBlocks(getOperation());
    // Outer blocks first: a loop of steps becomes part of what is around it.
    for (Block *block : llvm::reverse(blocks))
      for (Group &group : runsOf<Group>(*block))
        group.fuse();
  }
};

} // namespace
