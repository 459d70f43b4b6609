//===- gpu/Stages.cpp - What a loop can read ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/Stages.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::hip;

Type mlir::hip::gpupasses::matrixType(TileDotOp dot) {
  auto left = cast<TileType>(dot.getA().getType());
  Type a = left.getElementType(),
       b = cast<TileType>(dot.getB().getType()).getElementType();
  bool fits = a == b && a.getIntOrFloatBitWidth() == 16 &&
              left.getColumns() % layout::kMmaInner == 0;
  return fits ? a : Type();
}

/// Collects `op` and what it needs of the body; false where that is carried by
/// the loop, or more than reading and arithmetic.
static bool collect(scf::ForOp loop, Operation *op,
                    llvm::SetVector<Operation *> &found) {
  if (found.contains(op))
    return true;
  bool line = llvm::all_of(op->getResultTypes(), [](Type type) {
    auto tile = dyn_cast<TileType>(type);
    return !tile || tile.isVector();
  });
  if (!isa<TileGatherOp>(op) && !line)
    return false;
  if (isa<scf::ForOp, scf::WhileOp>(op) || op->getNumResults() == 0)
    return false;
  llvm::SetVector<Value> needed;
  getUsedValuesDefinedAbove(op->getRegions(), needed);
  needed.insert(op->operand_begin(), op->operand_end());
  for (Value value : needed) {
    if (value == loop.getInductionVar())
      continue;
    if (llvm::is_contained(loop.getRegionIterArgs(), value))
      return false;
    Operation *def = value.getDefiningOp();
    if (def && def->getBlock() == loop.getBody() && !collect(loop, def, found))
      return false;
  }
  found.insert(op);
  return true;
}

/// Whether the rest of the body reads it from shared memory alone: what was
/// read ahead is not in registers there.
static bool isReadFromShared(Operation *op,
                             const llvm::SetVector<Operation *> &found) {
  for (Operation *user : op->getUsers()) {
    if (found.contains(user) || isa<TileDotOp, TileAnyOp>(user))
      continue;
    auto map = dyn_cast<TileMapOp>(user);
    if (!map || map.getTile().getType().isVector())
      return false;
  }
  return true;
}

SmallVector<Operation *> mlir::hip::gpupasses::producersOf(scf::ForOp loop) {
  llvm::SetVector<Operation *> found;
  for (auto gather : loop.getBody()->getOps<TileGatherOp>())
    if (!collect(loop, gather, found))
      return {};
  for (Operation *op : found)
    if (op->getNumResults() == 1 && isa<TileType>(op->getResult(0).getType()) &&
        !isReadFromShared(op, found))
      return {};
  SmallVector<Operation *> producers = found.takeVector();
  llvm::sort(producers,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return producers;
}
