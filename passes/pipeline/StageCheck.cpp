//===- pipeline/StageCheck.cpp - Whether stages of a loop can run ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/layout/Layout.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/pipeline/LoopStages.h"
#include "passes/support/TileOps.h"

using namespace mlir;
using namespace mlir::hip;

using Fault = std::optional<StageFault>;

static Fault faultOf(Operation *op, const Twine &text) {
  return StageFault{op, text.str()};
}

/// "stage 2", as faults call it.
static std::string nameOf(int64_t stage) {
  return "stage " + std::to_string(stage);
}

/// Whether it does nothing but read global memory and compute.
static bool onlyReads(Operation *op) {
  auto effects = getEffectsRecursively(op);
  bool reads =
      effects && llvm::all_of(*effects, [](MemoryEffects::EffectInstance &x) {
        return isa<MemoryEffects::Read>(x.getEffect());
      });
  return reads && !op->walk([](Operation *inner) {
                       return isGpuOp(inner) ? WalkResult::interrupt()
                                             : WalkResult::advance();
                     }).wasInterrupted();
}

static bool makesTile(Operation *op) {
  return llvm::any_of(op->getResultTypes(), llvm::IsaPred<TileType>);
}

namespace {

/// Looks for the first fault of a loop.
class StageCheck {
public:
  StageCheck(scf::ForOp loop, const StageMap &stages)
      : loop(loop), stages(stages), memory(loop) {}

  Fault run();

private:
  Fault checkLoop();
  Fault checkMemory();
  Fault checkGather(GpuGatherOp gather);
  Fault checkRows(GpuGatherOp gather);
  Fault checkUsers(Value array, Operation *writer);
  Fault checkOp(Operation &op);
  Fault checkAhead(Operation &op);
  Fault checkValue(Operation &op, Value value);
  Fault checkWrites(Operation &op);

  /// The yield is of the last stage.
  int64_t stageOf(Operation &op) {
    auto found = stages.find(&op);
    return found == stages.end() ? kUseStage : found->second;
  }
  bool isPlaced(Operation &op) {
    return llvm::is_contained(memory.gathers, &op) ||
           llvm::is_contained(memory.stores, &op);
  }

  scf::ForOp loop;
  const StageMap &stages;
  CopiedMemory memory;
};

} // namespace

Fault StageCheck::run() {
  if (Fault fault = checkLoop())
    return fault;
  if (Fault fault = checkMemory())
    return fault;
  for (Operation &op : *loop.getBody())
    if (Fault fault = checkOp(op))
      return fault;
  for (Operation &op : *loop.getBody())
    if (Fault fault = checkWrites(op))
      return fault;
  return {};
}

Fault StageCheck::checkLoop() {
  if (memory.gathers.empty())
    return faultOf(loop, "has stages, but no hip.gpu.gather in its body to "
                         "copy ahead; take the stages off");
  if (Type type = loop.getInductionVar().getType(); !type.isIndex())
    return faultOf(loop, "has stages and does not count in index; cast what "
                         "its body counts with");
  return {};
}

Fault StageCheck::checkMemory() {
  for (GpuGatherOp gather : memory.gathers)
    if (Fault fault = checkGather(gather))
      return fault;
  for (GpuLocalStoreOp store : memory.stores)
    if (int64_t stage = stageOf(*store); stage != kNumbersStage)
      return faultOf(store, "writes numbers of rows in " + nameOf(stage) +
                                "; that is stage 0");
    else if (Fault fault = checkUsers(store.getMemory(), store))
      return fault;
  return {};
}

Fault StageCheck::checkGather(GpuGatherOp gather) {
  if (int64_t stage = stageOf(*gather); stage != kCopyStage)
    return faultOf(gather,
                   "copies rows in " + nameOf(stage) + "; that is stage 1");
  if (Fault fault = checkRows(gather))
    return fault;
  int64_t writers = llvm::count_if(memory.stores, [&](GpuLocalStoreOp store) {
    return store.getMemory() == gather.getRows();
  });
  if (writers != 1)
    return faultOf(gather, "reads numbers of rows that " + Twine(writers) +
                               " ops of the loop's body write; one does");
  return checkUsers(gather.getMemory(), gather);
}

Fault StageCheck::checkRows(GpuGatherOp gather) {
  auto type = cast<SmemType>(gather.getMemory().getType());
  int64_t bytes = type.getColumns() * type.getElementBytes();
  if (bytes % layout::kVectorBytes != 0 ||
      type.getPitch() % layout::kVectorBytes != 0)
    return faultOf(gather, "copies rows of " + Twine(bytes) + " bytes, " +
                               Twine(type.getPitch()) +
                               " apart; both are multiples of " +
                               Twine(layout::kVectorBytes) +
                               " where copies are asynchronous");
  for (GpuGatherOp other : memory.gathers)
    if (other->isBeforeInBlock(gather) &&
        other.getMemory() == gather.getMemory())
      return faultOf(gather, "copies into memory that another hip.gpu.gather "
                             "of the loop copies into; give it memory of its "
                             "own");
  return {};
}

