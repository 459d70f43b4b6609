//===- pipeline/Producers.cpp - Warps that copy keys ahead for others
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/pipeline/Specialization.h"
#include "passes/support/RowMap.h"
#include "passes/support/TileOps.h"

using namespace mlir;
using namespace mlir::hip;

void Specialization::produce(Block *role) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(role);
  if (!work)
    return b.when(exists(lower), [&] { produceAll({b.i32(0), b.i32(0)}); });
  b.loop(work.getLowerBound(), work.getUpperBound(), work.getStep(),
         {b.i32(0), b.i32(0)}, [&](Value item, ValueRange first) {
           return produceWork(item, first);
         });
}

/// What is not for consumers of one pass of the loop around.
SmallVector<Value> Specialization::produceWork(Value item, ValueRange first) {
  ofWork.map(work.getInductionVar(), item);
  for (Operation &op : work.getBody()->without_terminator())
    if (!consumed.contains(&op))
      b.clone(op, ofWork);
  readBounds(ofWork);
  return b.ifElse(
      exists(lower), TypeRange(first), [&] { return produceAll(first); },
      [&] { return llvm::to_vector(first); });
}

/// All iterations, of which there is one; gives the state after the last one.
/// Numbers of rows are computed an iteration before they are needed.
SmallVector<Value> Specialization::produceAll(ValueRange first) {
  SmallVector<Value> carried = makeNumbers(lower);
  llvm::append_range(carried, first);
  SmallVector<Value> last = b.loop(
      lower, upper, step, carried, [&](Value iteration, ValueRange state) {
        PipelineState now{state.end()[-2], state.back()};
        SmallVector<Value> numbers =
            produceIteration(iteration, state.drop_back(2), now);
        PipelineState after = next(now);
        numbers.append({after.slot, after.phase});
        return numbers;
      });
  return llvm::to_vector(ArrayRef(last).take_back(2));
}

/// A slot of the channel, once it is empty.
void Specialization::fill(const Channel &channel, const PipelineState &now,
                          function_ref<void(Value)> write) {
  Value slot = b.toIndex(now.slot);
  if (channel.isRead())
    GpuAwaitOp::create(b, channel.empty, slot,
                       arith::XOrIOp::create(b, now.phase, b.i32(1)));
  write(GpuSlotOp::create(b, channel.array, slot));
}

SmallVector<Value> Specialization::produceIteration(Value iteration,
                                                    ValueRange numbers,
                                                    const PipelineState &now) {
  for (auto [store, tile] : llvm::zip(memory.stores, numbers)) {
    const Channel &channel = channels[store.getMemory()];
    fill(channel, now, [&, tile = tile](Value slot) {
      GpuLocalStoreOp::create(b, tile, slot);
    });
    if (channel.isRead())
      GpuArriveOp::create(b, channel.full, b.toIndex(now.slot),
                          /*copies=*/false, /*warp=*/false);
  }
  // Producers read each other's numbers.
  GpuBarrierOp::create(b);
  Value following = b.add(iteration, step);
  SmallVector<Value> made =
      makeNumbers(b.select(exists(following), following, iteration));
  copyRows(iteration, now);
  return made;
}

/// A tile of the consumers' threads as one of the producers'.
static void setThreads(Operation *op, int64_t count) {
  for (Value result : op->getResults())
    if (auto tile = dyn_cast<TileType>(result.getType()))
      result.setType(
          tile.with(ThreadsLayoutAttr::get(op->getContext(), count)));
}

SmallVector<Value> Specialization::makeNumbers(Value iteration) {
  IRMapping mapping = ofWork;
  mapping.map(loop.getInductionVar(), b.toIndex(iteration));
  for (Operation *op : makers.numbers)
    setThreads(b.clone(*op, mapping), producers);
  return llvm::map_to_vector(memory.stores, [&](GpuLocalStoreOp store) {
    return mapping.lookupOrDefault<Value>(store.getTile());
  });
}

void Specialization::copyByThreads(GpuGatherOp gather, const PipelineState &now,
                                   IRMapping &mapping) {
  const Channel &channel = channels[gather.getMemory()];
  fill(channel, now, [&](Value to) {
    mapping.map(gather.getMemory(), to);
    cast<GpuGatherOp>(b.clone(*gather, mapping)).setAsync(true);
  });
  if (channel.isRead())
    GpuArriveOp::create(b, channel.full, b.toIndex(now.slot), /*copies=*/true,
                        /*warp=*/false);
}

/// The host makes the map, in front of the kernel.
Value Specialization::makeMap(GpuGatherOp gather) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(kernel);
  auto type = cast<SmemType>(gather.getMemory().getType()).withStages(1);
  return TensorMapOp::create(b, TensorMapType::get(b.getContext()),
                             viewOf(gather.getView()).getSource(),
                             gather.getRuns(), type);
}

void Specialization::copyBoxes(GpuGatherOp gather, const PipelineState &now,
                               const IRMapping &mapping) {
  const Channel &channel = channels[gather.getMemory()];
  Value map = makeMap(gather);
  auto at = viewOf(gather.getView()).getIndices();
  auto mapped = [&](Value value) { return mapping.lookupOrDefault(value); };
  fill(channel, now, [&](Value to) {
    GpuGatherBoxesOp::create(b, map, mapped(at[0]), mapped(at[1]),
                             mapped(gather.getRows()), to, channel.full,
                             b.toIndex(now.slot), gather.getRuns());
  });
}

void Specialization::copyRows(Value iteration, const PipelineState &now) {
  IRMapping mapping = ofWork;
  mapping.map(loop.getInductionVar(), b.toIndex(iteration));
  for (Operation *op : makers.copies)
    b.clone(*op, mapping);
  Value slot = b.toIndex(now.slot);
  for (Value numbers : memory.numbers)
    mapping.map(numbers, GpuSlotOp::create(b, numbers, slot).getStage());
  for (GpuGatherOp gather : memory.gathers)
    if (channels[gather.getMemory()].isRead() && comesInBoxes(gather))
      copyBoxes(gather, now, mapping);
    else
      copyByThreads(gather, now, mapping);
}
