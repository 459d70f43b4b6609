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

/// Threads have no more numbers than there is code for, and warps side by side
/// whole blocks of columns.
static LogicalResult checkDealt(Operation *op, TileType type,
                                LayoutAttr layout) {
  constexpr int64_t kMostNumbers = 1024;
  int64_t threads =
      layout.getRowWarps() * layout.getColumnWarps() * layout::kWarp;
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
  return checkDealt(op, type, layout);
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

/// `tile` is a matrix on the op's warps.
static LogicalResult checkMatrix(Operation *op, Value tile, StringRef role) {
  if (failed(checkPlace(op, tile, role,
                        {LayoutKind::Shared, LayoutKind::Fragment})))
    return failure();
  LayoutAttr from = layoutOf(tile);
  auto own = op->getAttrOfType<LayoutAttr>("hip.layout");
  if (own && own.getRowWarps() != from.getRowWarps())
    return op->emitOpError()
           << "has " << own.getRowWarps() << " warps above each other, but its "
           << role << ", a " << tile.getType() << ", has "
           << from.getRowWarps();
  return success();
}

/// The same, and it is a fragment or can be read as one.
static LogicalResult checkFragment(Operation *op, Value tile, StringRef role) {
  if (failed(checkMatrix(op, tile, role)))
    return failure();
  LayoutAttr from = layoutOf(tile);
  auto type = cast<TileType>(tile.getType());
  if (from.getKind() == LayoutKind::Fragment)
    return success();
  return checkDealt(op, type,
                    LayoutAttr::get(op->getContext(), LayoutKind::Fragment,
                                    from.getRowWarps(), from.getColumnWarps()));
}

/// Vectors lie along rows or along columns, as the map says; those of a vector
/// lie as it does.
static LogicalResult checkOperands(TileMapOp map) {
  LayoutKind result = layoutOf(map.getTile()).getKind();
  if (map.getCondition() && result == LayoutKind::Shared)
    return map.emitOpError()
           << "has a condition and a result in shared memory, where threads "
              "have other rows than those that the condition is for; leave it "
              "out";
  for (auto [operand, axis] : llvm::zip(map.getSources(), map.getAxes())) {
    LogicalResult fits = success();
    if (axis >= 0)
      fits = checkPlace(map, operand, "operand",
                        axis == 0 ? LayoutKind::Rows : LayoutKind::Line);
    else if (map.getTile().getType().isVector())
      fits = checkPlace(map, operand, "operand", result);
    else if (result == LayoutKind::Fragment)
      fits = checkFragment(map, operand, "operand");
    if (failed(fits))
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
    if (failed(checkFragment(op, dot.getAcc(), "acc")) ||
        failed(checkMatrix(op, dot.getA(), "left factor")))
      return failure();
    return checkPlace(op, dot.getB(), "right factor", right);
  }
  if (auto reduce = dyn_cast<TileReduceOp>(op)) {
    Kind along = reduce.getAxis() == 1 ? Kind::Rows : Kind::Line;
    if (Kind kind = layoutOf(reduce.getTile()).getKind(); kind != along)
      return op->emitOpError()
             << "folds axis " << reduce.getAxis() << ", so that its result is "
             << stringifyLayoutKind(along) << ", but its layout is "
             << stringifyLayoutKind(kind);
    return checkFragment(op, reduce.getSource(), "source");
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
  return checkFragment(op, store.getTile(), "tile");
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
