//===- gpu/SharedLowering.cpp - Tile ops on shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/gpu/Chips.h"
#include "passes/gpu/Stages.h"
#include "passes/gpu/ThreadLowering.h"
#include "passes/support/Keys.h"
#include "passes/support/TileOps.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

using Predicate = arith::CmpIPredicate;

/// Bytes of the widest load that one thread makes.
constexpr int64_t kPiece = 16;
/// Rounds of copies that are written out.
constexpr int64_t kMostUnrolled = 16;

Value mlir::hip::gpupasses::addressOf(ScalarBuilder &b, Value memref,
                                      ValueRange indices, ValueRange fixed) {
  auto type = cast<MemRefType>(memref.getType());
  Value bytes = b.index(type.getElementType().getIntOrFloatBitWidth() / 8);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(
      b, metadata.getBaseBuffer());
  address = b.add(address, b.mul(metadata.getOffset(), bytes));
  for (bool isFixed : {true, false})
    for (auto [index, stride] : llvm::zip(indices, metadata.getStrides()))
      if (llvm::is_contained(fixed, index) == isFixed)
        address = b.add(address, b.mul(index, b.mul(stride, bytes)));
  return address;
}

/// Threads that are whole rows keep their column.
bool ThreadLowering::isUnrolled(int64_t rows, int64_t columns) {
  int64_t threads = kernel.threads, places = rows * columns;
  return threads % columns == 0 && places % threads == 0 &&
         places <= threads * kMostUnrolled;
}

void ThreadLowering::overPlaces(int64_t rows, int64_t columns,
                                function_ref<void(Value, Value)> body,
                                bool unrolled) {
  Value width = b.index(columns);
  if (unrolled) {
    int64_t threads = kernel.threads;
    Value first = b.div(kernel.thread, width);
    Value column = arith::RemUIOp::create(b, kernel.thread, width);
    for (int64_t i = 0; i < rows * columns / threads; ++i)
      body(b.add(first, b.index(i * (threads / columns))), column);
    return;
  }
  b.loop(kernel.thread, b.index(rows * columns), b.index(kernel.threads),
         [&](Value i) {
           body(b.div(i, width), arith::RemUIOp::create(b, i, width));
         });
}

Value ThreadLowering::readShared(SharedBuffer &buffer, Value row,
                                 Value column) {
  return LLVM::LoadOp::create(b, buffer.element,
                              kernel.pointer(b, buffer, row, column));
}

void ThreadLowering::writeShared(Value number, SharedBuffer &buffer, Value row,
                                 Value column) {
  LLVM::StoreOp::create(b, number, kernel.pointer(b, buffer, row, column));
}

void ThreadLowering::beginStage(Operation *owner, Value slot) {
  stageOwner = owner;
  stageSlot = slot;
}

void ThreadLowering::endStage() { stageOwner = nullptr; }

SharedBuffer &ThreadLowering::allocate(int64_t rows, int64_t columns,
                                       Type element, bool padded) {
  if (!stageOwner)
    return kernel.allocate(rows, columns, element, padded);
  SharedBuffer *&all = stages[stageOwner];
  if (!all)
    all = &kernel.allocate(rows * stageCount(stageOwner), columns, element,
                           padded);
  return kernel.stageOf(b, *all, stageSlot, stageCount(stageOwner));
}

PlacedTile ThreadLowering::inStage(Operation *owner, Value slot) {
  PlacedTile tile = place(owner);
  if (SharedBuffer *all = stages.lookup(owner))
    tile.shared = &kernel.stageOf(b, *all, slot, stageCount(owner));
  return tile;
}

void ThreadLowering::share(TileType type, PlacedTile &tile) {
  tile.shared = &allocate(1, type.getSize(), type.getElementType(),
                          /*padded=*/false);
  kernel.access(b, {}, {tile.shared});
  for (auto [i, number] : llvm::enumerate(tile.registers)) {
    Value column = lineColumn(type, i, false);
    Value live = b.compare(Predicate::ult, column, b.index(type.getSize()));
    b.when(live,
           [&] { writeShared(number, *tile.shared, b.index(0), column); });
  }
}

/// The tile in shared memory in its type, or in f32; fragments are written
/// there.
SharedBuffer &ThreadLowering::inShared(Value tile, Type element) {
  PlacedTile &from = tileOf(tile);
  auto type = cast<TileType>(tile.getType());
  auto as = [&](Value number) {
    return element.isF32() ? b.widen(number) : number;
  };
  if (from.shared && from.shared->element == element)
    return *from.shared;
  SharedBuffer &to = kernel.allocate(type.getRows(), type.getColumns(), element,
                                     /*padded=*/true);
  SmallVector<SharedBuffer *> reads;
  if (from.shared)
    reads.push_back(from.shared);
  kernel.access(b, reads, {&to});
  if (from.shared) {
    overPlaces(type.getRows(), type.getColumns(), [&](Value r, Value c) {
      writeShared(as(readShared(*from.shared, r, c)), to, r, c);
    });
    return to;
  }
  Value row = firstRow(from.fragment), column = firstColumn(from.fragment);
  for (auto [i, number] : llvm::enumerate(from.registers)) {
    Value r = rowOf(from, row, i), c = columnOf(from, column, i);
    auto write = [&, number = number] { writeShared(as(number), to, r, c); };
    if (from.fragment.hasPadding())
      b.when(b.compare(Predicate::ult, r, b.index(type.getRows())), write);
    else
      write();
  }
  return to;
}

