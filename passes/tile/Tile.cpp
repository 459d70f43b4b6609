//===- tile/Tile.cpp - hip ops on memrefs to kernels
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/Steps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"
#include "passes/tile/Lowering.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPTILE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

ScheduleAttr mlir::hip::tile::scheduleOf(Operation *op) {
  if (auto schedule = op->getAttrOfType<ScheduleAttr>(kSchedule))
    return schedule;
  return ScheduleAttr::get(op->getContext(), /*threads=*/1, /*rows=*/512,
                           /*columns=*/64, /*splitKeys=*/0, /*splitRows=*/0,
                           /*fewRows=*/0, /*minBlocks=*/0,
                           BlockOrder::Descending);
}

void mlir::hip::tile::onEachList(TileBuilder &b, Operation *op, Value array,
                                 function_ref<void(ValueRange)> body) {
  TileKernelOp kernel =
      b.kernel(scheduleOf(op).getThreads(),
               {b.size(array, 2), b.size(array, 1), b.size(array, 0)},
               [&](ValueRange ids) {
                 SmallVector<Value> list{ids[2], ids[1], ids[0]};
                 body(list);
               });
  auto split = dyn_cast<SplitOp>(op);
  if (!isa<SummarizeOp>(op))
    kernel.setOwnLists(!split || split.getQueryWays() == 1);
}

namespace {

/// Writes the name of `op` and its schedule on each kernel that was made for
/// it, which are before it and after `last`; gives how many there are.
int64_t markKernels(Operation *last, Operation *op, ScheduleAttr schedule) {
  OpBuilder b(op);
  int64_t count = 0;
  Operation *made = last ? last->getNextNode() : &op->getBlock()->front();
  for (; made != op; made = made->getNextNode())
    made->walk([&](TileKernelOp kernel) {
      kernel.setStepsAttr(b.getStrArrayAttr(op->getName().stripDialect()));
      if (schedule)
        kernel.setScheduleAttr(schedule);
      ++count;
    });
  return count;
}

/// What is attended by parts of the keys has no more rows than a tile.
LogicalResult checkFew(Operation *op) {
  auto attention = dyn_cast<BlockSparseAttentionOp>(op);
  ScheduleAttr schedule = tile::scheduleOf(op);
  if (!attention || schedule.getSplitKeys() == 0)
    return success();
  int64_t heads =
      packedHeads(headsWithOneList(attention), schedule.getSplitRows());
  int64_t most = schedule.getSplitRows() / heads;
  int64_t rows = shapeOf(attention.getQuery().getType())[2];
  if (rows <= most || ShapedType::isDynamic(rows))
    return success();
  return attention.emitOpError()
         << "has " << rows
         << " query rows, but split_keys = " << schedule.getSplitKeys()
         << " is for up to " << most << " (" << heads
         << " heads in split_rows = " << schedule.getSplitRows()
         << "); leave the schedule to hip-multiversion";
}

/// An array without numbers, which nothing has to be written to.
bool isEmpty(Value array) {
  return llvm::is_contained(cast<MemRefType>(array.getType()).getShape(), 0);
}

template <typename OpTy> void lowerStep(TileBuilder &b, OpTy op, bool serial) {
  Operation *last = op->getPrevNode();
  auto decided = op->template getAttrOfType<ScheduleAttr>(kSchedule);
  b.onCpu = tile::scheduleOf(op).getThreads() == 1;
  if (serial)
    op->setAttr(kSchedule, tile::scheduleOf(op).withThreads(1));
  tile::lower(b, op);
  int64_t kernels = markKernels(last, op, decided);
  debug(DebugTag::Tile, op, [&](llvm::raw_ostream &out) {
    out << (kernels == 1 ? "one kernel" : Twine(kernels) + " kernels")
        << ", thread blocks of " << tile::scheduleOf(op).getThreads()
        << " threads";
  });
}

/// Other ops than steps are left as they are.
LogicalResult lowerOne(Operation *op, bool serial, bool &lowered) {
  TileBuilder b(op->getLoc(), op);
  LogicalResult result = success();
  visitStep(op, [&](auto step) {
    if constexpr (isComposite<decltype(step)>) {
      result = step.emitOpError() << "has no tiles; run hip-expand-attention "
                                     "and hip-expand-prune first";
    } else if (!step.hasPureBufferSemantics()) {
      result = step.emitOpError() << "is on tensors; bufferise first";
    } else if (failed(checkReadable(step)) || failed(checkFew(op))) {
      result = failure();
    } else {
      lowered = true;
      if (!llvm::all_of(step.getOuts(), isEmpty))
        lowerStep(b, step, serial);
    }
  });
  return result;
}

struct Tile : mlir::hip::impl::HipTileBase<Tile> {
  using HipTileBase::HipTileBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      bool lowered = false;
      if (failed(lowerOne(op, serial, lowered)))
        return signalPassFailure();
      if (lowered)
        op->erase();
    }
  }
};

} // namespace
