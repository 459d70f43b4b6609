//===- sync/UniformBranches.cpp - Where all threads of a block come together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/sync/UniformBranches.h"
#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

namespace {

/// A walk from values back to what they depend on.
class Slice {
public:
  void add(ValueRange values);
  /// Whether all of them are the same in all threads of a block.
  bool isUniform();

private:
  bool isSource(Value value);
  void addSources(Value value);

  SmallVector<Value> open;
  DenseSet<Value> seen;
};

} // namespace

/// Tiles are the block's; of them an i1 comes by hip.tile.any, which all
/// threads have, and by hip.gpu.vote, which a warp has.
void Slice::add(ValueRange values) {
  for (Value value : values)
    if (!isa<TileType, SmemType>(value.getType()) && seen.insert(value).second)
      open.push_back(value);
}

/// Whether threads differ in it, whatever it is made of.
bool Slice::isSource(Value value) {
  return isa_and_nonnull<gpu::ThreadIdOp, gpu::LaneIdOp, gpu::SubgroupIdOp,
                         GpuVoteOp>(value.getDefiningOp());
}

void Slice::addSources(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto argument = dyn_cast<BlockArgument>(value))
    op = argument.getOwner()->getParentOp();
  // What a kernel gets from outside, its block has.
  if (isa<TileKernelOp, FunctionOpInterface>(op) || isa<TileAnyOp>(op))
    return;
  add(op->getOperands());
  for (Region &region : op->getRegions())
    for (Block &block : region)
      add(block.back().getOperands());
}

bool Slice::isUniform() {
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (isSource(value))
      return false;
    addSources(value);
  }
  return true;
}

bool mlir::hip::isUniformBranch(Operation *op) {
  Slice slice;
  bool known = true;
  TypeSwitch<Operation *>(op)
      .Case([&](scf::IfOp branch) { slice.add(branch.getCondition()); })
      .Case([&](scf::IndexSwitchOp branch) { slice.add(branch.getArg()); })
      .Case([&](scf::WhileOp loop) {
        slice.add(loop.getConditionOp().getCondition());
      })
      .Case([&](scf::ForOp loop) {
        slice.add({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
      })
      .Default([&](Operation *) { known = false; });
  return known && slice.isUniform();
}
