//===- tile/TileLists.cpp - Range list ops to kernels, a thread block a list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ScoreRegion.h"
#include "passes/tile/ListSteps.h"
#include "passes/tile/Lowering.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

/// A thread block for each of the lists that have these counts.
template <typename OpTy>
static void lowerList(TileBuilder &b, OpTy op, Value counts) {
  onEachList(b, op, counts, [&](ValueRange list) {
    ThreadGroup group(b, tile::scheduleOf(op).getThreads());
    emitList(b, group, op, list);
  });
}

template <typename OpTy> static void lowerList(TileBuilder &b, OpTy op) {
  lowerList(b, op, op.getOuts()[1]);
}

void mlir::hip::tile::lower(TileBuilder &b, PartitionOp op) {
  lowerList(b, op);
}
void mlir::hip::tile::lower(TileBuilder &b, SplitOp op) { lowerList(b, op); }

/// Over the lists that are read, which the kernel before is over, too: those
/// that are written may be the caller's.
void mlir::hip::tile::lower(TileBuilder &b, BlocksOp op) {
  lowerList(b, op, op.getCounts());
}

void mlir::hip::tile::lower(TileBuilder &b, UnionOp op) { lowerList(b, op); }

void mlir::hip::tile::lower(TileBuilder &b, MaskBlocksOp op) {
  defineIntegers(op.getMask());
  lowerList(b, op);
}

void mlir::hip::tile::lower(TileBuilder &b, CheckKeysOp op) {
  int64_t threads = scheduleOf(op).getThreads();
  Value one = b.index(1);
  b.kernel(threads, {b.size(op.getOuts()[0], 0), one, one},
           [&](ValueRange ids) {
             ThreadGroup group(b, threads);
             emitList(b, group, op, ids.take_front(1));
           });
}

void mlir::hip::tile::lower(TileBuilder &b, CheckListOp op) {
  onEachList(b, op, op.getOuts()[0], [&](ValueRange list) {
    ThreadGroup group(b, scheduleOf(op).getThreads());
    emitList(b, group, op, list);
  });
}

void mlir::hip::tile::lower(TileBuilder &b, SummarizeOp op) {
  onEachList(b, op, op.getOuts()[0], [&](ValueRange box) {
    ThreadGroup group(b, scheduleOf(op).getThreads());
    emitBox(b, group, op, box);
  });
}
