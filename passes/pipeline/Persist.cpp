//===- pipeline/Persist.cpp - Thread blocks that go on with others' work
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPERSIST
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

static bool hasPhases(TileKernelOp kernel) {
  return kernel.getBody()
      .walk([](TilePhaseOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// The ids of block `item` of a grid, the first of which changes fastest.
static SmallVector<Value> idsOf(ScalarBuilder &b, Value item, ValueRange grid) {
  SmallVector<Value> ids;
  for (Value size : grid.drop_back()) {
    ids.push_back(b.createOrFold<arith::RemUIOp>(item, size));
    item = b.div(item, size);
  }
  ids.push_back(item);
  return ids;
}

/// A loop over the work of the grid, in place of the kernel's body.
static void persist(TileKernelOp kernel, int64_t most) {
  ScalarBuilder b(kernel.getLoc(), kernel);
  SmallVector<Value> grid = llvm::to_vector(kernel.getGrid());
  Value items = grid.front();
  for (Value size : ArrayRef(grid).drop_front())
    items = b.mul(items, size);
  Value blocks = b.min(items, b.index(most));
  kernel.getGridMutable().assign(blocks);

  Block &body = kernel.getBody().front();
  SmallVector<Operation *> work;
  for (Operation &op : body.without_terminator())
    work.push_back(&op);
  b.setInsertionPointToStart(&body);
  Value block = body.getArgument(0);
  auto loop = scf::ForOp::create(b, block, items, blocks);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> ids = idsOf(b, loop.getInductionVar(), grid);
  for (Operation *op : work)
    op->moveBefore(loop.getBody()->getTerminator());
  for (auto [i, id] : llvm::enumerate(ids))
    body.getArgument(i).replaceUsesWithIf(
        id, [&](OpOperand &use) { return use.getOwner() != loop; });
  body.eraseArguments(1, body.getNumArguments() - 1);
  debug(DebugTag::Schedule, kernel, [&](llvm::raw_ostream &out) {
    out << "at most " << most
        << " thread blocks, each of which continues with the work of "
        << "others";
  });
}

namespace {

struct Persist : mlir::hip::impl::HipPersistBase<Persist> {
  void runOnOperation() override {
    getOperation()->walk([](TileKernelOp kernel) {
      ScheduleAttr schedule = kernel.getScheduleAttr();
      if (schedule && schedule.getPersistent() > 0 && !hasPhases(kernel))
        persist(kernel, schedule.getPersistent());
    });
  }
};

} // namespace
