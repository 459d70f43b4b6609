//===- gpu/ThreadLowering.cpp - Tile ops on registers
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/ThreadLowering.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/gpu/Chips.h"
#include "passes/gpu/Layouts.h"
#include "passes/support/TileOps.h"
#include <limits>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

using Predicate = arith::CmpIPredicate;

PlacedTile mlir::hip::gpupasses::placeOf(TileType type, LayoutAttr layout,
                                         int64_t threads) {
  PlacedTile tile;
  tile.kind = layout.getKind();
  tile.fragment = fragmentOf(type, layout);
  tile.registers.resize(numbersOf(type, layout, threads));
  return tile;
}

PlacedTile ThreadLowering::place(Operation *op) {
  auto layout = op->getAttrOfType<LayoutAttr>("hip.layout");
  return placeOf(cast<TileType>(op->getResult(0).getType()), layout,
                 kernel.threads);
}

Value ThreadLowering::firstRow(const layout::Fragment &fragment) {
  Value warpRow = b.div(kernel.warp, b.index(fragment.columnWarps));
  return b.add(b.mul(warpRow, b.index(layout::kMmaRows)),
               b.div(kernel.lane, b.index(4)));
}

Value ThreadLowering::firstColumn(const layout::Fragment &fragment) {
  Value warpColumn =
      arith::RemUIOp::create(b, kernel.warp, b.index(fragment.columnWarps));
  Value strip = b.index(fragment.columnBlocks() * layout::kMmaColumns);
  Value quad = arith::RemUIOp::create(b, kernel.lane, b.index(4));
  return b.add(b.mul(warpColumn, strip), b.mul(quad, b.index(2)));
}

Value ThreadLowering::rowOf(const PlacedTile &tile, Value first, int64_t i) {
  int64_t row = tile.kind == LayoutKind::Rows ? i : tile.fragment.rowOf(i);
  return b.add(first, b.index(tile.fragment.rowOffset(row)));
}

/// Padding repeats the last row.
Value ThreadLowering::clampedRow(const PlacedTile &tile, Value first,
                                 int64_t i) {
  Value row = rowOf(tile, first, i);
  return tile.fragment.hasPadding()
             ? b.min(row, b.index(tile.fragment.rows - 1))
             : row;
}

Value ThreadLowering::columnOf(const PlacedTile &tile, Value first, int64_t i) {
  int64_t column = tile.fragment.columnOf(i);
  return b.add(first, b.index(tile.fragment.columnOffset(column)));
}

/// Column of register i of a line. Threads past the end repeat the last.
Value ThreadLowering::lineColumn(TileType type, int64_t i, bool clamped) {
  Value column = b.add(kernel.thread, b.index(i * kernel.threads));
  if (!clamped || type.getSize() >= (i + 1) * kernel.threads)
    return column;
  return b.min(column, b.index(type.getSize() - 1));
}

Value ThreadLowering::onScalars(Block &body, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator())
    b.clone(op, mapping);
  return mapping.lookupOrDefault(body.getTerminator()->getOperand(0));
}

PlacedTile ThreadLowering::splat(TileSplatOp op) {
  PlacedTile to = place(op);
  llvm::fill(to.registers, op.getValue());
  return to;
}

PlacedTile ThreadLowering::generate(TileGenerateOp op) {
  PlacedTile to = place(op);
  auto type = cast<TileType>(op.getTile().getType());
  Block &body = op.getBody().front();
  if (to.kind == LayoutKind::Shared) {
    to.shared = &kernel.allocate(type.getRows(), type.getColumns(),
                                 type.getElementType(), /*padded=*/true);
    kernel.access(b, {}, {to.shared});
    overPlaces(type.getRows(), type.getColumns(), [&](Value r, Value c) {
      writeShared(onScalars(body, {r, c}), *to.shared, r, c);
    });
    return to;
  }
  bool isLine = to.kind == LayoutKind::Line;
  Value row = isLine ? Value() : firstRow(to.fragment);
  for (auto [i, number] : llvm::enumerate(to.registers))
    number =
        onScalars(body, isLine ? lineColumn(type, i, true) : rowOf(to, row, i));
  return to;
}

SmallVector<Value> ThreadLowering::alignedWith(const PlacedTile &as,
                                               Value operand) {
  PlacedTile &tile = tileOf(operand);
  size_t count = as.registers.size();
  if (tile.kind == as.kind)
    return tile.registers;
  SmallVector<Value> aligned;
  if (tile.kind == LayoutKind::Rows) {
    for (size_t i = 0; i < count; ++i)
      aligned.push_back(tile.registers[as.fragment.rowOf(i)]);
    return aligned;
  }
  // From shared memory: a line under a fragment, or a tile that was read.
  kernel.access(b, {tile.shared}, {});
  Value first = firstColumn(as.fragment), row = firstRow(as.fragment);
  if (tile.kind == LayoutKind::Line) {
    SmallVector<Value> columns;
    for (int64_t c = 0; c < as.fragment.threadColumns(); ++c)
      columns.push_back(
          readShared(*tile.shared, b.index(0),
                     b.add(first, b.index(as.fragment.columnOffset(c)))));
    for (size_t i = 0; i < count; ++i)
      aligned.push_back(columns[as.fragment.columnOf(i)]);
    return aligned;
  }
  for (size_t i = 0; i < count; ++i)
    aligned.push_back(readShared(*tile.shared, clampedRow(as, row, i),
                                 columnOf(as, first, i)));
  return aligned;
}

