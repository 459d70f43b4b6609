//===- HipTileLayouts.cpp - Which layouts tile ops read and give
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before hip-assign-layouts no tile has a layout, after it all have one. An op
// that needs another layout reads the result of a hip.tile.convert_layout.
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/MatrixUnits.h"

using namespace mlir;
using namespace mlir::hip;

/// `tile` has the layout in which `op` reads or produces it.
static LogicalResult expect(Operation *op, StringRef role, Type tile,
                            Attribute layout) {
  if (cast<TileType>(tile).getLayout() == layout)
    return success();
  return op->emitOpError() << "needs its " << role << " in " << layout
                           << ", got " << tile
                           << "; convert it by hip.tile.convert_layout";
}

static LogicalResult expectRegisters(Operation *op, StringRef role, Type tile) {
  if (isa<RegisterLayoutAttrInterface>(cast<TileType>(tile).getLayout()))
    return success();
  return op->emitOpError() << "needs its " << role << " in registers, got "
                           << tile << "; convert it by hip.tile.convert_layout";
}

static MmaLayoutAttr mmaOf(Type tile) {
  return dyn_cast<MmaLayoutAttr>(cast<TileType>(tile).getLayout());
}

static LogicalResult expectMma(Operation *op, StringRef role, Type tile) {
  if (mmaOf(tile))
    return success();
  return op->emitOpError() << "needs its " << role << " in #hip.mma, got "
                           << tile << "; convert it by hip.tile.convert_layout";
}

static LogicalResult check(TileMapOp op) {
  Attribute layout = op.getTile().getType().getLayout();
  // In shared memory place by place, of what is there.
  if (isa<SharedLayoutAttr>(layout)) {
    if (op.getChanges() || op.getTile().getType().isVector() ||
        llvm::any_of(op.getAxes(), [](int64_t axis) { return axis >= 0; }))
      return op.emitOpError() << "has changes or vectors and its result in "
                                 "shared memory; give it a layout of registers";
    for (Value source : op.getSources())
      if (failed(expect(op, "operand", source.getType(), layout)))
        return failure();
    return success();
  }
  if (failed(expectRegisters(op, "result", op.getTile().getType())))
    return failure();
  if (op.getChanges() && isa<TileType>(op.getChanges().getType()))
    return op.emitOpError() << "has changes of " << op.getChanges().getType()
                            << ", but a warp branches on a single i1; make it "
                               "by hip.gpu.vote";
  auto mma = dyn_cast<MmaLayoutAttr>(layout);
  for (auto [source, axis] : llvm::zip(op.getSources(), op.getAxes())) {
    Attribute wanted = layout;
    if ((axis == 0 || axis == 1) && mma)
      wanted = SliceLayoutAttr::get(op.getContext(), 1 - axis, mma);
    if (failed(expect(op, "operand", source.getType(), wanted)))
      return failure();
  }
  return success();
}

/// Rows are reduced where they are, columns over all threads.
static LogicalResult check(TileReduceOp op) {
  if (failed(expectMma(op, "source", op.getSource().getType())))
    return failure();
  MmaLayoutAttr source = mmaOf(op.getSource().getType());
  Type tile = op.getTile().getType();
  if (!cast<TileType>(tile).isVector()) {
    if (source.getColumnWarps() != 1)
      return op.emitOpError() << "reduces columns to fewer ones in " << source
                              << "; each warp has whole rows there "
                                 "(column_warps = 1)";
    return expect(op, "result", tile, source);
  }
  if (op.getAxis() == 1)
    return expect(op, "result", tile,
                  SliceLayoutAttr::get(op.getContext(), 1, source));
  int64_t threads =
      source.getRowWarps() * source.getColumnWarps() * layout::kWarp;
  return expect(op, "result", tile,
                ThreadsLayoutAttr::get(op.getContext(), threads));
}

static LogicalResult check(TileDotOp op) {
  Attribute shared = SharedLayoutAttr::get(op.getContext());
  Type a = op.getA().getType();
  if (failed(expectMma(op, "acc", op.getAcc().getType())) ||
      failed(expect(op, "right factor", op.getB().getType(), shared)))
    return failure();
  if (!op.getUnit())
    return op.emitOpError()
           << "has layouts and no unit; run hip-assign-layouts";
  MmaLayoutAttr acc = mmaOf(op.getAcc().getType());
  bool held = rowOf(*op.getUnit()).leftInRegisters && acc.getColumnWarps() == 1;
  if (!held || !mmaOf(a))
    return expect(op, "left factor", a, shared);
  return expect(op, "left factor", a, acc);
}

/// Each warp has all numbers, so that it knows the result for the thread block.
static LogicalResult check(TileAnyOp op) {
  TileType source = op.getSource().getType();
  auto threads = dyn_cast<ThreadsLayoutAttr>(source.getLayout());
  if (threads && threads.getCount() <= layout::kWarp)
    return success();
  return op.emitOpError() << "needs its source in #hip.threads<"
                          << layout::kWarp
                          << ">, where each warp has all numbers, got "
                          << source
                          << "; convert it by hip.tile.convert_layout";
}

static LogicalResult check(TileStoreOp op) {
  return expectRegisters(op, "tile", op.getTile().getType());
}

static LogicalResult check(TileGatherOp op) {
  Attribute shared = SharedLayoutAttr::get(op.getContext());
  if (failed(expect(op, "rows", op.getRows().getType(), shared)))
    return failure();
  return expect(op, "result", op.getTile().getType(), shared);
}

static LogicalResult check(TileConvertLayoutOp op) {
  TileType from = op.getSource().getType(), to = op.getTile().getType();
  if (from.isShared() != to.isShared())
    return success();
  return op.emitOpError() << "converts " << from << " to " << to
                          << "; one of them is in #hip.shared, the other in "
                             "registers";
}

static LogicalResult checkPlaces(Operation *op) {
  if (auto map = dyn_cast<TileMapOp>(op))
    return check(map);
  if (auto reduce = dyn_cast<TileReduceOp>(op))
    return check(reduce);
  if (auto dot = dyn_cast<TileDotOp>(op))
    return check(dot);
  if (auto store = dyn_cast<TileStoreOp>(op))
    return check(store);
  if (auto gather = dyn_cast<TileGatherOp>(op))
    return check(gather);
  if (auto convert = dyn_cast<TileConvertLayoutOp>(op))
    return check(convert);
  if (auto any = dyn_cast<TileAnyOp>(op))
    return check(any);
  auto generate = dyn_cast<TileGenerateOp>(op);
  if (generate && !generate.getTile().getType().isVector() &&
      generate.getTile().getType().isShared())
    return success();
  if (isa<TileLoadOp>(op))
    return expect(op, "result", op->getResult(0).getType(),
                  SharedLayoutAttr::get(op->getContext()));
  // Ops without a rule of their own read and produce registers.
  for (Type type : op->getOperandTypes())
    if (isa<TileType>(type) && failed(expectRegisters(op, "operand", type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (isa<TileType>(type) && failed(expectRegisters(op, "result", type)))
      return failure();
  return success();
}

LogicalResult mlir::hip::verifyTileLayouts(Operation *op) {
  bool some = false, all = true;
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (auto tile = dyn_cast<TileType>(type))
        (tile.getLayout() ? some : all) = tile.getLayout() != nullptr;
  if (!some)
    return success();
  if (!all)
    return op->emitOpError() << "has tiles with a layout and without; run "
                                "hip-assign-layouts on what has none";
  return checkPlaces(op);
}
