//===- HipTileOps.cpp - Verifiers of tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

/// The region is of numbers and yields one of the result's type.
static LogicalResult checkYield(Operation *op, Block &body, Type element) {
  WalkResult walked = body.walk([&](Operation *inner) {
    if (isa<TileYieldOp>(inner) ||
        !isa_and_nonnull<HipDialect>(inner->getDialect()))
      return WalkResult::advance();
    inner->emitOpError() << "is in the region of " << op->getName()
                         << ", which takes numbers; move it before";
    return WalkResult::interrupt();
  });
  if (walked.wasInterrupted())
    return failure();
  Operation *yield = body.getTerminator();
  if (yield->getNumOperands() != 1 || yield->getOperand(0).getType() != element)
    return op->emitOpError()
           << "yields one " << element << " for its result of type "
           << op->getResult(0).getType() << ", got "
           << yield->getOperandTypes();
  return success();
}

LogicalResult TileGenerateOp::verifyRegions() {
  Block &body = getBody().front();
  if (body.getNumArguments() != 2 ||
      !llvm::all_of(body.getArgumentTypes(),
                    [](Type type) { return type.isIndex(); }))
    return emitOpError() << "has a region of two indices (row, column), got "
                         << body.getArgumentTypes();
  return checkYield(*this, body, getTile().getType().getElementType());
}

LogicalResult TileAnyOp::verifyRegions() {
  Block &body = getBody().front();
  auto source = cast<TileType>(getSource().getType());
  if (source.getRows() != 1 && source.getColumns() != 1)
    return emitOpError() << "looks at a tile of one row or one column, got "
                         << source;
  if (body.getArgumentTypes() != TypeRange(source.getElementType()))
    return emitOpError() << "has a region of one " << source.getElementType()
                         << ", got " << body.getArgumentTypes();
  return checkYield(*this, body, getFound().getType());
}

LogicalResult TileMapOp::verifyRegions() {
  Block &body = getBody().front();
  TileType tile = getTile().getType();
  if (getCondition() &&
      (getSources().empty() || getOperands()[0].getType() != tile))
    return emitOpError() << "has a condition, so that its first operand is of "
                            "the result's type "
                         << tile << ", got " << getSources().getTypes();
  if (body.getNumArguments() != getSources().size())
    return emitOpError() << "has " << getSources().size()
                         << " operands and a region of "
                         << body.getNumArguments() << " arguments";
  for (auto [operand, argument] :
       llvm::zip(getSources(), body.getArguments())) {
    auto type = cast<TileType>(operand.getType());
    bool rows = type.getRows() == tile.getRows() || type.getRows() == 1;
    bool columns =
        type.getColumns() == tile.getColumns() || type.getColumns() == 1;
    if (!rows || !columns)
      return emitOpError() << "cannot spread an operand of type " << type
                           << " over the result " << tile
                           << "; each size is the result's or 1";
    if (type.getElementType() != argument.getType())
      return emitOpError() << "gives a " << type.getElementType()
                           << " to a region argument of type "
                           << argument.getType();
  }
  return checkYield(*this, body, tile.getElementType());
}

LogicalResult TileDotOp::verify() {
  auto acc = cast<TileType>(getAcc().getType());
  auto a = cast<TileType>(getA().getType());
  auto b = cast<TileType>(getB().getType());
  int64_t inner = getTransposeB() ? b.getColumns() : b.getRows();
  int64_t columns = getTransposeB() ? b.getRows() : b.getColumns();
  if (a.getRows() != acc.getRows())
    return emitOpError() << "has " << a.getRows() << " rows in a and "
                         << acc.getRows() << " in acc";
  if (columns != acc.getColumns())
    return emitOpError() << "has " << columns << " columns from b and "
                         << acc.getColumns() << " in acc";
  if (inner != a.getColumns())
    return emitOpError() << "sums over " << a.getColumns() << " in a and "
                         << inner << " in b";
  if (!acc.getElementType().isF32())
    return emitOpError() << "accumulates in f32, got " << acc.getElementType();
  for (TileType factor : {a, b})
    if (!isa<FloatType>(factor.getElementType()))
      return emitOpError() << "multiplies floating-point numbers, got "
                           << factor;
  return success();
}

