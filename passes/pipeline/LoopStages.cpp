//===- pipeline/LoopStages.cpp - Which ops of a loop run iterations ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipeline/LoopStages.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

CopiedMemory::CopiedMemory(scf::ForOp loop)
    : gathers(llvm::to_vector(loop.getBody()->getOps<GpuGatherOp>())) {
  for (GpuGatherOp gather : gathers) {
    numbers.insert(gather.getRows());
    copies.insert(gather.getMemory());
  }
  for (auto store : loop.getBody()->getOps<GpuLocalStoreOp>())
    if (numbers.contains(store.getMemory()))
      stores.push_back(store);
}

StageMakers::StageMakers(scf::ForOp loop, const CopiedMemory &memory) {
  llvm::SetVector<Operation *> forNumbers, forCopies;
  for (GpuLocalStoreOp store : memory.stores)
    addSlice(loop, store, forNumbers);
  for (GpuGatherOp gather : memory.gathers)
    addSlice(loop, gather, forCopies);
  for (Operation &op : *loop.getBody()) {
    if (forNumbers.contains(&op) && !llvm::is_contained(memory.stores, &op))
      numbers.push_back(&op);
    if (forCopies.contains(&op) && !llvm::is_contained(memory.gathers, &op))
      copies.push_back(&op);
  }
}

void StageMakers::eraseUnused(Block &body) const {
  llvm::SetVector<Operation *> made(copies.begin(), copies.end());
  made.insert(numbers.begin(), numbers.end());
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (made.contains(&op) && op.use_empty())
      op.erase();
}

int64_t mlir::hip::numberSlots(int64_t stages) {
  constexpr int64_t kLeast = 4;
  return std::max<int64_t>(kLeast, llvm::PowerOf2Ceil(stages + 1));
}

int64_t mlir::hip::stageBytes(const CopiedMemory &memory, int64_t stages) {
  auto bytesOf = [](Value array) {
    return cast<SmemType>(array.getType()).getStageBytes();
  };
  int64_t bytes = 0;
  for (Value numbers : memory.numbers)
    bytes += (numberSlots(stages) - 1) * bytesOf(numbers);
  for (Value copies : memory.copies)
    bytes += (stages - 1) * bytesOf(copies);
  return bytes;
}

llvm::SetVector<Value> mlir::hip::usedValues(Operation *op) {
  llvm::SetVector<Value> used;
  used.insert(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return used;
}

void mlir::hip::addSlice(scf::ForOp loop, Operation *op,
                         llvm::SetVector<Operation *> &found) {
  if (found.contains(op))
    return;
  for (Value value : usedValues(op)) {
    Operation *def = value.getDefiningOp();
    if (def && def->getBlock() == loop.getBody())
      addSlice(loop, def, found);
  }
  found.insert(op);
}