PlacedTile ThreadLowering::asFragment(Value tile) {
  PlacedTile from = tileOf(tile);
  if (from.kind != LayoutKind::Shared)
    return from;
  from.kind = LayoutKind::Fragment;
  from.registers.resize(from.fragment.registers());
  from.registers = alignedWith(from, tile);
  from.shared = nullptr;
  return from;
}

SmallVector<Value> ThreadLowering::mapRegisters(TileMapOp op,
                                                const PlacedTile &to) {
  SmallVector<SmallVector<Value>> operands;
  for (Value operand : op.getSources())
    operands.push_back(alignedWith(to, operand));
  SmallVector<Value> numbers;
  for (size_t i = 0; i < to.registers.size(); ++i) {
    SmallVector<Value> arguments;
    for (auto &operand : operands)
      arguments.push_back(operand[i]);
    numbers.push_back(onScalars(op.getBody().front(), arguments));
  }
  return numbers;
}

PlacedTile ThreadLowering::map(TileMapOp op) {
  PlacedTile to = place(op);
  if (to.kind == LayoutKind::Shared) {
    mapShared(op, to);
    return to;
  }
  if (!op.getCondition()) {
    to.registers = mapRegisters(op, to);
    return to;
  }
  // Barriers are for all threads, so they go before the branch.
  for (Value operand : op.getSources())
    if (SharedBuffer *buffer = tileOf(operand).shared)
      kernel.access(b, {buffer}, {});
  SmallVector<Value> before = alignedWith(to, op.getSources()[0]);
  to.registers = b.ifElse(
      op.getCondition(), TypeRange(ValueRange(before)),
      [&] { return mapRegisters(op, to); }, [&] { return before; });
  return to;
}

/// Each warp looks at all numbers of a line, or at its own rows of a column, so
/// that no barrier is needed.
Value ThreadLowering::any(TileAnyOp op) {
  PlacedTile &from = tileOf(op.getSource());
  Block &body = op.getBody().front();
  Value found, zero = b.index(0);
  auto add = [&](Value number) {
    Value here = onScalars(body, {number});
    found = found ? b.either(found, here) : here;
  };
  if (from.kind == LayoutKind::Rows) {
    llvm::for_each(from.registers, add);
    return anyLane(found);
  }
  SharedBuffer &buffer = *from.shared;
  kernel.access(b, {&buffer}, {});
  for (int64_t c = 0; c < buffer.columns; c += layout::kWarp) {
    Value column = b.add(kernel.lane, b.index(c));
    if (c + layout::kWarp > buffer.columns)
      column = b.min(column, b.index(buffer.columns - 1));
    add(readShared(buffer, zero, column));
  }
  return anyLane(found);
}

Value ThreadLowering::anyLane(Value condition) {
  Value everyLane = arith::ConstantOp::create(b, b.getI32IntegerAttr(-1));
  return NVVM::VoteSyncOp::create(b, b.getI1Type(), everyLane, condition,
                                  NVVM::VoteSyncKind::any);
}

Value ThreadLowering::fold(TileReduceKind kind, Value x, Value y) {
  switch (kind) {
  case TileReduceKind::Sum:
    return b.add(x, y);
  case TileReduceKind::Max:
    return arith::MaximumFOp::create(b, x, y);
  case TileReduceKind::MaxNumber:
    return arith::MaxNumFOp::create(b, x, y);
  }
  llvm_unreachable("all kinds are covered");
}

Value ThreadLowering::neutral(TileReduceKind kind) {
  if (kind == TileReduceKind::Sum)
    return b.f32(0);
  if (kind == TileReduceKind::Max)
    return b.f32(-std::numeric_limits<double>::infinity());
  return b.f32(std::numeric_limits<double>::quiet_NaN());
}

static Value exchange(ScalarBuilder &b, Value number, int32_t distance) {
  return gpu::ShuffleOp::create(b, number, distance, layout::kWarp,
                                gpu::ShuffleMode::XOR)
      .getShuffleResult();
}

PlacedTile ThreadLowering::reduce(TileReduceOp op) {
  return op.getAxis() == 1 ? foldColumns(op) : foldRows(op);
}

/// Columns of a row: those of the thread, then of the four threads that share
/// it.
PlacedTile ThreadLowering::foldColumns(TileReduceOp op) {
  PlacedTile to = place(op), from = asFragment(op.getSource());
  for (auto [i, number] : llvm::enumerate(from.registers)) {
    Value &best = to.registers[from.fragment.rowOf(i)];
    best = best ? fold(op.getKind(), best, number) : number;
  }
  for (Value &best : to.registers)
    for (int32_t distance : {1, 2})
      best = fold(op.getKind(), best, exchange(b, best, distance));
  return to;
}

