//===- HipTileOps.cpp - Verifiers of tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipTileText.h"
#include "dialect/HipVerify.h"
#include "mlir/IR/Matchers.h"

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

/// What does not change is the first operand; rows say it each for itself.
static LogicalResult checkChanges(TileMapOp op) {
  if (!op.getChanges())
    return success();
  TileType tile = op.getTile().getType();
  if (Type first = op.getSources().front().getType(); first != tile)
    return op.emitOpError() << "has changes of its first operand, which is "
                               "then of the result's type "
                            << tile << ", got " << first;
  auto flags = dyn_cast<TileType>(op.getChanges().getType());
  if (int64_t rows = tile.getShape().front(); flags && flags.getSize() != rows)
    return op.emitOpError() << "has changes of " << flags.getSize()
                            << " rows, but " << tile << " has " << rows;
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
  return checkChanges(*this);
}

OpFoldResult TileMapOp::fold(FoldAdaptor adaptor) {
  auto known = dyn_cast_or_null<BoolAttr>(adaptor.getChanges());
  if (!known)
    return {};
  if (!known.getValue())
    return getSources().front();
  getChangesMutable().clear();
  return getTile();
}

LogicalResult TileMapOp::verifyRegions() {
  Block &body = getBody().front();
  TileType tile = getTile().getType();
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
  if (getSign() && getSkipZero())
    return emitOpError()
           << "has a sign, which makes zeros, and skip_zero, which "
              "asks what zeros meet; give it one of them";
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
  if (!to.isVector()) {
    int64_t columns = to.getColumns();
    if (getAxis() != 1 || from.getColumns() % columns != 0)
      return emitOpError() << "gives " << to << " of " << from
                           << "; a matrix has folded columns (axis = 1), and "
                              "their number divides those of the source";
    expected = TileType::get(getContext(), {from.getRows(), columns},
                             from.getElementType());
  }
  if (to.with({}) != expected)
    return emitOpError() << "gives " << expected << ", got " << to;
  if (!from.getElementType().isF32())
    return emitOpError() << "reduces f32, got " << from
                         << "; widen its numbers in a hip.tile.map";
  return success();
}

//===----------------------------------------------------------------------===//
// Rows in memory
//===----------------------------------------------------------------------===//

/// What rows of memory are made of: floats of 8 bits are their bits.
static Type rowElement(MemRefType memory) {
  Type element = memory.getElementType();
  return isFloat8(element) ? IntegerType::get(element.getContext(), 8)
                           : element;
}

/// An index for each dimension but that of the numbers of a row.
static LogicalResult checkIndices(TileViewOp op, MemRefType memory) {
  RowsType rows = op.getRows().getType();
  int64_t given = op.getIndices().size();
  int64_t needed = memory.getRank() - int64_t(rows.getShape().size());
  if (given < 1 || given != needed)
    return op.emitOpError() << "has " << given << " indices into " << memory
                            << "; " << needed << " are needed for " << rows;
  if (rowElement(memory) != rows.getElementType() ||
      memory.getShape().drop_front(given) != rows.getShape())
    return op.emitOpError() << "gives " << rows << ", but the rows of "
                            << memory << " are others; make them the same";
  return success();
}

/// Whether an expression of numbers from 0 on is one, in which threads divide
/// without a look at signs.
static bool isCount(AffineExpr expr) {
  bool counts = true;
  expr.walk([&](AffineExpr part) {
    auto known = dyn_cast<AffineConstantExpr>(part);
    counts &= !known || known.getValue() >= 0;
    counts &= part.getKind() != AffineExprKind::CeilDiv;
    if (part.getKind() != AffineExprKind::FloorDiv &&
        part.getKind() != AffineExprKind::Mod)
      return;
    auto by =
        dyn_cast<AffineConstantExpr>(cast<AffineBinaryOpExpr>(part).getRHS());
    counts &= by && by.getValue() >= 1;
  });
  return counts;
}

static LogicalResult checkMap(TileViewOp op) {
  AffineMap map = op.getMap();
  unsigned numbers = op.getTable() ? 2 : 1;
  if (map.getNumDims() != numbers || map.getNumSymbols() != 0)
    return op.emitOpError()
           << "has a map of " << map.getNumDims() << " dimensions and "
           << map.getNumSymbols() << " symbols; it takes " << numbers << ": "
           << (numbers == 2 ? "the row, and what the table says of it"
                            : "the row");
  if (map.getNumResults() != op.getIndices().size())
    return op.emitOpError()
           << "has a map of " << map.getNumResults() << " results for "
           << op.getIndices().size() << " indices; make them the same";
  if (!llvm::all_of(map.getResults(), isCount))
    return op.emitOpError()
           << "has the map " << op.getMapAttr()
           << ", but it adds, multiplies, and has floordiv and mod by numbers "
              "of at least 1, and nothing negative";
  if (op.getEnd() && !op.getInterleavedHeads())
    return op.emitOpError()
           << "has an end and the map " << op.getMapAttr()
           << "; the last result has to be d0 or d0 floordiv n";
  return success();
}

