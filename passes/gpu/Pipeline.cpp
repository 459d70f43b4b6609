//===- gpu/Pipeline.cpp - Which loops read ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Passes.h"
#include "passes/gpu/Stages.h"
#include "passes/support/Debug.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPIPELINE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

/// Bytes of a tile in shared memory, 0 for one in registers.
static int64_t sharedBytes(Operation *op) {
  auto layout = op->getAttrOfType<LayoutAttr>("hip.layout");
  if (!layout || layout.getKind() != LayoutKind::Shared)
    return 0;
  auto type = cast<TileType>(op->getResult(0).getType());
  int64_t element = layout.getElement().getIntOrFloatBitWidth() / 8;
  return type.getRows() * layout::sharedPitch(type.getColumns() * element);
}

namespace {

struct Pipeline : mlir::hip::impl::HipPipelineBase<Pipeline> {
  using HipPipelineBase::HipPipelineBase;

  void runOnOperation() override {
    getOperation()->walk([&](gpu::LaunchOp kernel) {
      int64_t bytes = 0;
      kernel.getBody().walk([&](Operation *op) { bytes += sharedBytes(op); });
      kernel.getBody().walk([&](scf::ForOp loop) {
        int64_t more = 0;
        for (Operation *op : producersOf(loop))
          more += sharedBytes(op);
        if (more == 0 || bytes + more > shared)
          return;
        bytes += more;
        loop->setAttr(kStages, Builder(loop.getContext()).getI64IntegerAttr(2));
        debug(DebugTag::Layout, loop, [&](llvm::raw_ostream &out) {
          out << "reads one round ahead, " << bytes
              << " bytes of shared memory in all";
        });
      });
    });
  }
};

} // namespace
