//===- pipeline/SpecializeWarps.cpp - Loops with stages to two roles of warps
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same stages that hip-pipeline-loops turns into a loop that copies ahead
// become two loops here: producers run the first two stages, as far ahead as
// there are slots, consumers the third one. See docs/rationale/gpu-level.md.
//
//===----------------------------------------------------------------------===//

#include "dialect/CopyBoxes.h"
#include "dialect/gpu/Chips.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/pipeline/Specialization.h"
#include "passes/support/Debug.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSPECIALIZEWARPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// What is for consumers.
void Specialization::collect() {
  for (Operation &op : loop->getBlock()->without_terminator())
    if (isConsumers(&op))
      consumed.insert(&op);
}

/// Numbers are computed by all threads, before they part; tiles by consumers.
bool Specialization::isConsumers(Operation *op) const {
  if (op == loop || loop->isBeforeInBlock(op))
    return true;
  if (isa<GpuAllocOp>(op))
    return false;
  for (Value value : usedValues(op))
    if (Operation *def = value.getDefiningOp(); def && consumed.contains(def))
      return true;
  return op
      ->walk([](Operation *inner) {
        return isOfTileProgram(inner) ? WalkResult::interrupt()
                                      : WalkResult::advance();
      })
      .wasInterrupted();
}

std::optional<StageFault> Specialization::findFault() {
  if (!work && loop->getParentOp() != kernel)
    return StageFault{loop, "is inside of another op"};
  collect();
  StageFault fault{loop, ""};
  kernel.walk([&](Operation *op) {
    if (isa<gpu::BarrierOp, TilePhaseOp>(op))
      fault.text = "is in a kernel in which all threads meet elsewhere, too";
  });
  for (ArrayRef<Operation *> ops : {makers.numbers, makers.copies})
    for (Operation *op : ops) {
      for (Value value : usedValues(op))
        if (Operation *def = value.getDefiningOp();
            def && def->getBlock() != loop.getBody() && consumed.contains(def))
          fault = {op, "uses what consumers compute before the loop"};
      for (Type type : op->getResultTypes())
        if (auto tile = dyn_cast<TileType>(type);
            tile && !isa<ThreadsLayoutAttr>(tile.getLayout()))
          fault = {op, "makes a tile in another layout than #hip.threads"};
    }
  return fault.text.empty() ? std::nullopt : std::optional(fault);
}

/// Words for a slot each.
Value Specialization::makeMbarriers(int64_t arrivals) {
  constexpr int64_t kWord = 8;
  auto type =
      SmemType::get(b.getContext(), {stages}, b.getI64Type(), stages * kWord);
  Value words = GpuAllocOp::create(b, type, IntegerAttr());
  GpuMbarrierInitOp::create(b, words, arrivals);
  return words;
}

/// Whether TMA copies the rows: the schedule asks for it, and so they were laid
/// out for it.
bool Specialization::comesInBoxes(GpuGatherOp gather) {
  SmemType type = gather.getMemory().getType();
  int64_t bytes = type.getColumns() * type.getElementBytes();
  auto view = gather.getView().getDefiningOp<TileViewOp>();
  return kernel.getScheduleAttr().getEngine() == CopyEngine::Tma && view &&
         view.isHead() &&
         !kernel->isAncestor(
             view.getSource().getParentBlock()->getParentOp()) &&
         type.getSwizzle() == layout::widestSwizzle(bytes) &&
         type.getStrip() == type.getRows() &&
         canCopyBoxes(type.getRows(), bytes, gather.getRuns());
}

/// Producers fill a slot thread by thread, or by boxes that one thread stands
/// for; consumers empty it warp by warp.
void Specialization::makeChannel(Value array) {
  Channel channel{array, {}, {}};
  bool isRead = llvm::any_of(array.getUsers(), [&](Operation *user) {
    return !llvm::is_contained(memory.stores, user) &&
           !llvm::is_contained(memory.gathers, user);
  });
  if (isRead) {
    bool inBoxes = llvm::any_of(memory.gathers, [&](GpuGatherOp gather) {
      return gather.getMemory() == array && comesInBoxes(gather);
    });
    channel.full = makeMbarriers(inBoxes ? 1 : producers);
    channel.empty = makeMbarriers(threads / layout::kWarp);
  }
  array.setType(cast<SmemType>(array.getType()).withStages(stages));
  channels.insert({array, channel});
}

