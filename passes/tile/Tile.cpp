//===- tile/Tile.cpp - hip ops on memrefs to kernels
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/Passes.h"
#include "passes/support/Keys.h"
#include "passes/tile/Lowering.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPTILE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

struct Tile : mlir::hip::impl::HipTileBase<Tile> {
  void runOnOperation() override {
    SmallVector<BlockSparseAttentionOp> ops;
    getOperation()->walk([&](BlockSparseAttentionOp op) { ops.push_back(op); });
    for (BlockSparseAttentionOp op : ops) {
      if (!op.hasPureBufferSemantics()) {
        op.emitOpError() << "is on tensors; bufferise first";
        return signalPassFailure();
      }
      if (failed(checkReadable(op)))
        return signalPassFailure();
      TileBuilder b(op.getLoc(), op);
      tile::lower(b, op);
      op.erase();
    }
  }
};

} // namespace