LogicalResult TileReduceOp::verify() {
  auto from = cast<TileType>(getSource().getType());
  auto to = cast<TileType>(getTile().getType());
  if (getDimension() != 0 && getDimension() != 1)
    return emitOpError() << "folds dimension 0 or 1, got " << getDimension();
  SmallVector<int64_t> shape(from.getShape());
  shape[getDimension()] = 1;
  auto expected = TileType::get(getContext(), shape, from.getElementType());
  if (to != expected)
    return emitOpError() << "gives " << expected << ", got " << to;
  if (!from.getElementType().isF32())
    return emitOpError() << "folds f32, got " << from
                         << "; widen its numbers in a hip.tile.map";
  return success();
}

/// Heads that take turns are the dimension before the rows.
static LogicalResult checkHeads(Operation *op, int64_t heads, size_t indices) {
  if (heads < 1 || heads > kMostKeys)
    return op->emitOpError()
           << "has rows of " << heads << " heads; "
           << (heads < 1 ? "the least is 1" : "positions are i32 (S5)");
  if (heads > 1 && indices < 2)
    return op->emitOpError()
           << "has rows of " << heads << " heads and " << indices
           << " index; the one before the row is the head";
  return success();
}

/// What is read keeps its type.
static LogicalResult checkNumbers(Operation *op, TileType tile, Type memory) {
  Type stored = elementOf(memory);
  if (tile.getElementType() == stored)
    return success();
  return op->emitOpError() << "gives numbers of " << tile << ", but " << memory
                           << " stores " << stored
                           << "; read them in that type and widen or round "
                              "them in a hip.tile.map";
}

/// A row of an array is a row of the tile.
static LogicalResult checkRow(Operation *op, TileType tile, int64_t numbers) {
  if (numbers == tile.getColumns())
    return success();
  return op->emitOpError() << "has a tile of " << tile.getColumns()
                           << " columns and rows of "
                           << (ShapedType::isDynamic(numbers)
                                   ? "?"
                                   : std::to_string(numbers))
                           << " numbers in memory; make them the same";
}

/// An index for each dimension but the last `free` ones.
static LogicalResult checkIndices(Operation *op, size_t indices,
                                  MemRefType memory, int64_t free) {
  if (indices >= 1 && int64_t(indices) + free == memory.getRank())
    return success();
  return op->emitOpError() << "has " << indices << " indices into " << memory
                           << "; " << memory.getRank() - free << " are needed";
}

LogicalResult TileLoadOp::verify() {
  auto memory = cast<MemRefType>(getSource().getType());
  auto tile = cast<TileType>(getTile().getType());
  if (failed(checkNumbers(*this, tile, memory)) ||
      failed(checkIndices(*this, getIndices().size(), memory, 1)) ||
      failed(checkRow(*this, tile, memory.getShape().back())))
    return failure();
  return checkHeads(*this, getHeads(), getIndices().size());
}

LogicalResult TileGatherOp::verify() {
  auto rows = cast<TileType>(getRows().getType());
  auto tile = cast<TileType>(getTile().getType());
  if (rows.getRows() != 1 || rows.getColumns() != tile.getRows() ||
      !rows.getElementType().isInteger(32))
    return emitOpError() << "takes the numbers of its " << tile.getRows()
                         << " rows as !hip.tile<1x" << tile.getRows()
                         << "xi32>, got " << rows;
  if (failed(checkNumbers(*this, tile, getSource().getType())))
    return failure();
  return checkRow(*this, tile, shapeOf(getSource().getType()).back());
}

LogicalResult TileStoreOp::verify() {
  auto memory = cast<MemRefType>(getTarget().getType());
  auto tile = cast<TileType>(getTile().getType());
  Type from = tile.getElementType(), to = memory.getElementType();
  if (from != to && !(from.isF32() && isa<FloatType>(to)))
    return emitOpError() << "writes numbers of " << tile << " as " << to
                         << "; f32 is rounded, no other type is converted";
  int64_t indices = getIndices().size();
  if (failed(checkHeads(*this, getHeads(), indices)))
    return failure();
  // A line or a number a row may lie along the last dimension.
  bool flat = indices == memory.getRank() &&
              (tile.getRows() == 1 || tile.getColumns() == 1);
  if (failed(checkIndices(*this, indices, memory, flat ? 0 : 1)))
    return failure();
  return flat ? success() : checkRow(*this, tile, memory.getShape().back());
}