/// Memory that gets stages is the loop's own, written before it is read.
Fault StageCheck::checkUsers(Value array, Operation *writer) {
  auto type = cast<SmemType>(array.getType());
  if (!array.getDefiningOp<GpuAllocOp>() || type.getStages() != 1)
    return faultOf(writer, "writes memory that cannot be given stages; write "
                           "a whole hip.gpu.alloc of one stage");
  for (Operation *user : array.getUsers()) {
    Operation *op = loop.getBody()->findAncestorOpInBlock(*user);
    if (!op)
      return faultOf(user, "accesses memory that a loop copies ahead into, "
                           "outside of the loop; give it memory of its own");
    if (op->isBeforeInBlock(writer))
      return faultOf(user, "accesses memory before the iteration has written "
                           "it; move it after the " +
                               writer->getName().getStringRef());
  }
  return {};
}

Fault StageCheck::checkOp(Operation &op) {
  if (Fault fault = checkAhead(op))
    return fault;
  for (Value value : usedValues(&op))
    if (Fault fault = checkValue(op, value))
      return fault;
  return {};
}

/// What runs ahead runs in another order than it is written.
Fault StageCheck::checkAhead(Operation &op) {
  int64_t stage = stageOf(op);
  if (stage == kUseStage || isPlaced(op))
    return {};
  if (isa<LoopLikeOpInterface>(op))
    return faultOf(&op, "is a loop in " + nameOf(stage) +
                            "; loops are of "
                            "stage 2");
  if (!onlyReads(&op))
    return faultOf(&op, "is in " + nameOf(stage) +
                            " and has other effects than reading global "
                            "memory; such ops are of stage 2");
  for (Type type : op.getResultTypes())
    if (auto tile = dyn_cast<TileType>(type); tile && !tile.isVector())
      return faultOf(&op, "makes a matrix in " + nameOf(stage) +
                              "; matrices are of stage 2");
  return {};
}

Fault StageCheck::checkValue(Operation &op, Value value) {
  int64_t stage = stageOf(op);
  if (stage != kUseStage && llvm::is_contained(loop.getRegionIterArgs(), value))
    return faultOf(&op, "is in " + nameOf(stage) +
                            " and uses a value that the loop carries, which "
                            "is not known iterations ahead; only stage 2 may");
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != loop.getBody())
    return {};
  int64_t made = stageOf(*def);
  if (made > stage)
    return faultOf(&op, "is in " + nameOf(stage) + " and uses what an op in " +
                            nameOf(made) +
                            " makes; a value is made in the same stage or "
                            "before");
  llvm::SetVector<Operation *> needed;
  addSlice(loop, def, needed);
  if (made < stage && llvm::any_of(needed, makesTile))
    return faultOf(&op, "is in " + nameOf(stage) +
                            " and uses a tile in registers of " + nameOf(made) +
                            "; it goes through shared memory");
  return {};
}

/// The arrays that ops with these operands read or write, themselves or by a
/// view.
static SmallVector<Value> arraysOf(ArrayRef<Value> operands) {
  SmallVector<Value> arrays;
  for (Value operand : operands) {
    if (isa<MemRefType>(operand.getType()))
      arrays.push_back(operand);
    if (auto view = operand.getDefiningOp<TileViewOp>())
      llvm::append_range(arrays, arraysOf(usedValues(view).getArrayRef()));
  }
  return arrays;
}

/// Arrays that earlier stages read do not change in the loop.
Fault StageCheck::checkWrites(Operation &op) {
  Fault fault;
  op.walk([&](Operation *inner) {
    if (isGpuOp(inner) || !hasEffect<MemoryEffects::Write>(inner))
      return;
    SmallVector<Value> written =
        arraysOf(llvm::to_vector(inner->getOperands()));
    for (Operation &other : *loop.getBody())
      for (Value array : arraysOf(usedValues(&other).getArrayRef()))
        if (stageOf(other) != kUseStage && llvm::is_contained(written, array))
          fault =
              faultOf(inner, "writes an array that " + nameOf(stageOf(other)) +
                                 " reads iterations ahead");
  });
  return fault;
}

std::optional<StageFault> mlir::hip::findFault(scf::ForOp loop,
                                               const StageMap &stages) {
  return StageCheck(loop, stages).run();
}
