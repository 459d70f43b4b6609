//===- layout/Placement.cpp - Tiles at the places where ops read them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/layout/Placement.h"

using namespace mlir;
using namespace mlir::hip;

static TileType typeOf(Value tile) { return cast<TileType>(tile.getType()); }

/// The type in a layout, or null with the reason at `op`.
static TileType checkedType(Operation *op, TileType type, Attribute layout) {
  return TileType::getChecked([&] { return op->emitOpError(); },
                              op->getContext(), type.getShape(),
                              type.getElementType(), layout);
}

LogicalResult Placement::setLayout(Operation *op, Value tile,
                                   Attribute layout) {
  TileType type = checkedType(op, typeOf(tile), layout);
  if (type)
    tile.setType(type);
  return success(type != nullptr);
}

Value Placement::convertTo(Value tile, TileType type) {
  return TileConvertLayoutOp::create(builder, tile.getLoc(), type, tile);
}

Value Placement::sharedAfter(Value tile) {
  Value &known = shared[tile];
  if (!known) {
    builder.setInsertionPointAfterValue(tile);
    known = convertTo(
        tile, typeOf(tile).with(SharedLayoutAttr::get(builder.getContext())));
  }
  return known;
}

void Placement::takeShared(OpOperand &use) {
  Value tile = use.get();
  if (typeOf(tile).isShared())
    return;
  // All threads write a vector once, for all that read it; a matrix is written
  // where it is read, so that it takes memory there alone.
  if (typeOf(tile).isVector())
    return use.set(sharedAfter(tile));
  builder.setInsertionPoint(use.getOwner());
  use.set(convertTo(
      tile, typeOf(tile).with(SharedLayoutAttr::get(builder.getContext()))));
}

/// Whether it makes a vector of nothing but the numbers of its elements.
static bool isCheap(Operation *op) {
  auto generate = dyn_cast_or_null<TileGenerateOp>(op);
  if (!generate || !generate.getTile().getType().isVector())
    return false;
  WalkResult walked = generate.getBody().walk([](Operation *inner) {
    return isa<TileYieldOp>(inner) ||
                   (isPure(inner) && inner->getNumRegions() == 0)
               ? WalkResult::advance()
               : WalkResult::interrupt();
  });
  return !walked.wasInterrupted();
}

bool Placement::recompute(OpOperand &use, Attribute layout) {
  Operation *made = use.get().getDefiningOp();
  if (isa<SharedLayoutAttr>(layout) || !isCheap(made))
    return false;
  builder.setInsertionPoint(use.getOwner());
  Operation *again = builder.clone(*made);
  again->getResult(0).setType(typeOf(use.get()).with(layout));
  use.set(again->getResult(0));
  return true;
}

LogicalResult Placement::convert(OpOperand &use, Attribute layout) {
  TileType from = typeOf(use.get());
  if (from.getLayout() == layout)
    return success();
  TileType to = checkedType(use.getOwner(), from, layout);
  if (!to)
    return failure();
  if (recompute(use, layout))
    return success();
  takeShared(use);
  if (to.isShared())
    return success();
  builder.setInsertionPoint(use.getOwner());
  use.set(convertTo(use.get(), to));
  return success();
}
