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

void ThreadLowering::overPlaces(int64_t rows, int64_t columns,
                                function_ref<void(Value, Value)> body,
                                bool unrolled) {
  Value width = b.index(columns);
  int64_t threads = kernel.threads, rounds = rows * columns / threads;
  // Threads that are whole rows keep their column.
  if (unrolled && threads % columns == 0 && rows * columns % threads == 0 &&
      rounds <= kMostUnrolled) {
    Value first = b.div(kernel.thread, width);
    Value column = arith::RemUIOp::create(b, kernel.thread, width);
    for (int64_t i = 0; i < rounds; ++i)
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
  Value number = LLVM::LoadOp::create(b, buffer.element,
                                      kernel.pointer(b, buffer, row, column));
  return isa<FloatType>(buffer.element) ? b.widen(number) : number;
}

void ThreadLowering::writeShared(Value number, SharedBuffer &buffer, Value row,
                                 Value column) {
  if (isa<FloatType>(buffer.element))
    number = b.narrow(number, buffer.element);
  LLVM::StoreOp::create(b, number, kernel.pointer(b, buffer, row, column));
}

void ThreadLowering::beginStage(Operation *owner, Value slot) {
  stageOwner = owner;
  stageSlot = slot;
}

void ThreadLowering::endStage() { stageOwner = nullptr; }

SharedBuffer &ThreadLowering::room(int64_t rows, int64_t columns, Type element,
                                   bool padded) {
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
  tile.shared = &room(1, type.getColumns(), type.getElementType(),
                      /*padded=*/false);
  kernel.access(b, {}, {tile.shared});
  for (auto [i, number] : llvm::enumerate(tile.registers)) {
    Value column = lineColumn(type, i, false);
    Value live = b.compare(Predicate::ult, column, b.index(type.getColumns()));
    b.when(live,
           [&] { writeShared(number, *tile.shared, b.index(0), column); });
  }
}

/// The tile in shared memory as `element`; fragments are written there.
SharedBuffer &ThreadLowering::inShared(Value tile, Type element) {
  PlacedTile &from = tileOf(tile);
  auto type = cast<TileType>(tile.getType());
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
      writeShared(readShared(*from.shared, r, c), to, r, c);
    });
    return to;
  }
  Value row = firstRow(from.fragment), column = firstColumn(from.fragment);
  for (auto [i, number] : llvm::enumerate(from.registers)) {
    Value r = rowOf(from, row, i), c = columnOf(from, column, i);
    auto write = [&, number = number] { writeShared(number, to, r, c); };
    if (from.fragment.hasPadding())
      b.when(b.compare(Predicate::ult, r, b.index(type.getRows())), write);
    else
      write();
  }
  return to;
}

void ThreadLowering::mapShared(TileMapOp op, PlacedTile &to) {
  auto type = cast<TileType>(op.getTile().getType());
  to.shared = &kernel.allocate(type.getRows(), type.getColumns(), to.element,
                               /*padded=*/true);
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

/// Asks for 16 bytes; of a dead row for 0 of them, so that zeros are written.
static void copyAsync(ScalarBuilder &b, Value to, Value from, Value live) {
  Value bytes = b.select(live, b.toI32(b.index(kPiece)), b.toI32(b.index(0)));
  NVVM::CpAsyncOp::create(b, to, toPointer(b, from, kGlobalSpace), kPiece,
                          NVVM::LoadCacheModifierKind::CG, bytes);
}

/// Fills a buffer by pieces of 16 bytes where the array stores its type, else
/// number by number. Rows that are not live are 0.
void ThreadLowering::copyRows(PlacedTile &to, int64_t rows, int64_t columns,
                              Type stored, ArrayRef<SharedBuffer *> asked,
                              bool mayWait, function_ref<Value(Value)> isLive,
                              function_ref<Value(Value, Value)> address) {
  to.shared = &room(rows, columns, to.element, /*padded=*/true);
  kernel.access(b, asked, {to.shared});
  int64_t bytes = to.shared->elementBytes();
  bool whole = stored == to.element && columns * bytes % kPiece == 0;
  int64_t step = whole ? kPiece / bytes : 1;
  Type type = whole ? Type(VectorType::get({4}, b.getI32Type())) : stored;
  overPlaces(
      rows, columns / step,
      [&](Value r, Value piece) {
        Value column = b.mul(piece, b.index(step));
        if (stageOwner && whole)
          return copyAsync(b, kernel.pointer(b, *to.shared, r, column),
                           address(r, column), isLive(r));
        Value piecesRead = b.ifElse(
            isLive(r), type,
            [&] {
              Value from = toPointer(b, address(r, column), kGlobalSpace);
              unsigned align =
                  whole ? kPiece : stored.getIntOrFloatBitWidth() / 8;
              return SmallVector<Value>{
                  LLVM::LoadOp::create(b, type, from, align)};
            },
            [&] {
              return SmallVector<Value>{
                  arith::ConstantOp::create(b, b.getZeroAttr(type))};
            })[0];
        Value at = kernel.pointer(b, *to.shared, r, column);
        if (whole)
          LLVM::StoreOp::create(b, piecesRead, at, kPiece);
        else
          LLVM::StoreOp::create(b, b.narrow(b.widen(piecesRead), to.element),
                                at);
      },
      /*unrolled=*/whole);
  if (whole && mayWait && !stageOwner) {
    NVVM::CpAsyncCommitGroupOp::create(b);
    to.shared->coming = true;
  }
}

PlacedTile ThreadLowering::load(TileLoadOp op) {
  PlacedTile to = place(op);
  auto type = cast<TileType>(op.getTile().getType());
  auto source = cast<MemRefType>(op.getSource().getType());
  Value last = lastRow(b, op);
  auto at = [&](Value r) {
    return rowPlace(b, op.getIndices(), op.getHeads(), r, last);
  };
  copyRows(
      to, type.getRows(), type.getColumns(), source.getElementType(), {},
      /*mayWait=*/true,
      [&](Value r) {
        return b.compare(Predicate::slt, at(r).back(), op.getLimit());
      },
      [&](Value r, Value column) {
        SmallVector<Value> place = at(r);
        place.push_back(column);
        return addressOf(b, op.getSource(), place, column);
      });
  return to;
}

PlacedTile ThreadLowering::gather(TileGatherOp op) {
  PlacedTile to = place(op);
  auto type = cast<TileType>(op.getTile().getType());
  SharedBuffer &rows = *tileOf(op.getRows()).shared;
  Type stored;
  if (auto view = dyn_cast<KvType>(op.getSource().getType()))
    stored = view.getElementType();
  else
    stored = cast<MemRefType>(op.getSource().getType()).getElementType();
  auto keyAt = [&](Value r) { return readShared(rows, b.index(0), r); };
  copyRows(
      to, type.getRows(), type.getColumns(), stored, {&rows},
      /*mayWait=*/stageOwner != nullptr,
      [&](Value r) {
        return b.compare(Predicate::sge, keyAt(r), b.toI32(b.index(0)));
      },
      [&](Value r, Value column) {
        // The address of a dead row is not used, but its page is looked up.
        Value number = keyAt(r);
        if (op.getSource().getDefiningOp<KvPagedOp>())
          number = b.max(number, b.toI32(b.index(0)));
        Value key = arith::IndexCastUIOp::create(b, b.getIndexType(), number);
        StoredRow row =
            storedRow(b, op.getSource(), op.getBatch(), op.getHead(), key);
        row.indices.push_back(column);
        return addressOf(b, row.storage, row.indices,
                         {op.getBatch(), op.getHead(), column});
      });
  return to;
}
