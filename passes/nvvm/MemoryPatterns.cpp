//===- nvvm/MemoryPatterns.cpp - Shared memory of a thread block
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

static Value lowerAlloc(ThreadBuilder &b, GpuAllocOp op, GpuAllocOp::Adaptor) {
  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  auto type = MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                              MemRefLayoutAttrInterface(), space);
  Value memory = gpu::DynamicSharedMemoryOp::create(b, type);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  Value base = toPointer(b, address, kSharedSpace);
  return LLVM::GEPOp::create(
      b, base.getType(), b.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(*op.getOffset())});
}

static Value lowerSlot(ThreadBuilder &b, GpuSlotOp op,
                       GpuSlotOp::Adaptor adaptor) {
  // As far as from row 0 to one that so many bytes are before.
  SmemType all = op.getMemory().getType();
  auto bytes = SmemType::get(b.getContext(), {all.getBytes()}, b.getI8Type(),
                             all.getBytes());
  Value at = b.mul(op.getIndex(), b.index(all.getStageBytes()));
  return b.pointer({adaptor.getMemory(), bytes}, b.index(0), at);
}

namespace {

/// Where a tile's register is in memory; vectors are a row.
struct Places {
  Places(ThreadBuilder &b, TileType type)
      : b(b), layout(type.getRegisters()), isVector(type.isVector()),
        row(b.first(layout, 0)), column(isVector ? row : b.first(layout, 1)) {}

  Value rowOf(int64_t i, bool clamp) {
    return isVector ? b.index(0) : b.place(layout, row, i, 0, clamp);
  }
  Value columnOf(int64_t i, bool clamp) {
    return b.place(layout, column, i, isVector ? 0 : 1, clamp);
  }

  ThreadBuilder &b;
  layout::Layout layout;
  bool isVector;
  Value row, column;
};

} // namespace

static Value lowerLocalLoad(ThreadBuilder &b, GpuLocalLoadOp op,
                            GpuLocalLoadOp::Adaptor adaptor) {
  TileType type = op.getTile().getType();
  Memory memory{adaptor.getMemory(), op.getMemory().getType()};
  Places places(b, type);
  SmallVector<Value> numbers;
  for (int64_t i = 0, e = places.layout.registerCount(); i < e; ++i)
    numbers.push_back(
        b.read(memory, places.rowOf(i, true), places.columnOf(i, true)));
  return b.vector(numbers, type.getElementType());
}

/// Padding is not written; copies of an element are the same.
static Value lowerLocalStore(ThreadBuilder &b, GpuLocalStoreOp op,
                             GpuLocalStoreOp::Adaptor adaptor) {
  TileType type = op.getTile().getType();
  Memory memory{adaptor.getMemory(), op.getMemory().getType()};
  Places places(b, type);
  for (auto [i, number] : llvm::enumerate(b.elements(adaptor.getTile()))) {
    Value row = places.rowOf(i, false), column = places.columnOf(i, false);
    auto write = [&, number = number] { b.write(number, memory, row, column); };
    if (!places.layout.hasPadding(0)) {
      write();
      continue;
    }
    Value end = b.index(type.getShape().front());
    b.when(b.compare(arith::CmpIPredicate::ult, type.isVector() ? column : row,
                     end),
           write);
  }
  return {};
}

static Value lowerFill(ThreadBuilder &b, GpuFillOp op,
                       GpuFillOp::Adaptor adaptor) {
  Memory to{adaptor.getMemory(), op.getMemory().getType()};
  b.overPlaces(to.type.getRows(), to.type.getColumns(), /*unrolled=*/false,
               [&](Value r, Value c) {
                 SmallVector<Value> arguments{r, c};
                 for (auto [pointer, source] :
                      llvm::zip(adaptor.getSources(), op.getSources()))
                   arguments.push_back(b.read(
                       {pointer, cast<SmemType>(source.getType())}, r, c));
                 b.write(b.inlined(op.getBody().front(), arguments), to, r, c);
               });
  return {};
}

void mlir::hip::nvvm::addMemoryPatterns(const TypeConverter &types,
                                        RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerAlloc);
  addPattern(types, patterns, lowerSlot);
  addPattern(types, patterns, lowerLocalLoad);
  addPattern(types, patterns, lowerLocalStore);
  addPattern(types, patterns, lowerFill);
}