static LogicalResult checkTable(TileViewOp op) {
  std::optional<int64_t> page = op.getPage();
  if (bool(op.getTable()) != bool(op.getEntry()))
    return op.emitOpError() << "has a table or an entry of it; give it both";
  if (page && (*page < 1 || *page > kMostKeys))
    return op.emitOpError()
           << "has pages of " << *page << " rows; they have 1 to " << kMostKeys;
  if (page && !op.getTable())
    return op.emitOpError() << "has pages and no table that says where they "
                               "are; give it one by `at`";
  if (!op.getTable())
    return success();
  auto table = cast<MemRefType>(op.getTable().getType());
  if (table.getRank() != (page ? 2 : 1))
    return op.emitOpError()
           << "reads the table " << table << "; a table of "
           << (page ? "pages has two dimensions" : "starts has one dimension");
  return success();
}

std::optional<int64_t> TileViewOp::getInterleavedHeads() {
  AffineExpr row = getAffineDimExpr(0, getContext());
  AffineExpr last = getMap().getResults().back();
  if (last == row)
    return 1;
  auto quotient = dyn_cast<AffineBinaryOpExpr>(last);
  if (!quotient || quotient.getKind() != AffineExprKind::FloorDiv ||
      quotient.getLHS() != row)
    return std::nullopt;
  return cast<AffineConstantExpr>(quotient.getRHS()).getValue();
}

bool TileViewOp::isHead() {
  constexpr size_t kIndices = 3; // batch, head and row
  return getIndices().size() == kIndices && !getTable() &&
         getMap() == consecutiveRows(getContext(), kIndices) &&
         matchPattern(getIndices().back(), m_Zero()) &&
         !getRows().getType().getShape().empty();
}

LogicalResult TileViewOp::verify() {
  if (failed(checkIndices(*this, cast<MemRefType>(getSource().getType()))) ||
      failed(checkTable(*this)))
    return failure();
  return checkMap(*this);
}

LogicalResult mlir::hip::checkRowsRead(Operation *op, RowsType rows,
                                       int64_t columns, Type element) {
  if (rows.getElementType().isInteger(32) || rows.getShape().empty())
    return op->emitOpError() << "reads " << rows
                             << "; give it rows of f16, bf16, f32 or i8, such "
                                "as !hip.rows<64xf32>";
  if (rows.getColumns() != columns || rows.getElementType() != element)
    return op->emitOpError()
           << "moves " << rows << " to rows of " << columns << " " << element
           << "; make them the same, and widen or round in a hip.tile.map";
  return success();
}

LogicalResult TileLoadOp::verify() {
  auto tile = cast<TileType>(getTile().getType());
  if (tile.getElementType().isInteger(8))
    return emitOpError() << "loads " << tile
                         << "; bits of numbers are read by hip.tile.gather";
  return checkRowsRead(*this, getView().getType(), tile.getColumns(),
                       tile.getElementType());
}

LogicalResult TileGatherOp::verify() {
  TileType rows = getRows().getType(), tile = getTile().getType();
  if (rows.getSize() != tile.getRows() || !rows.getElementType().isInteger(32))
    return emitOpError() << "takes the numbers of its " << tile.getRows()
                         << " rows as !hip.tile<" << tile.getRows()
                         << "xi32>, got " << rows;
  if (failed(checkRuns(*this, getRuns(), tile.getRows())))
    return failure();
  return checkRowsRead(*this, getView().getType(), tile.getColumns(),
                       tile.getElementType());
}

LogicalResult TileStoreOp::verify() {
  RowsType rows = getView().getType();
  auto tile = cast<TileType>(getTile().getType());
  Type from = tile.getElementType(), to = rows.getElementType();
  if (to.isInteger(8))
    return emitOpError() << "writes " << rows
                         << "; rows of 8-bit floats can only be read";
  if (from != to && !(from.isF32() && isa<FloatType>(to)))
    return emitOpError() << "writes numbers of " << tile << " as " << to
                         << "; f32 is rounded, no other type is converted";
  if (rows.getShape() != tile.getShape().drop_front())
    return emitOpError() << "writes " << tile << " to " << rows
                         << "; a row of the tile is a row of the view";
  return success();
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
