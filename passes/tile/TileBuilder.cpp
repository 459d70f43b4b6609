//===- tile/TileBuilder.cpp - Short names for tile ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/tile/TileBuilder.h"
#include "dialect/HipVerify.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace mlir::hip;

TileType TileBuilder::tile(int64_t rows, int64_t columns, Type element) {
  return TileType::get(getContext(), {rows, columns},
                       element ? element : getF32Type());
}

Operation *TileBuilder::kernel(int64_t threads, ArrayRef<Value> grid,
                               function_ref<void(ValueRange)> body) {
  Value one = index(1);
  auto launch = gpu::LaunchOp::create(*this, grid[0], grid[1], grid[2],
                                      index(threads), one, one);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(&launch.getBody().front());
  gpu::KernelDim3 cell = launch.getBlockIds();
  body({cell.x, cell.y, cell.z});
  gpu::TerminatorOp::create(*this);
  return launch;
}

Value TileBuilder::splat(Value value, int64_t rows, int64_t columns) {
  return TileSplatOp::create(*this, tile(rows, columns, value.getType()),
                             value);
}

Value TileBuilder::generate(TileType type,
                            function_ref<Value(Value, Value)> body) {
  auto op = TileGenerateOp::create(*this, type);
  OpBuilder::InsertionGuard guard(*this);
  Block *block =
      createBlock(&op.getBody(), {}, {getIndexType(), getIndexType()},
                  {getLoc(), getLoc()});
  TileYieldOp::create(*this,
                      body(block->getArgument(0), block->getArgument(1)));
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

Value TileBuilder::map(ValueRange operands,
                       function_ref<Value(ValueRange)> body, Value condition) {
  int64_t rows = 1, columns = 1;
  SmallVector<Type> elements;
  for (Value operand : operands) {
    auto type = cast<TileType>(operand.getType());
    rows = std::max(rows, type.getRows());
    columns = std::max(columns, type.getColumns());
    elements.push_back(type.getElementType());
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
  auto op = TileMapOp::create(*this, tile(rows, columns, result.getType()),
                              operands, condition);
  op.getBody().takeBody(region);
  return op;
}

Value TileBuilder::dot(Value acc, Value a, Value b, bool transposeB,
                       Value skipZero) {
  return TileDotOp::create(*this, acc.getType(), acc, a, b, skipZero,
                           transposeB);
}

Value TileBuilder::reduce(TileReduceKind kind, Value source,
                          int64_t dimension) {
  auto from = cast<TileType>(source.getType());
  SmallVector<int64_t> shape(from.getShape());
  shape[dimension] = 1;
  return TileReduceOp::create(*this,
                              tile(shape[0], shape[1], from.getElementType()),
                              kind, source, dimension);
}

Value TileBuilder::load(Value source, ValueRange indices, Value limit,
                        int64_t rows, int64_t heads, bool repeat) {
  Type array = source.getType();
  TileType type = tile(rows, shapeOf(array).back(), elementOf(array));
  return TileLoadOp::create(*this, type, source, indices, limit, heads, repeat);
}

Value TileBuilder::gather(Value source, Value batch, Value head, Value rows) {
  Type array = source.getType();
  int64_t count = cast<TileType>(rows.getType()).getColumns();
  TileType type = tile(count, shapeOf(array).back(), elementOf(array));
  return TileGatherOp::create(*this, type, source, batch, head, rows);
}

void TileBuilder::store(Value tile, Value target, ValueRange indices,
                        Value limit, int64_t heads) {
  TileStoreOp::create(*this, tile, target, indices, limit, heads);
}