/// Rows of a column: those of the thread, of the eight threads that share it,
/// then of the warps by shared memory.
PlacedTile ThreadLowering::foldRows(TileReduceOp op) {
  PlacedTile to = place(op), from = asFragment(op.getSource());
  const layout::Fragment &fragment = from.fragment;
  Value row = firstRow(fragment), column = firstColumn(fragment);
  SmallVector<Value> best(fragment.threadColumns());
  for (auto [i, number] : llvm::enumerate(from.registers)) {
    Value counted = number;
    if (fragment.hasPadding()) {
      Value live = b.compare(Predicate::ult, rowOf(from, row, i),
                             b.index(fragment.rows));
      counted = b.select(live, number, neutral(op.getKind()));
    }
    Value &place = best[fragment.columnOf(i)];
    place = place ? fold(op.getKind(), place, counted) : counted;
  }
  for (Value &number : best)
    for (int32_t distance : {4, 8, 16})
      number = fold(op.getKind(), number, exchange(b, number, distance));
  SharedBuffer &partial = kernel.allocate(fragment.rowWarps, fragment.columns,
                                          b.getF32Type(), /*padded=*/false);
  kernel.access(b, {}, {&partial});
  b.when(b.compare(Predicate::ult, kernel.lane, b.index(4)), [&] {
    Value warpRow = b.div(kernel.warp, b.index(fragment.columnWarps));
    for (auto [c, number] : llvm::enumerate(best))
      writeShared(number, partial, warpRow,
                  b.add(column, b.index(fragment.columnOffset(c))));
  });
  kernel.access(b, {&partial}, {});
  auto type = cast<TileType>(op.getTile().getType());
  for (auto [i, number] : llvm::enumerate(to.registers)) {
    Value at = lineColumn(type, i, true);
    for (int64_t w = 0; w < fragment.rowWarps; ++w) {
      Value one = readShared(partial, b.index(w), at);
      number = number ? fold(op.getKind(), number, one) : one;
    }
  }
  return to;
}

void ThreadLowering::storeLine(TileStoreOp op) {
  PlacedTile &from = tileOf(op.getTile());
  auto type = cast<TileType>(op.getTile().getType());
  auto target = cast<MemRefType>(op.getTarget().getType());
  for (auto [i, number] : llvm::enumerate(from.registers)) {
    Value column = lineColumn(type, i, false);
    SmallVector<Value> at = rowPlace(b, op.getIndices(), op.getHeads(), column);
    Value live =
        b.both(b.compare(Predicate::ult, column, b.index(type.getSize())),
               b.compare(Predicate::slt, at.back(), op.getLimit()));
    b.when(live, [&] {
      b.store(b.narrow(number, target.getElementType()), op.getTarget(), at);
    });
  }
}

/// A row's numbers of this thread, two columns at a time: rows start at
/// multiples of 16 bytes.
void ThreadLowering::storeRow(TileStoreOp op, const PlacedTile &from,
                              ValueRange at, int64_t row, Value firstColumn) {
  Type element = cast<MemRefType>(op.getTarget().getType()).getElementType();
  auto pair = VectorType::get({2}, element);
  for (int64_t c = 0; c < from.fragment.threadColumns(); c += 2) {
    SmallVector<Value> place(at), numbers;
    place.push_back(b.add(firstColumn, b.index(from.fragment.columnOffset(c))));
    for (int64_t i : {0, 1})
      numbers.push_back(b.narrow(from.registers[from.fragment.registerOf(
                                     row / 2, c / 2, row % 2 * 2 + i)],
                                 element));
    Value both = vector::FromElementsOp::create(b, pair, numbers);
    Value address = addressOf(b, op.getTarget(), place, at);
    LLVM::StoreOp::create(b, both, toPointer(b, address, kGlobalSpace),
                          2 * element.getIntOrFloatBitWidth() / 8);
  }
}

void ThreadLowering::store(TileStoreOp op) {
  if (tileOf(op.getTile()).kind == LayoutKind::Line)
    return storeLine(op);
  PlacedTile from = asFragment(op.getTile());
  auto target = cast<MemRefType>(op.getTarget().getType());
  Value first = firstRow(from.fragment), column = firstColumn(from.fragment);
  for (int64_t r = 0; r < from.fragment.threadRows(); ++r) {
    Value row = b.add(first, b.index(from.fragment.rowOffset(r)));
    SmallVector<Value> at = rowPlace(b, op.getIndices(), op.getHeads(), row);
    Value live =
        b.both(b.compare(Predicate::ult, row, b.index(from.fragment.rows)),
               b.compare(Predicate::slt, at.back(), op.getLimit()));
    if (from.kind == LayoutKind::Rows)
      live = b.both(live, b.compare(Predicate::eq, column, b.index(0)));
    b.when(live, [&] {
      if (from.kind == LayoutKind::Fragment)
        return storeRow(op, from, at, r, column);
      b.store(b.narrow(from.registers[r], target.getElementType()),
              op.getTarget(), at);
    });
  }
}