void ThreadLowering::mapShared(TileMapOp op, PlacedTile &to) {
  auto type = cast<TileType>(op.getTile().getType());
  to.shared = &kernel.allocate(type.getRows(), type.getColumns(),
                               type.getElementType(), /*padded=*/true);
  SmallVector<SharedBuffer *> reads;
  for (Value operand : op.getSources())
    reads.push_back(tileOf(operand).shared);
  kernel.access(b, reads, {to.shared});
  overPlaces(type.getRows(), type.getColumns(), [&](Value r, Value c) {
    SmallVector<Value> arguments;
    for (Value operand : op.getSources())
      arguments.push_back(readShared(*tileOf(operand).shared, r, c));
    writeShared(onScalars(op.getBody().front(), arguments), *to.shared, r, c);
  });
}

/// What is stored from `column` of a row on; 0 where the row is not live.
static Value loadLive(ScalarBuilder &b, const SourceRow &row, Value column,
                      Type type, unsigned align) {
  return b.ifElse(
      row.live, type,
      [&] {
        Value from = toPointer(b, row.address(b, column), kGlobalSpace);
        return SmallVector<Value>{LLVM::LoadOp::create(b, type, from, align)};
      },
      [&] {
        return SmallVector<Value>{
            arith::ConstantOp::create(b, b.getZeroAttr(type))};
      })[0];
}

Value SourceRow::address(ScalarBuilder &b, Value column) const {
  SmallVector<Value> place(indices), known(fixed);
  place.push_back(column);
  known.push_back(column);
  return addressOf(b, array, place, known);
}

void ThreadLowering::copyNumber(SharedBuffer &to, Value r, Value column,
                                const SourceRow &row) {
  writeShared(loadLive(b, row, column, to.element, to.elementBytes()), to, r,
              column);
}

void ThreadLowering::copyPiece(SharedBuffer &to, Value r, Value column,
                               const SourceRow &row) {
  auto type = VectorType::get({kPiece / 4}, b.getI32Type());
  Value piece = loadLive(b, row, column, type, kPiece);
  LLVM::StoreOp::create(b, piece, kernel.pointer(b, to, r, column), kPiece);
}

/// Asks for 16 bytes; of a dead row for 0 of them, so that zeros are written.
static void copyAsync(ScalarBuilder &b, Value to, Value from, Value live) {
  Value bytes = b.select(live, b.i32(kPiece), b.i32(0));
  NVVM::CpAsyncOp::create(b, to, toPointer(b, from, kGlobalSpace), kPiece,
                          NVVM::LoadCacheModifierKind::CG, bytes);
}

/// Fills a buffer by pieces of 16 bytes where rows are whole pieces, else
/// number by number. Rows that are not live are 0.
void ThreadLowering::copyRows(PlacedTile &to, TileType type,
                              ArrayRef<SharedBuffer *> read, bool mayWait,
                              function_ref<SourceRow(Value)> rowAt) {
  int64_t rows = type.getRows(), columns = type.getColumns();
  to.shared = &allocate(rows, columns, type.getElementType(), /*padded=*/true);
  kernel.access(b, read, {to.shared});
  int64_t bytes = to.shared->elementBytes();
  bool whole = columns * bytes % kPiece == 0;
  int64_t step = whole ? kPiece / bytes : 1;
  bool unrolled = whole && isUnrolled(rows, columns / step);
  auto copy = [&](Value r, Value piece) {
    Value column = b.mul(piece, b.index(step));
    SourceRow row = rowAt(r);
    if (!whole)
      return copyNumber(*to.shared, r, column, row);
    if (!stageOwner)
      return copyPiece(*to.shared, r, column, row);
    auto ask = [this, r, column, row, &buffer = *to.shared] {
      copyAsync(b, kernel.pointer(b, buffer, r, column), row.address(b, column),
                row.live);
    };
    unrolled ? copies.push_back(ask) : ask();
  };
  overPlaces(rows, columns / step, copy, unrolled);
  if (whole && mayWait && !stageOwner) {
    NVVM::CpAsyncCommitGroupOp::create(b);
    to.shared->coming = true;
  }
}

void ThreadLowering::startCopies() {
  for (auto &copy : copies)
    copy();
  copies.clear();
}

PlacedTile ThreadLowering::load(TileLoadOp op) {
  PlacedTile to = place(op);
  Value last = lastRow(b, op);
  copyRows(to, op.getTile().getType(), {}, /*mayWait=*/true,
           [&](Value r) -> SourceRow {
             SmallVector<Value> at =
                 rowPlace(b, op.getIndices(), op.getHeads(), r, last);
             Value live = b.compare(Predicate::slt, at.back(), op.getLimit());
             return {live, op.getSource(), at, {}};
           });
  return to;
}

PlacedTile ThreadLowering::gather(TileGatherOp op) {
  PlacedTile to = place(op);
  SharedBuffer &rows = *tileOf(op.getRows()).shared;
  copyRows(
      to, op.getTile().getType(), {&rows},
      /*mayWait=*/stageOwner != nullptr, [&](Value r) -> SourceRow {
        Value number = readShared(rows, b.index(0), r);
        Value zero = b.i32(0);
        Value live = b.compare(Predicate::sge, number, zero);
        // A dead row's address is not used.
        Value key = arith::IndexCastUIOp::create(b, b.getIndexType(), number);
        StoredRow row = storedRow(b, op.getSource(), op.getBatch(),
                                  op.getHead(), key, live);
        return {live, row.storage, row.indices, {op.getBatch(), op.getHead()}};
      });
  return to;
}