/// As many registers for a consumer as producers leave.
GpuRolesOp Specialization::makeRoles(int64_t blocks) {
  constexpr int64_t kUnit = 8, kProducerRegisters = 40, kMost = 240;
  int64_t all = threads + producers;
  int64_t each =
      llvm::alignDown(kSmParts * kPartRegisters / (all * blocks), kUnit);
  int64_t left = (each * all - kProducerRegisters * producers) / threads;
  auto roles = GpuRolesOp::create(
      b, threads, std::min<int64_t>(llvm::alignDown(left, kUnit), kMost),
      producers, kProducerRegisters);
  for (Region *region : {&roles.getConsumer(), &roles.getProducer()})
    region->emplaceBlock();
  return roles;
}

void Specialization::run(int64_t blocks) {
  kernel.setThreads(threads + producers);
  b.setInsertionPointToStart(&kernel.getBody().front());
  for (Value numbers : memory.numbers)
    makeChannel(numbers);
  for (Value copies : memory.copies)
    makeChannel(copies);
  b.setInsertionPoint(work ? work : loop);
  if (!work)
    readBounds({});
  // Mbarriers are made before they are used, by TMA as well.
  if (llvm::any_of(memory.gathers,
                   [&](GpuGatherOp gather) { return comesInBoxes(gather); }))
    GpuFenceOp::create(b);
  gpu::BarrierOp::create(b);
  GpuRolesOp roles = makeRoles(blocks);
  produce(&roles.getProducer().front());
  consume(&roles.getConsumer().front());
}

PipelineState Specialization::next(const PipelineState &now) {
  Value slot = b.add(now.slot, b.i32(1));
  Value isLast = b.compare(arith::CmpIPredicate::eq, slot, b.i32(stages));
  Value other = arith::XOrIOp::create(b, now.phase, b.i32(1));
  return {b.select(isLast, b.i32(0), slot), b.select(isLast, other, now.phase)};
}

void Specialization::readBounds(const IRMapping &mapping) {
  auto read = [&](Value bound) {
    return b.toI32(mapping.lookupOrDefault(bound));
  };
  lower = read(loop.getLowerBound());
  upper = read(loop.getUpperBound());
  step = read(loop.getStep());
}

Value Specialization::exists(Value iteration) {
  return b.compare(arith::CmpIPredicate::slt, iteration, upper);
}

/// The kernel's loop with stages, if there is just one.
static scf::ForOp loopWithStages(TileKernelOp kernel) {
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(kStages))
      loops.push_back(loop);
  });
  return loops.size() == 1 ? loops.front() : scf::ForOp();
}

namespace {

struct SpecializeWarps
    : mlir::hip::impl::HipSpecializeWarpsBase<SpecializeWarps> {
  void runOnOperation() override {
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      ScheduleAttr schedule = kernel.getScheduleAttr();
      if (schedule && schedule.getProducers() > 0)
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels)
      if (failed(specialize(kernel)))
        return signalPassFailure();
  }

  LogicalResult specialize(TileKernelOp kernel) {
    ScheduleAttr schedule = kernel.getScheduleAttr();
    scf::ForOp loop = loopWithStages(kernel);
    FailureOr<int64_t> threads = threadsOf(kernel);
    if (failed(threads))
      return failure();
    if (!loop || *threads != schedule.getThreads())
      return success();
    Specialization split(kernel, loop, *threads, schedule.getProducers());
    if (std::optional<StageFault> fault = split.findFault()) {
      debug(DebugTag::Layout, loop, [&](llvm::raw_ostream &out) {
        out << "has no producers: " << fault->op->getName() << " "
            << fault->text;
      });
      return success();
    }
    for (Operation &op : *loop.getBody())
      op.removeAttr(kStage);
    int64_t blocks = std::max<int64_t>(schedule.getMinBlocks(), 1);
    split.run(blocks);
    kernel.setMinBlocks(blocks);
    return success();
  }
};

} // namespace
