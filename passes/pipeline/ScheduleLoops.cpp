//===- pipeline/ScheduleLoops.cpp - Stages for loops that copy ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/pipeline/LoopStages.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSCHEDULELOOPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Left free in each phase.
constexpr int64_t kSlack = 1024;

/// What runs iterations ahead is what the gathers need.
static StageMap stagesOf(scf::ForOp loop, const CopiedMemory &memory) {
  llvm::SetVector<Operation *> numbers, copies;
  for (GpuLocalStoreOp store : memory.stores)
    addSlice(loop, store, numbers);
  for (GpuGatherOp gather : memory.gathers)
    addSlice(loop, gather, copies);
  StageMap stages;
  for (Operation &op : loop.getBody()->without_terminator())
    stages[&op] = numbers.contains(&op)  ? kNumbersStage
                  : copies.contains(&op) ? kCopyStage
                                         : kUseStage;
  return stages;
}

namespace {
/// A load in place of a tile in registers that was stored.
struct ReadBack {
  GpuLocalLoadOp load;
  Value tile;
};
} // namespace

/// What is in shared memory for the gathers is read there by the rest, and not
/// in registers, which have it iterations ahead.
static SmallVector<ReadBack> readBack(scf::ForOp loop,
                                      const CopiedMemory &memory) {
  StageMap stages = stagesOf(loop, memory);
  SmallVector<ReadBack> made;
  for (GpuLocalStoreOp store : memory.stores) {
    Value tile = store.getTile();
    auto isOfRest = [&](OpOperand &use) {
      Operation *op = loop.getBody()->findAncestorOpInBlock(*use.getOwner());
      auto stage = stages.find(op);
      return stage != stages.end() && stage->second == kUseStage;
    };
    if (llvm::none_of(tile.getUses(), isOfRest))
      continue;
    OpBuilder b(store->getContext());
    b.setInsertionPointAfter(store);
    auto load = GpuLocalLoadOp::create(b, store.getLoc(), tile.getType(),
                                       store.getMemory());
    tile.replaceUsesWithIf(load.getTile(), isOfRest);
    made.push_back({load, tile});
  }
  return made;
}

/// For a loop that gets no stages.
static void undo(ArrayRef<ReadBack> made) {
  for (auto [load, tile] : made) {
    load.replaceAllUsesWith(tile);
    load.erase();
  }
}

static void write(scf::ForOp loop, int64_t count, const StageMap &stages) {
  Builder b(loop.getContext());
  loop->setAttr(kStages, b.getI64IntegerAttr(count));
  for (auto [op, stage] : stages)
    op->setAttr(kStage, b.getI64IntegerAttr(stage));
}

static void remarkOn(scf::ForOp loop, const Twine &text) {
  debug(DebugTag::Layout, loop, [&](llvm::raw_ostream &out) { out << text; });
}

/// Bytes of arrays of other phases that a phase uses, such as rows that were
/// loaded before a loop.
static int64_t keptBytes(ArrayRef<Operation *> phase) {
  llvm::SmallPtrSet<Operation *, 8> seen(phase.begin(), phase.end());
  int64_t bytes = 0;
  for (Operation *op : phase)
    for (Value operand : op->getOperands())
      if (auto alloc = operand.getDefiningOp<GpuAllocOp>();
          alloc && seen.insert(alloc).second)
        bytes += alloc.getMemory().getType().getBytes();
  return bytes;
}

namespace {

struct ScheduleLoops : mlir::hip::impl::HipScheduleLoopsBase<ScheduleLoops> {
  using HipScheduleLoopsBase::HipScheduleLoopsBase;

  void runOnOperation() override {
    getOperation()->walk([&](TileKernelOp kernel) {
      auto schedule = kernel.getScheduleAttr();
      wanted = schedule ? schedule.getStages() : int64_t(stages);
      available =
          shared / std::max<int64_t>(kernel.getMinBlocks().value_or(1), 1);
      for (ArrayRef<Operation *> phase : phasesOf(kernel)) {
        kept = keptBytes(phase);
        this->schedule(phase, kernel.getSharedBytes() + kSlack);
      }
    });
  }

  void schedule(ArrayRef<Operation *> phase, int64_t bytes) const {
    for (Operation *op : phase)
      if (auto alloc = dyn_cast<GpuAllocOp>(op))
        bytes += alloc.getMemory().getType().getBytes();
    for (Operation *op : phase)
      if (auto loop = dyn_cast<scf::ForOp>(op))
        schedule(loop, bytes);
  }

  /// `bytes` are those of the phase, with the stages that loops have so far.
  void schedule(scf::ForOp loop, int64_t &bytes) const {
    CopiedMemory memory(loop);
    if (memory.gathers.empty() || wanted < 2)
      return;
    int64_t count = mostStages(memory, bytes);
    if (count < 2)
      return remarkOn(
          loop, "does not prefetch: " + Twine(bytes + stageBytes(memory, 2)) +
                    " bytes of shared memory are more than " +
                    Twine(available));
    SmallVector<ReadBack> made = readBack(loop, memory);
    StageMap stageMap = stagesOf(loop, memory);
    if (std::optional<StageFault> fault = findFault(loop, stageMap)) {
      remarkOn(loop,
               "does not prefetch: " + fault->op->getName().getStringRef() +
                   " " + fault->text);
      return undo(made);
    }
    bytes += stageBytes(memory, count);
    write(loop, count, stageMap);
    remarkOn(loop, "copies " + Twine(count - 1) + " iteration" +
                       (count == 2 ? "" : "s") + " ahead, " + Twine(bytes) +
                       " bytes of shared memory in all");
  }

  /// As many as are asked for, or as there is room for.
  int64_t mostStages(const CopiedMemory &memory, int64_t bytes) const {
    int64_t count = std::min(wanted, kMostLoopStages);
    auto fits = [&](int64_t all) {
      return all <= available && all + kept <= shared;
    };
    while (count > 1 && !fits(bytes + stageBytes(memory, count)))
      --count;
    return count;
  }

  /// The stages that the kernel's schedule asks for, and the bytes that its
  /// thread blocks have each if a multiprocessor is to hold all of them.
  int64_t wanted = 0, available = 0;
  /// Bytes of arrays of other phases that the phase reads.
  int64_t kept = 0;
};

} // namespace
