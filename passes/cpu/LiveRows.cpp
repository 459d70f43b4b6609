//===- cpu/LiveRows.cpp - Rows of a tile that are stored in the end
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cpu/LiveRows.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"
#include "passes/support/RowMap.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::cpu;

static int64_t sizeOf(Value tile) {
  return cast<TileType>(tile.getType()).getShape().front();
}

LiveRows::LiveRows(ScalarBuilder &b, Block &entry, int64_t lanes) {
  entry.walk([&](TileStoreOp op) {
    view = viewOf(op.getView());
    return WalkResult::interrupt();
  });
  Operation *last = view && view.getEnd() ? lastOperand(entry) : nullptr;
  if (!last)
    return;
  follow(entry);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(last);
  stored =
      b.mul(b.max(b.sub(view.getEnd(), view.getIndices().back()), b.index(0)),
            b.index(*view.getInterleavedHeads()));
  for (auto [tile, need] : needs) {
    Block *block = tile.getParentBlock();
    Operation *at =
        isa<BlockArgument>(tile) ? block->getParentOp() : tile.getDefiningOp();
    at = entry.findAncestorOpInBlock(*at);
    if (need == Need::Stored && !at->isBeforeInBlock(last))
      rows[tile] = limited(b, sizeOf(tile), lanes);
  }
}

/// Where end and first row of the view are known: the op that follows both
/// in `entry`; null if it is not there that they are computed.
Operation *LiveRows::lastOperand(Block &entry) {
  Operation *after = &entry.front();
  for (Value value : {Value(view.getEnd()), view.getIndices().back()}) {
    Operation *definition = value.getDefiningOp();
    Region *from = value.getParentRegion();
    if (from->isProperAncestor(entry.getParent()) ||
        value.getParentBlock() != &entry) {
      if (!from->isProperAncestor(entry.getParent()))
        return nullptr;
    } else if (definition &&
               after->isBeforeInBlock(definition->getNextNode())) {
      after = definition->getNextNode();
    }
  }
  return after;
}

/// Rows of a tile of `size`, in vectors of which the last has a live row.
Value LiveRows::limited(ScalarBuilder &b, int64_t size, int64_t lanes) {
  auto [known, isNew] = bySize.try_emplace(size);
  if (!isNew || size <= lanes)
    return known->second;
  Value width = b.index(lanes), count = b.min(stored, b.index(size));
  if (!matchPattern(count, m_Constant()))
    known->second = b.mul(b.ceilDiv(count, width), width);
  return known->second;
}

/// Needs only grow, from a store on and around loops.
void LiveRows::follow(Block &entry) {
  for (bool changed = true; changed;) {
    changed = false;
    entry.walk<WalkOrder::PostOrder, ReverseIterator>(
        [&](Operation *op) { changed |= visit(op); });
  }
}

bool LiveRows::require(Value tile, Need need) {
  Need &known = needs[tile];
  if (known >= need)
    return false;
  known = need;
  return true;
}

LiveRows::Need LiveRows::needOf(TileStoreOp op) {
  TileViewOp other = viewOf(op.getView());
  bool same = other.getEnd() == view.getEnd() &&
              other.getIndices().back() == view.getIndices().back() &&
              other.getInterleavedHeads() == view.getInterleavedHeads();
  return same ? Need::Stored : Need::All;
}

bool LiveRows::visit(Operation *op) {
  bool changed = false;
  auto all = [&](Value tile) { changed |= require(tile, Need::All); };
  TypeSwitch<Operation *>(op)
      .Case(
          [&](TileStoreOp it) { changed |= require(it.getTile(), needOf(it)); })
      .Case([&](TileMapOp map) {
        Need need = needOf(map.getTile());
        for (auto [source, axis] : llvm::zip(map.getSources(), map.getAxes()))
          changed |= require(source, axis == 1 ? Need::All : need);
        if (Value changes = map.getChanges();
            changes && isa<TileType>(changes.getType()))
          changed |= require(changes, need);
      })
      .Case([&](TileDotOp dot) {
        changed |= require(dot.getAcc(), needOf(dot.getTile()));
        changed |= require(dot.getA(), needOf(dot.getTile()));
        all(dot.getB());
      })
      .Case([&](TileReduceOp reduce) {
        bool ofRow = reduce.getAxis() == 1;
        changed |= require(reduce.getSource(),
                           ofRow ? needOf(reduce.getTile()) : Need::All);
      })
      .Case([&](scf::ForOp loop) { changed |= visitLoop(loop); })
      .Case([&](scf::YieldOp) {}) // with its loop
      .Default([&](Operation *other) {
        for (Value operand : other->getOperands())
          if (isa<TileType>(operand.getType()))
            all(operand);
      });
  return changed;
}

/// A carried tile has one place.
bool LiveRows::visitLoop(scf::ForOp loop) {
  bool changed = false;
  for (unsigned i = 0; i < loop.getNumRegionIterArgs(); ++i) {
    Value same[] = {loop.getInitArgs()[i], loop.getRegionIterArg(i),
                    loop.getYieldedValues()[i], loop.getResult(i)};
    if (!isa<TileType>(same[0].getType()))
      continue;
    Need most = Need::None;
    for (Value tile : same)
      most = std::max(most, needOf(tile));
    for (Value tile : same)
      changed |= require(tile, most);
  }
  return changed;
}
