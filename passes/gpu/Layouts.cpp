//===- gpu/Layouts.cpp - Which layouts tiles can have
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/Layouts.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/gpu/Stages.h"
#include "passes/support/TileOps.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

FailureOr<int64_t> mlir::hip::gpupasses::threadsOf(gpu::LaunchOp kernel) {
  constexpr int64_t kMostThreads = 1024;
  IntegerAttr threads;
  if (!matchPattern(kernel.getBlockSizeX(), m_Constant(&threads)))
    return kernel.emitOpError() << "has a number of threads that is not known";
  int64_t count = threads.getInt();
  if (count < layout::kWarp || count > kMostThreads ||
      count % layout::kWarp != 0)
    return kernel.emitOpError()
           << "has tiles and " << count << " threads; tiles take warps of "
           << layout::kWarp << ", at most " << kMostThreads
           << " threads: see the threads of #hip.schedule";
  for (Value size : {kernel.getBlockSizeY(), kernel.getBlockSizeZ()})
    if (!matchPattern(size, m_One()))
      return kernel.emitOpError()
             << "has tiles and a block of several dimensions; put all threads "
                "into the first one";
  return count;
}

LayoutAttr mlir::hip::gpupasses::layoutOf(Value tile) {
  if (auto argument = dyn_cast<BlockArgument>(tile)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
    return init ? layoutOf(init->get()) : LayoutAttr();
  }
  auto result = cast<OpResult>(tile);
  if (auto loop = dyn_cast<scf::ForOp>(result.getOwner()))
    return layoutOf(loop.getInitArgs()[result.getResultNumber()]);
  return result.getOwner()->getAttrOfType<LayoutAttr>("hip.layout");
}

static bool isShared(Value tile) {
  LayoutAttr layout = layoutOf(tile);
  return layout && layout.getKind() == LayoutKind::Shared;
}

LayoutKind mlir::hip::gpupasses::kindOf(Operation *op) {
  if (isa<TileLoadOp, TileGatherOp, TileGenerateOp>(op))
    return LayoutKind::Shared;
  auto map = dyn_cast<TileMapOp>(op);
  return map && llvm::all_of(map.getSources(), isShared) ? LayoutKind::Shared
                                                         : LayoutKind::Fragment;
}

layout::Fragment mlir::hip::gpupasses::fragmentOf(TileType type,
                                                  LayoutAttr layout) {
  bool isLine = layout.getKind() == LayoutKind::Line;
  int64_t rows = isLine ? 1 : type.getShape().front();
  int64_t columns = isLine || !type.isVector() ? type.getShape().back() : 1;
  return {rows, columns, layout.getRowWarps(), layout.getColumnWarps()};
}

int64_t mlir::hip::gpupasses::numbersOf(TileType type, LayoutAttr layout,
                                        int64_t threads) {
  layout::Fragment fragment = fragmentOf(type, layout);
  if (layout.getKind() == LayoutKind::Fragment)
    return fragment.registers();
  if (layout.getKind() == LayoutKind::Rows)
    return fragment.threadRows();
  return layout.getKind() == LayoutKind::Line
             ? llvm::divideCeil(type.getSize(), threads)
             : 0;
}

static bool isVectorKind(LayoutKind kind) {
  return kind == LayoutKind::Line || kind == LayoutKind::Rows;
}

/// The layout of `op` against what it makes and the threads there are.
static LogicalResult checkOwn(Operation *op, TileType type, int64_t threads) {
  auto layout = op->getAttrOfType<LayoutAttr>("hip.layout");
  if (!layout)
    return op->emitOpError() << "has no hip.layout; run hip-assign-layouts";
  int64_t warps = layout.getRowWarps() * layout.getColumnWarps();
  bool fits = type.isVector() ? isVectorKind(layout.getKind())
                              : layout.getKind() == kindOf(op);
  if (!fits || warps * layout::kWarp != threads)
    return op->emitOpError() << "has the layout " << layout << " for " << type
                             << " on " << threads
                             << " threads, which hip-assign-layouts does not "
                                "give; leave it out and run that";
  constexpr int64_t kMostNumbers = 1024;
  if (int64_t numbers = numbersOf(type, layout, threads);
      numbers > kMostNumbers)
    return op->emitOpError()
           << "gives each of " << threads << " threads " << numbers
           << " numbers of " << type << ", but a thread has at most "
           << kMostNumbers
           << "; take fewer rows or columns, or more threads, in #hip.schedule";
  int64_t strip = layout::kMmaColumns * layout.getColumnWarps();
  if (layout.getKind() == LayoutKind::Fragment &&
      type.getColumns() % strip != 0)
    return op->emitOpError()
           << "has " << type.getColumns() << " columns; "
           << layout.getColumnWarps()
           << " warps side by side take multiples of " << strip;
  return success();
}

