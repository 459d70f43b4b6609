//===- HipTileOps.cpp - Verifiers of tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult mlir::hip::checkYield(Operation *op, Block &body, Type element,
                                    Type result) {
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
           << "yields one " << element << " for its result of type " << result
           << ", got " << yield->getOperandTypes();
  return success();
}

static LogicalResult checkNumber(Operation *op, Block &body, Type element) {
  return checkYield(op, body, element, op->getResult(0).getType());
}

LogicalResult TileGenerateOp::verifyRegions() {
  Block &body = getBody().front();
  size_t rank = getTile().getType().getShape().size();
  if (body.getNumArguments() != rank ||
      !llvm::all_of(body.getArgumentTypes(),
                    [](Type type) { return type.isIndex(); }))
    return emitOpError() << "has a region of "
                         << (rank == 2 ? "two indices (row, column)"
                                       : "one index")
                         << " for " << getTile().getType() << ", got "
                         << body.getArgumentTypes();
  return checkNumber(*this, body, getTile().getType().getElementType());
}

LogicalResult TileAnyOp::verifyRegions() {
  Block &body = getBody().front();
  TileType source = getSource().getType();
  if (body.getArgumentTypes() != TypeRange(source.getElementType()))
    return emitOpError() << "has a region of one " << source.getElementType()
                         << ", got " << body.getArgumentTypes();
  return checkNumber(*this, body, getFound().getType());
}

/// An operand has the result's shape, or is a vector along one of its axes.
static LogicalResult checkSpread(TileMapOp op, TileType from, int64_t axis) {
  TileType to = op.getTile().getType();
  if (axis == -1 && from.getShape() == to.getShape())
    return success();
  if (axis == -1)
    return op.emitOpError() << "takes " << from << " for the result " << to
                            << "; give an operand of the same shape, or say "
                               "that it is a number `per row` or `per column`";
  StringRef name = axis == 0 ? "row" : "column";
  if (to.isVector() || !from.isVector())
    return op.emitOpError() << "takes " << from << " per " << name << " of "
                            << to << "; a vector is spread over a matrix";
  int64_t size = to.getShape()[axis];
  if (from.getSize() != size)
    return op.emitOpError() << "takes " << from.getSize() << " numbers per "
                            << name << ", but " << to << " has " << size;
  return success();
}

LogicalResult TileMapOp::verify() {
  if (getSources().empty())
    return emitOpError() << "has no operand; use hip.tile.generate";
  if (getAxes().size() != getSources().size())
    return emitOpError() << "has " << getSources().size() << " operands and "
                         << getAxes().size() << " axes";
  for (auto [operand, axis] : llvm::zip(getSources(), getAxes())) {
    if (axis < -1 || axis > 1)
      return emitOpError() << "has an operand along axis " << axis
                           << "; a tile has 0 (per row) and 1 (per column)";
    if (failed(checkSpread(*this, cast<TileType>(operand.getType()), axis)))
      return failure();
  }
  return success();
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
    if (type.getElementType() != argument.getType())
      return emitOpError() << "gives a " << type.getElementType()
                           << " to a region argument of type "
                           << argument.getType();
  }
  return checkNumber(*this, body, tile.getElementType());
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
  TileType from = getSource().getType(), to = getTile().getType();
  if (getAxis() != 0 && getAxis() != 1)
    return emitOpError() << "folds axis 0 or 1, got " << getAxis();
  auto expected = TileType::get(getContext(), from.getShape()[1 - getAxis()],
                                from.getElementType());
  if (to.with({}) != expected)
    return emitOpError() << "gives " << expected << ", got " << to;
  if (!from.getElementType().isF32())
    return emitOpError() << "folds f32, got " << from
                         << "; widen its numbers in a hip.tile.map";
  return success();
}

LogicalResult mlir::hip::checkHeads(Operation *op, int64_t heads,
                                    size_t indices) {
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
  TileType rows = getRows().getType(), tile = getTile().getType();
  if (rows.getSize() != tile.getRows() || !rows.getElementType().isInteger(32))
    return emitOpError() << "takes the numbers of its " << tile.getRows()
                         << " rows as !hip.tile<" << tile.getRows()
                         << "xi32>, got " << rows;
  if (failed(checkRuns(*this, getRuns(), tile.getRows())) ||
      failed(checkNumbers(*this, tile, getSource().getType())))
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
  if (failed(checkIndices(*this, indices, memory, tile.isVector() ? 0 : 1)))
    return failure();
  return tile.isVector() ? success()
                         : checkRow(*this, tile, memory.getShape().back());
}

LogicalResult TileConvertLayoutOp::verify() {
  TileType from = getSource().getType(), to = getTile().getType();
  if (from.getShape() != to.getShape() ||
      from.getElementType() != to.getElementType())
    return emitOpError() << "converts " << from << " to " << to
                         << "; only the layout may differ";
  if (!from.getLayout() || !to.getLayout())
    return emitOpError() << "converts " << from << " to " << to
                         << "; both have a layout";
  return success();
}

/// Back to where it came from.
OpFoldResult TileConvertLayoutOp::fold(FoldAdaptor) {
  auto before = getSource().getDefiningOp<TileConvertLayoutOp>();
  if (before && before.getSource().getType() == getTile().getType())
    return before.getSource();
  return {};
}
