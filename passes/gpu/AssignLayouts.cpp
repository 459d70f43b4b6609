//===- gpu/AssignLayouts.cpp - A place on the GPU for every tile
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
#include "mlir/IR/Matchers.h"
#include "passes/Passes.h"
#include "passes/gpu/Layouts.h"
#include "passes/gpu/Stages.h"
#include "passes/support/Debug.h"
#include "passes/support/Phases.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPASSIGNLAYOUTS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Follows numbers back to find types that hold them exactly. A null type
/// stands for numbers that every type holds.
class ExactTypes {
public:
  /// The type that holds every number of `tile`; f32 where none is narrower.
  Type ofTile(Value tile) const { return exact.lookup(tile); }
  void set(Value tile, Type type) { exact[tile] = type; }

  Type ofNumber(Value number) {
    Type wide = number.getType();
    if (auto argument = dyn_cast<BlockArgument>(number))
      return ofArgument(argument);
    Operation *def = number.getDefiningOp();
    APFloat constant(0.0f);
    if (matchPattern(number, m_ConstantFloat(&constant)))
      return constant.isFinite() && !constant.isZero() ? wide : Type();
    if (auto extension = dyn_cast<arith::ExtFOp>(def)) {
      Type from = extension.getIn().getType();
      return from.getIntOrFloatBitWidth() == 16 ? from : wide;
    }
    if (auto choice = dyn_cast<arith::SelectOp>(def))
      return both(choice.getTrueValue(), choice.getFalseValue());
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(def))
      return both(def->getOperand(0), def->getOperand(1));
    if (auto branch = dyn_cast<scf::IfOp>(def)) {
      unsigned i = cast<OpResult>(number).getResultNumber();
      return both(branch.thenYield().getOperand(i),
                  branch.elseYield().getOperand(i));
    }
    return wide;
  }

private:
  Type ofArgument(BlockArgument argument) {
    auto map = dyn_cast<TileMapOp>(argument.getOwner()->getParentOp());
    Type type =
        map ? ofTile(map.getSources()[argument.getArgNumber()]) : Type();
    return type ? type : argument.getType();
  }
  Type both(Value a, Value b) {
    Type x = ofNumber(a), y = ofNumber(b);
    if (!x || !y)
      return x ? x : y;
    return x == y ? x : a.getType();
  }

  DenseMap<Value, Type> exact;
};

/// Layouts of one kernel.
class Assignment {
public:
  explicit Assignment(gpu::LaunchOp kernel) : kernel(kernel) {}

  LogicalResult run() {
    FailureOr<int64_t> known = gpupasses::threadsOf(kernel);
    if (failed(known))
      return failure();
    threads = *known;
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
  Type elementOf(Operation *op, TileType type);
  void remarkUnit(TileDotOp dot);

  gpu::LaunchOp kernel;
  int64_t threads = 0, rowWarps = 1, columnWarps = 1;
  ExactTypes exact;
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
      foldsRows |= fold.getDimension() == 1;
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

Type Assignment::elementOf(Operation *op, TileType type) {
  Type wide = type.getElementType();
  if (!wide.isF32())
    return wide;
  auto stored = [&](Type from) {
    return from.getIntOrFloatBitWidth() == 16 ? from : wide;
  };
  Type narrow =
      TypeSwitch<Operation *, Type>(op)
          .Case([&](TileLoadOp load) {
            return stored(
                cast<MemRefType>(load.getSource().getType()).getElementType());
          })
          .Case([&](TileGatherOp gather) {
            Type source = gather.getSource().getType();
            if (auto view = dyn_cast<KvType>(source))
              return stored(view.getElementType());
            return stored(cast<MemRefType>(source).getElementType());
          })
          .Case<TileGenerateOp, TileMapOp>([&](auto region) {
            Block &body = region.getBody().front();
            return exact.ofNumber(body.getTerminator()->getOperand(0));
          })
          .Default([&](Operation *) { return wide; });
  return narrow ? narrow : wide;
}

/// Which unit multiplies, and why it is not TensorCores where it is not.
void Assignment::remarkUnit(TileDotOp dot) {
  Type a = exact.ofTile(dot.getA()), right = exact.ofTile(dot.getB());
  if (!a || !right || !dot->getContext()->getRemarkEngine())
    return;
  remark::RemarkOpts about = remarkOf(DebugTag::Layout, dot);
  if (gpupasses::matrixType(dot, a, right)) {
    remark::passed(dot.getLoc(), about)
        << llvm::formatv("TensorCores: mma.sync m16n8k16 on {0}", a).str();
    return;
  }
  int64_t inner = cast<TileType>(dot.getA().getType()).getColumns();
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
  LayoutKind kind = gpupasses::kindOf(op, type);
  Type element = elementOf(op, type);
  exact.set(op->getResult(0), element);
  op->setAttr("hip.layout", LayoutAttr::get(op->getContext(), kind, rowWarps,
                                            columnWarps, element));
  debug(DebugTag::Layout, op, [&](llvm::raw_ostream &out) {
    out << op->getAttr("hip.layout");
    if (auto dot = dyn_cast<TileDotOp>(op))
      out << ", operands in " << exact.ofTile(dot.getA()) << " and "
          << exact.ofTile(dot.getB());
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
