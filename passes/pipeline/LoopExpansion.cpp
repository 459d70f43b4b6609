//===- pipeline/LoopExpansion.cpp - Loops that copy rows iterations ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipeline/LoopExpansion.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "passes/pipeline/LoopStages.h"
#include "passes/support/ScalarBuilder.h"

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Expands one loop. The slot of an iteration is its number modulo the stages
/// of the memory.
class LoopExpansion {
public:
  LoopExpansion(scf::ForOp loop, int64_t stages)
      : b(loop.getLoc(), loop.getContext()), loop(loop), stages(stages),
        slots(numberSlots(stages)), distance(stages - 1), memory(loop),
        makers(loop, memory) {}

  void run();

private:
  void countInI32();
  void startAhead();
  void startCopies(Value first);
  void startIteration();
  void finishIteration();
  void useSlots();
  void eraseMoved();

  SmallVector<Value> makeNumbers(Value iteration);
  void storeNumbers(ArrayRef<Value> numbers, Value slot);
  void copyRows(Value iteration, Value copySlot, Value numberSlot);
  Value plus(Value iteration, int64_t ahead);
  Value exists(Value iteration);
  Value clamped(Value iteration, int64_t ahead);
  Value slotOf(int64_t ahead, int64_t count);

  ScalarBuilder b;
  scf::ForOp loop;
  int64_t stages, slots, distance;
  CopiedMemory memory;
  StageMakers makers;
  /// The induction variable as the body's ops know it, and how many iterations
  /// were before.
  Value counter, number;
  /// Numbers of rows of the iteration after those whose copies have started.
  SmallVector<Value> ahead;
  Value aheadSlot;
};

} // namespace

void LoopExpansion::run() {
  for (Value copies : memory.copies)
    copies.setType(cast<SmemType>(copies.getType()).withStages(stages));
  for (Value numbers : memory.numbers)
    numbers.setType(cast<SmemType>(numbers.getType()).withStages(slots));
  countInI32();
  startAhead();
  startIteration();
  finishIteration();
  useSlots();
  eraseMoved();
}

/// An index is two registers, and keys are counted in i32.
void LoopExpansion::countInI32() {
  b.setInsertionPoint(loop);
  Value lower = b.toI32(loop.getLowerBound()),
        upper = b.toI32(loop.getUpperBound()), step = b.toI32(loop.getStep());
  scf::ForOp old = loop;
  loop = scf::ForOp::create(b, lower, upper, step, old.getInitArgs());
  Block *body = loop.getBody();
  body->clear();
  b.setInsertionPointToStart(body);
  counter = b.toIndex(loop.getInductionVar());
  old.getInductionVar().replaceAllUsesWith(counter);
  for (auto [from, to] :
       llvm::zip(old.getRegionIterArgs(), loop.getRegionIterArgs()))
    from.replaceAllUsesWith(to);
  body->getOperations().splice(body->end(), old.getBody()->getOperations());
  old.replaceAllUsesWith(loop.getResults());
  loop->setDiscardableAttrs(old->getDiscardableAttrDictionary());
  old.erase();
}

/// Whether a loop around it comes here again without a barrier in between that
/// is there for certain.
static bool mayFollowItself(scf::ForOp loop) {
  for (Operation *op = loop->getParentOp(); !isa<TileKernelOp>(op);
       op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op) &&
        op->getRegion(0).getOps<TilePhaseOp>().empty())
      return true;
  return false;
}

/// Before the loop: numbers of the iterations up to the distance, and the
/// copies of those before. Whether there is one is the same in all threads.
void LoopExpansion::startAhead() {
  b.setInsertionPoint(loop);
  Value first = loop.getLowerBound();
  b.when(exists(first), [&] {
    SmallVector<SmallVector<Value>> numbers;
    for (int64_t i = 0; i <= distance; ++i)
      numbers.push_back(makeNumbers(clamped(first, i)));
    if (mayFollowItself(loop))
      gpu::BarrierOp::create(b);
    for (int64_t i = 0; i <= distance; ++i)
      storeNumbers(numbers[i], b.index(i));
    gpu::BarrierOp::create(b);
    startCopies(first);
  });
}

/// The iterations before the distance, a group each.
void LoopExpansion::startCopies(Value first) {
  for (int64_t i = 0; i < distance; ++i) {
    Value next = i == 0 ? first : plus(first, i), slot = b.index(i);
    if (i == 0)
      copyRows(next, slot, slot);
    else
      b.when(exists(next), [&] { copyRows(next, slot, slot); });
    GpuCommitOp::create(b);
  }
}

