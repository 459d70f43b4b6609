//===- tile/HoistLoads.cpp - Tiles that every iteration loads, loaded once
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPHOISTLOADS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Whether `value` is known before `loop`, or can be made there: by ops without
/// effects, which are added to `slice` in their order.
static bool isKnownBefore(Value value, scf::ForOp loop,
                          SetVector<Operation *> &slice) {
  if (loop.isDefinedOutsideOfLoop(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || !isPure(op) || op->getNumRegions() > 0)
    return false;
  auto isKnown = [&](Value each) { return isKnownBefore(each, loop, slice); };
  if (!llvm::all_of(op->getOperands(), isKnown))
    return false;
  slice.insert(op);
  return true;
}

/// The outermost of the loops around `load` that give it the same rows each
/// time. A view ends where its rows do, so that branches need not be taken.
static scf::ForOp findLoop(TileLoadOp load, SetVector<Operation *> &slice) {
  scf::ForOp found;
  for (Operation *around = load->getParentOp();
       isa<scf::ForOp, scf::IfOp>(around); around = around->getParentOp()) {
    auto loop = dyn_cast<scf::ForOp>(around);
    if (!loop)
      continue;
    SetVector<Operation *> needed;
    if (!isKnownBefore(load.getView(), loop, needed))
      break;
    found = loop;
    slice = std::move(needed);
  }
  return found;
}

static Value arrayOf(TileLoadOp load) {
  return rootOf(load.getView().getDefiningOp<TileViewOp>().getSource());
}

static void hoist(TileLoadOp load) {
  SetVector<Operation *> slice;
  scf::ForOp loop = findLoop(load, slice);
  if (!loop || findWrite(arrayOf(load)))
    return;
  for (Operation *op : slice)
    op->moveBefore(loop);
  load->moveBefore(loop);
  debug(DebugTag::Tile, load, [&](auto &out) {
    out << "is loaded before a loop that reads it in each iteration";
  });
}

namespace {

struct HoistLoads : mlir::hip::impl::HipHoistLoadsBase<HoistLoads> {
  void runOnOperation() override {
    SmallVector<TileLoadOp> loads;
    getOperation()->walk([&](TileLoadOp load) { loads.push_back(load); });
    llvm::for_each(loads, hoist);
  }
};

} // namespace
