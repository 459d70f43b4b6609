//===- gpu/AssignLayouts.cpp - A place on the GPU for every tile
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/Passes.h"
#include "passes/gpu/Directions.h"
#include "passes/gpu/Layouts.h"
#include "passes/gpu/Stages.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPASSIGNLAYOUTS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Layouts of one kernel.
class Assignment {
public:
  explicit Assignment(gpu::LaunchOp kernel) : kernel(kernel) {}

  LogicalResult run() {
    FailureOr<int64_t> known = gpupasses::threadsOf(kernel);
    if (failed(known))
      return failure();
    threads = *known;
    if (failed(directions.find(kernel)))
      return failure();
    for (ArrayRef<Operation *> phase : phasesOf(kernel)) {
      arrangeWarps(phase);
      for (Operation *op : phase)
        assign(op);
    }
    return gpupasses::checkLayouts(kernel, threads);
  }

private:
  void arrangeWarps(ArrayRef<Operation *> phase);
  void assign(Operation *op);
  void remarkUnit(TileDotOp dot);

  gpu::LaunchOp kernel;
  gpupasses::Directions directions;
  int64_t threads = 0, rowWarps = 1, columnWarps = 1;
};

} // namespace

/// Warps are side by side in rows where rows are folded; else they go to the
/// columns that few rows leave them.
void Assignment::arrangeWarps(ArrayRef<Operation *> phase) {
  bool hasTiles = false, foldsRows = false;
  int64_t rows = 1;
  for (Operation *op : phase) {
    hasTiles |= llvm::any_of(op->getResultTypes(), llvm::IsaPred<TileType>);
    if (auto fold = dyn_cast<TileReduceOp>(op))
      foldsRows |= fold.getAxis() == 1;
    if (auto dot = dyn_cast<TileDotOp>(op))
      rows = std::max(rows, cast<TileType>(dot.getTile().getType()).getRows());
  }
  if (!hasTiles)
    return;
  int64_t warps = threads / layout::kWarp;
  rowWarps = warps;
  if (!foldsRows) {
    int64_t needed = llvm::divideCeil(rows, layout::kMmaRows);
    while (rowWarps > needed && rowWarps % 2 == 0)
      rowWarps /= 2;
  }
  columnWarps = warps / rowWarps;
}

/// Which unit multiplies, and why it is not TensorCores where it is not.
void Assignment::remarkUnit(TileDotOp dot) {
  if (!dot->getContext()->getRemarkEngine())
    return;
  remark::RemarkOpts about = remarkOf(DebugTag::Layout, dot);
  if (Type unit = gpupasses::matrixType(dot)) {
    remark::passed(dot.getLoc(), about)
        << llvm::formatv("TensorCores: mma.sync m16n8k16 on {0}", unit).str();
    return;
  }
  auto left = cast<TileType>(dot.getA().getType());
  Type a = left.getElementType(),
       right = cast<TileType>(dot.getB().getType()).getElementType();
  int64_t inner = left.getColumns();
  bool fits = a == right && a.getIntOrFloatBitWidth() == 16;
  std::string reason =
      fits ? llvm::formatv("{0} columns are no multiple of {1}", inner,
                           layout::kMmaInner)
                 .str()
           : llvm::formatv("the operands hold {0} and {1}, mma.sync takes two "
                           "of f16 or of bf16",
                           a, right)
                 .str();
  remark::missed(dot.getLoc(), about) << "no TensorCores: " + reason;
}

void Assignment::assign(Operation *op) {
  if (op->getNumResults() != 1 || !isTileOp(op))
    return;
  auto type = dyn_cast<TileType>(op->getResult(0).getType());
  if (!type)
    return;
  LayoutKind kind =
      type.isVector() ? directions.of(op->getResult(0)) : gpupasses::kindOf(op);
  op->setAttr("hip.layout",
              LayoutAttr::get(op->getContext(), kind, rowWarps, columnWarps));
  debug(DebugTag::Layout, op, [&](llvm::raw_ostream &out) {
    out << op->getAttr("hip.layout") << " of " << type;
  });
  if (auto dot = dyn_cast<TileDotOp>(op))
    remarkUnit(dot);
}

namespace {

struct AssignLayouts : mlir::hip::impl::HipAssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {
    if (failed(checkNoTilesOutside(getOperation())))
      return signalPassFailure();
    WalkResult walked = getOperation()->walk([](gpu::LaunchOp kernel) {
      if (!hasTiles(kernel))
        return WalkResult::advance();
      if (failed(checkTiles(kernel)))
        return WalkResult::interrupt();
      return failed(Assignment(kernel).run()) ? WalkResult::interrupt()
                                              : WalkResult::advance();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
