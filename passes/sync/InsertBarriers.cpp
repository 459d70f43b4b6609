//===- sync/InsertBarriers.cpp - Barriers where threads read what others wrote
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op with regions is met as one op that does what its regions may do before
// their first barriers: a barrier that is needed between that and what was
// before goes before the op, where all threads come. So what is inserted in
// regions depends on nothing outside, and each is gone through once.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/sync/SharedAccesses.h"
#include "passes/sync/UniformBranches.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPINSERTBARRIERS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Two accesses between which there is to be a barrier, before `place`.
struct Conflict {
  Operation *place;
  SharedAccess earlier, later;
};

/// Inserts the barriers of one kernel.
class Synchronisation {
public:
  explicit Synchronisation(TileKernelOp kernel) : kernel(kernel) {}

  LogicalResult run();

private:
  LogicalResult enter(Operation *op);
  FailureOr<SharedEffects> branch(Operation *op);
  FailureOr<SharedEffects> loop(Operation *op);
  SharedEffects scan(Block &block, const SharedAccesses &entry,
                     SmallVectorImpl<Conflict> *conflicts = nullptr);
  FailureOr<SharedEffects> insert(Block &block, const SharedAccesses &entry);
  LogicalResult checkAllComeTo(const Conflict &conflict);

  TileKernelOp kernel;
  /// Of each op that does something: regions come before the op around them.
  DenseMap<Operation *, SharedEffects> effects;
  int64_t inserted = 0;
};

} // namespace

/// Effects of what is in `op`, and then its own.
LogicalResult Synchronisation::enter(Operation *op) {
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Operation &inner : block)
        if (failed(enter(&inner)))
          return failure();
  bool once = isa<TileKernelOp, GpuRolesOp, scf::IfOp, scf::IndexSwitchOp>(op);
  FailureOr<SharedEffects> own =
      op->getNumRegions() == 0 || takesSharedMemory(op) ? effectsOf(op)
      : once                                            ? branch(op)
                                                        : loop(op);
  if (failed(own))
    return failure();
  if (own->hasBarrier || !own->after.empty() || !own->before.empty())
    effects[op] = *own;
  return success();
}

/// One of the regions is gone through, or where one is empty maybe none.
FailureOr<SharedEffects> Synchronisation::branch(Operation *op) {
  SharedEffects all;
  all.hasBarrier = true;
  for (Region &region : op->getRegions()) {
    FailureOr<SharedEffects> one = SharedEffects();
    if (!region.empty())
      one = insert(region.front(), SharedAccesses());
    if (failed(one))
      return failure();
    all.before.add(one->before);
    all.after.add(one->after);
    all.hasBarrier &= one->hasBarrier;
  }
  return all;
}

/// Each block may come after each other and after itself, or not at all.
FailureOr<SharedEffects> Synchronisation::loop(Operation *op) {
  SharedEffects all;
  for (bool grows = true; grows;) {
    SharedAccesses ends;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        ends.add(scan(block, all.after).after);
    grows = !all.after.contains(ends);
    all.after.add(ends);
  }
  SharedAccesses entry = all.after;
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      FailureOr<SharedEffects> one = insert(block, entry);
      if (failed(one))
        return failure();
      all.before.add(one->before);
    }
  return all;
}

/// What the block does after `entry`, with barriers at the places that need
/// one.
SharedEffects Synchronisation::scan(Block &block, const SharedAccesses &entry,
                                    SmallVectorImpl<Conflict> *conflicts) {
  SharedEffects done, barrier;
  done.after = entry;
  barrier.hasBarrier = true;
  for (Operation &op : block) {
    auto next = effects.find(&op);
    if (next == effects.end())
      continue;
    if (auto both = done.after.meeting(next->second.before)) {
      if (conflicts)
        conflicts->push_back({&op, both->first, both->second});
      done.append(barrier);
    }
    done.append(next->second);
  }
  return done;
}

FailureOr<SharedEffects> Synchronisation::insert(Block &block,
                                                 const SharedAccesses &entry) {
  SmallVector<Conflict> conflicts;
  SharedEffects done = scan(block, entry, &conflicts);
  for (const Conflict &conflict : conflicts) {
    if (failed(checkAllComeTo(conflict)))
      return failure();
    OpBuilder b(conflict.place);
    Location loc = conflict.place->getLoc();
    if (conflict.place->getParentOfType<GpuRolesOp>())
      GpuBarrierOp::create(b, loc);
    else
      gpu::BarrierOp::create(b, loc);
  }
  inserted += conflicts.size();
  return done;
}

LogicalResult Synchronisation::checkAllComeTo(const Conflict &conflict) {
  Operation *around = conflict.place->getParentOp();
  auto isWhole = [](Operation *op) {
    return isa<TileKernelOp, GpuRolesOp>(op);
  };
  while (!isWhole(around) && isUniformBranch(around))
    around = around->getParentOp();
  if (isWhole(around))
    return success();
  auto did = [](const SharedAccess &x) { return x.writes ? "write" : "read"; };
  InFlightDiagnostic error = conflict.later.op->emitOpError();
  error << "needs a barrier before its " << did(conflict.later)
        << " of shared memory, which not all threads would come to: threads "
           "may differ in what decides about "
        << around->getName()
        << "; move the access out of it, or let it depend on what is the same "
           "in all threads";
  error.attachNote(conflict.earlier.op->getLoc())
      << "the " << did(conflict.earlier)
      << " that has to be over in all threads";
  error.attachNote(around->getLoc()) << "where threads may part";
  return error;
}

LogicalResult Synchronisation::run() {
  if (failed(enter(kernel)))
    return failure();
  auto found = kernel->walk([](Operation *op) {
    return takesSharedMemory(op) ? WalkResult::interrupt()
                                 : WalkResult::advance();
  });
  if (found.wasInterrupted())
    debug(DebugTag::Layout, kernel, [&](auto &out) {
      out << inserted << (inserted == 1 ? " barrier" : " barriers")
          << " for accesses to shared memory";
    });
  return success();
}

namespace {
struct InsertBarriers : hip::impl::HipInsertBarriersBase<InsertBarriers> {
  using HipInsertBarriersBase::HipInsertBarriersBase;

  void runOnOperation() override {
    auto result = getOperation()->walk([](TileKernelOp kernel) {
      return WalkResult(Synchronisation(kernel).run());
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