/// At the start of an iteration: its rows are there, those at the distance are
/// on their way, and numbers of the ones after that are in registers, for its
/// end to store.
void LoopExpansion::startIteration() {
  b.setInsertionPointAfterValue(counter);
  Value iteration = loop.getInductionVar();
  number = b.div(b.sub(iteration, loop.getLowerBound()), loop.getStep());
  GpuWaitOp::create(b, distance - 1);
  gpu::BarrierOp::create(b);
  Value next = plus(iteration, distance);
  b.when(exists(next), [&] {
    Value copySlot = slotOf(distance, stages);
    copyRows(next, copySlot, slotOf(distance, slots));
    if (distance == 1)
      GpuCommitOp::create(b);
  });
  // A count of groups in flight needs one of each iteration.
  if (distance > 1)
    GpuCommitOp::create(b);
  ahead = makeNumbers(clamped(iteration, distance + 1));
  aheadSlot = slotOf(distance + 1, slots);
}

/// The rest of the body reads this iteration's slots.
void LoopExpansion::useSlots() {
  auto use = [&](Value array, int64_t count) {
    Value slot = GpuSlotOp::create(b, array, slotOf(0, count));
    array.replaceUsesWithIf(slot, [](OpOperand &operand) {
      return !isa<GpuSlotOp>(operand.getOwner());
    });
  };
  for (Value copies : memory.copies)
    use(copies, stages);
  for (Value numbers : memory.numbers)
    use(numbers, slots);
}

void LoopExpansion::finishIteration() {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  storeNumbers(ahead, aheadSlot);
}

/// What has copies now; arithmetic that the rest needs too stays.
void LoopExpansion::eraseMoved() {
  for (GpuGatherOp gather : memory.gathers)
    gather.erase();
  for (GpuLocalStoreOp store : memory.stores)
    store.erase();
  makers.eraseUnused(*loop.getBody());
  if (counter.use_empty())
    counter.getDefiningOp()->erase();
}

SmallVector<Value> LoopExpansion::makeNumbers(Value iteration) {
  IRMapping mapping;
  mapping.map(counter, b.toIndex(iteration));
  for (Operation *op : makers.numbers)
    b.clone(*op, mapping);
  return llvm::map_to_vector(memory.stores, [&](GpuLocalStoreOp store) {
    return mapping.lookupOrDefault<Value>(store.getTile());
  });
}

/// Puts numbers of rows where threads that copy rows find them.
void LoopExpansion::storeNumbers(ArrayRef<Value> numbers, Value slot) {
  for (auto [store, tile] : llvm::zip(memory.stores, numbers))
    GpuLocalStoreOp::create(b, tile,
                            GpuSlotOp::create(b, store.getMemory(), slot));
}

void LoopExpansion::copyRows(Value iteration, Value copySlot,
                             Value numberSlot) {
  IRMapping mapping;
  mapping.map(counter, b.toIndex(iteration));
  for (Operation *op : makers.copies)
    b.clone(*op, mapping);
  for (Value copies : memory.copies)
    mapping.map(copies, GpuSlotOp::create(b, copies, copySlot).getStage());
  for (Value numbers : memory.numbers)
    mapping.map(numbers, GpuSlotOp::create(b, numbers, numberSlot).getStage());
  // Side by side, so that what they share is computed once.
  for (GpuGatherOp gather : memory.gathers)
    cast<GpuGatherOp>(b.clone(*gather, mapping)).setAsync(true);
}

Value LoopExpansion::plus(Value iteration, int64_t ahead) {
  return b.add(iteration, b.mul(loop.getStep(), b.i32(ahead)));
}

Value LoopExpansion::exists(Value iteration) {
  return b.compare(arith::CmpIPredicate::slt, iteration, loop.getUpperBound());
}

/// The iteration that is `ahead` after this one, or this one where there is
/// none: one that exists, so that nothing branches.
Value LoopExpansion::clamped(Value iteration, int64_t ahead) {
  if (ahead == 0)
    return iteration;
  Value next = plus(iteration, ahead);
  return b.select(exists(next), next, iteration);
}

Value LoopExpansion::slotOf(int64_t ahead, int64_t count) {
  return b.toIndex(
      arith::RemUIOp::create(b, b.add(number, b.i32(ahead)), b.i32(count)));
}

void mlir::hip::copyAhead(scf::ForOp loop, int64_t stages) {
  LoopExpansion(loop, stages).run();
}
