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
#include "passes/gpu/Layouts.h"
#include "passes/gpu/Stages.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPIPELINE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

/// Room for numbers per row and column, which fold and are asked for there.
constexpr int64_t kSlack = 8 * 1024;

static int64_t bytesOf(TileType type, Type element) {
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  return type.getRows() * layout::sharedPitch(type.getColumns() * bytes);
}

/// Operands that a dot by fma has written to shared memory in f32.
static int64_t copiedBytes(TileDotOp dot) {
  if (matrixType(dot))
    return 0;
  int64_t bytes = 0;
  for (Value tile : {dot.getA(), dot.getB()}) {
    LayoutAttr layout = layoutOf(tile);
    auto type = cast<TileType>(tile.getType());
    if (!layout || layout.getKind() != LayoutKind::Shared ||
        !type.getElementType().isF32())
      bytes += bytesOf(type, Float32Type::get(dot.getContext()));
  }
  return bytes;
}

/// Bytes of shared memory that an op takes.
static int64_t sharedBytes(Operation *op) {
  if (auto dot = dyn_cast<TileDotOp>(op))
    return copiedBytes(dot);
  auto layout = op->getAttrOfType<LayoutAttr>("hip.layout");
  if (!layout || layout.getKind() != LayoutKind::Shared)
    return 0;
  auto type = cast<TileType>(op->getResult(0).getType());
  return bytesOf(type, type.getElementType());
}

namespace {

struct Pipeline : mlir::hip::impl::HipPipelineBase<Pipeline> {
  using HipPipelineBase::HipPipelineBase;

  void runOnOperation() override {
    getOperation()->walk([&](gpu::LaunchOp kernel) {
      for (ArrayRef<Operation *> phase : phasesOf(kernel))
        readAhead(phase);
    });
  }

  void readAhead(ArrayRef<Operation *> phase) {
    int64_t bytes = kSlack;
    for (Operation *op : phase)
      bytes += sharedBytes(op);
    for (Operation *op : phase) {
      auto loop = dyn_cast<scf::ForOp>(op);
      int64_t more = 0;
      if (loop)
        for (Operation *producer : producersOf(loop))
          more += sharedBytes(producer);
      if (more == 0 || bytes + more > shared)
        continue;
      bytes += more;
      loop->setAttr(kStages,
                    Builder(loop.getContext()).getI64IntegerAttr(kStageCount));
      debug(DebugTag::Layout, loop, [&](llvm::raw_ostream &out) {
        out << "reads one round ahead, " << bytes
            << " bytes of shared memory in all";
      });
    }
  }
};

} // namespace
