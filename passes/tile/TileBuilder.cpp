//===- tile/TileBuilder.cpp - Short names for tile ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/TileBuilder.h"
#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

TileType TileBuilder::tile(ArrayRef<int64_t> shape, Type element) {
  return TileType::get(getContext(), shape, element);
}

TileKernelOp TileBuilder::kernel(int64_t threads, ArrayRef<Value> grid,
                                 function_ref<void(ValueRange)> body) {
  auto made = TileKernelOp::create(*this, grid, threads);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(&made.getBody().front());
  body(made.getBlockIds());
  return made;
}

Value TileBuilder::splat(Value value, ArrayRef<int64_t> shape) {
  return TileSplatOp::create(*this, tile(shape, value.getType()), value);
}

Value TileBuilder::generate(TileType type,
                            function_ref<Value(ValueRange)> body) {
  auto op = TileGenerateOp::create(*this, type);
  OpBuilder::InsertionGuard guard(*this);
  size_t rank = type.getShape().size();
  Block *block =
      createBlock(&op.getBody(), {}, SmallVector<Type>(rank, getIndexType()),
                  SmallVector<Location>(rank, getLoc()));
  TileYieldOp::create(*this, body(block->getArguments()));
  return op;
}

Value TileBuilder::any(Value source, function_ref<Value(Value)> body) {
  auto op = TileAnyOp::create(*this, getI1Type(), source);
  OpBuilder::InsertionGuard guard(*this);
  Type element = cast<TileType>(source.getType()).getElementType();
  Block *block = createBlock(&op.getBody(), {}, {element}, {getLoc()});
  TileYieldOp::create(*this, body(block->getArgument(0)));
  return op.getFound();
}

Value TileBuilder::map(ArrayRef<MapOperand> operands,
                       function_ref<Value(ValueRange)> body, Value changes) {
  SmallVector<Value> tiles;
  SmallVector<int64_t> axes;
  SmallVector<Type> elements;
  for (MapOperand operand : operands) {
    tiles.push_back(operand.tile);
    axes.push_back(operand.axis);
    elements.push_back(cast<TileType>(operand.tile.getType()).getElementType());
  }
  // The element type is known once the region is built.
  Region region;
  OpBuilder::InsertionGuard guard(*this);
  SmallVector<Location> locations(elements.size(), getLoc());
  InsertPoint before = saveInsertionPoint();
  Block *block = createBlock(&region, {}, elements, locations);
  Value result = body(block->getArguments());
  TileYieldOp::create(*this, result);
  restoreInsertionPoint(before);
  ArrayRef<int64_t> shape = cast<TileType>(tiles[0].getType()).getShape();
  auto op = TileMapOp::create(*this, tile(shape, result.getType()), tiles,
                              changes, axes);
  op.getBody().takeBody(region);
  return op;
}

Value TileBuilder::dot(Value acc, Value a, Value b, bool transposeB,
                       Value skipZero, SignAttr sign) {
  return TileDotOp::create(*this, acc.getType(), acc, a, b, skipZero,
                           transposeB, sign, MatrixUnitAttr());
}

Value TileBuilder::reduce(TileReduceKind kind, Value source, int64_t axis) {
  auto from = cast<TileType>(source.getType());
  TileType to = tile(from.getShape()[1 - axis], from.getElementType());
  return TileReduceOp::create(*this, to, kind, source, axis);
}

Value TileBuilder::viewRows(Value source, ValueRange indices, Value end,
                            int64_t heads, ArrayRef<int64_t> row) {
  SmallVector<AffineExpr> results(indices.size(), getAffineConstantExpr(0));
  results.back() = getAffineDimExpr(0);
  if (heads > 1) {
    results.end()[-2] = results.back() % heads;
    results.back() = results.back().floorDiv(heads);
  }
  auto map = AffineMap::get(1, 0, results, getContext());
  auto type = RowsType::get(getContext(), row, elementOf(source.getType()));
  return TileViewOp::create(*this, type, source, indices, end, Value(), Value(),
                            AffineMapAttr::get(map), IntegerAttr());
}

Value TileBuilder::rows(Value source, ValueRange indices, Value end,
                        int64_t heads) {
  return viewRows(source, indices, end, heads,
                  shapeOf(source.getType()).take_back());
}

Value TileBuilder::numbers(Value source, ValueRange indices, Value end,
                           int64_t heads) {
  return viewRows(source, indices, end, heads, {});
}

Value TileBuilder::load(Value view, int64_t count, Boundary boundary) {
  auto rows = cast<RowsType>(view.getType());
  TileType type = tile({count, rows.getColumns()}, rows.getElementType());
  return TileLoadOp::create(*this, type, view, boundary);
}

Value TileBuilder::gather(Value view, Value numbers, int64_t runs) {
  auto rows = cast<RowsType>(view.getType());
  int64_t count = cast<TileType>(numbers.getType()).getSize();
  TileType type = tile({count, rows.getColumns()}, rows.getElementType());
  return TileGatherOp::create(*this, type, view, numbers, runs);
}

void TileBuilder::store(Value tile, Value view) {
  TileStoreOp::create(*this, tile, view);
}