/// `tile` is in one of the places where `op` can read it.
static LogicalResult checkPlace(Operation *op, Value tile, StringRef role,
                                ArrayRef<LayoutKind> kinds) {
  LayoutAttr layout = layoutOf(tile);
  if (layout && llvm::is_contained(kinds, layout.getKind()))
    return success();
  InFlightDiagnostic error = op->emitOpError();
  error << "cannot read its " << role << ", a " << tile.getType()
        << " of layout ";
  return layout ? error << stringifyLayoutKind(layout.getKind())
                : error << "unknown";
}

/// Vectors lie along rows or along columns, as the map says; those of a vector
/// lie as it does.
static LogicalResult checkOperands(TileMapOp map) {
  LayoutAttr result = layoutOf(map.getTile());
  for (auto [operand, axis] : llvm::zip(map.getSources(), map.getAxes())) {
    SmallVector<LayoutKind> kinds{LayoutKind::Shared, LayoutKind::Fragment};
    if (axis >= 0)
      kinds = {axis == 0 ? LayoutKind::Rows : LayoutKind::Line};
    else if (map.getTile().getType().isVector())
      kinds = {result.getKind()};
    if (failed(checkPlace(map, operand, "operand", kinds)))
      return failure();
  }
  return success();
}

static LogicalResult checkReads(Operation *op) {
  using Kind = LayoutKind;
  if (auto dot = dyn_cast<TileDotOp>(op)) {
    SmallVector<Kind> right{Kind::Shared};
    if (!matrixType(dot))
      right.push_back(Kind::Fragment);
    if (failed(checkPlace(op, dot.getAcc(), "acc", Kind::Fragment)) ||
        failed(checkPlace(op, dot.getA(), "left factor",
                          {Kind::Shared, Kind::Fragment})))
      return failure();
    return checkPlace(op, dot.getB(), "right factor", right);
  }
  if (auto reduce = dyn_cast<TileReduceOp>(op)) {
    Kind along = reduce.getAxis() == 1 ? Kind::Rows : Kind::Line;
    if (failed(checkPlace(op, reduce.getTile(), "result", along)))
      return failure();
    return checkPlace(op, reduce.getSource(), "source", Kind::Fragment);
  }
  if (auto map = dyn_cast<TileMapOp>(op))
    return checkOperands(map);
  if (auto any = dyn_cast<TileAnyOp>(op))
    return checkPlace(op, any.getSource(), "source", {Kind::Line, Kind::Rows});
  if (auto gather = dyn_cast<TileGatherOp>(op))
    return checkPlace(op, gather.getRows(), "rows", Kind::Line);
  auto store = dyn_cast<TileStoreOp>(op);
  if (!store)
    return success();
  if (cast<TileType>(store.getTile().getType()).isVector())
    return checkPlace(op, store.getTile(), "tile", {Kind::Line, Kind::Rows});
  return checkPlace(op, store.getTile(), "tile", Kind::Fragment);
}

/// A loop carries registers, at the same places in every round.
static LogicalResult checkCarried(scf::ForOp loop) {
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  for (auto [init, next] : llvm::zip(loop.getInitArgs(), yield.getOperands())) {
    if (!isa<TileType>(init.getType()))
      continue;
    LayoutAttr before = layoutOf(init), after = layoutOf(next);
    if (!before || !after || before.getKind() == LayoutKind::Shared ||
        before.getKind() != after.getKind() ||
        before.getRowWarps() != after.getRowWarps())
      return loop.emitOpError()
             << "carries a tile that is in shared memory or "
                "changes its layout; a loop carries registers";
  }
  return success();
}

LogicalResult mlir::hip::gpupasses::checkLayouts(gpu::LaunchOp kernel,
                                                 int64_t threads) {
  WalkResult walked = kernel.getBody().walk([&](Operation *op) {
    LogicalResult fits = success();
    if (auto loop = dyn_cast<scf::ForOp>(op))
      fits = checkCarried(loop);
    if (isTileOp(op) && op->getNumResults() == 1)
      if (auto type = dyn_cast<TileType>(op->getResult(0).getType()))
        fits = checkOwn(op, type, threads);
    if (succeeded(fits))
      fits = checkReads(op);
    return failed(fits) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}
