//===- nvvm/MemoryPatterns.cpp - Shared memory of a thread block
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/Lanes.h"

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

/// How many numbers of a row a thread computes at a time: vectors of 16 bytes
/// of the widest of the matrices, if all of them are in such, and its ops have
/// a form on vectors; else 1.
static int64_t lanesOf(GpuFillOp op) {
  SmallVector<SmemType> types{op.getMemory().getType()};
  for (Value source : op.getSources())
    types.push_back(cast<SmemType>(source.getType()));
  int64_t widest = 1;
  for (SmemType type : types)
    widest = std::max(widest, type.getElementBytes());
  int64_t lanes = layout::kVectorBytes / widest;
  bool fits = llvm::all_of(types, [&](SmemType type) {
    return type.getColumns() % lanes == 0 &&
           type.getPitch() % (lanes * type.getElementBytes()) == 0;
  });
  Block &body = op.getBody().front();
  auto hasForm = [](Operation &each) {
    return isa<arith::ConstantOp>(each) || isLanewise(each);
  };
  bool usesPlace =
      !body.getArgument(0).use_empty() || !body.getArgument(1).use_empty();
  return fits && !usesPlace && llvm::all_of(body.without_terminator(), hasForm)
             ? lanes
             : 1;
}

/// Vectors are read some places ahead of those that are written: code does not
/// know that a write to shared memory is not to what the next place reads.
static Value lowerFill(ThreadBuilder &b, GpuFillOp op,
                       GpuFillOp::Adaptor adaptor) {
  constexpr size_t kAhead = 8;
  Memory to{adaptor.getMemory(), op.getMemory().getType()};
  int64_t lanes = lanesOf(op), vectors = to.type.getColumns() / lanes;
  bool unrolled = lanes > 1 && b.canUnroll(to.type.getRows(), vectors);
  SmallVector<std::function<void()>> writes;
  auto writeAll = [&] {
    for (auto &write : writes)
      write();
    writes.clear();
  };
  auto fill = [&](Value r, Value vector) {
    Value c = lanes == 1 ? vector : b.mul(vector, b.index(lanes));
    SmallVector<Value> arguments{r, c};
    for (auto [pointer, source] :
         llvm::zip(adaptor.getSources(), op.getSources()))
      arguments.push_back(
          b.read({pointer, cast<SmemType>(source.getType())}, r, c, lanes));
    writes.push_back([&b, &to, op, arguments, r, c, lanes]() mutable {
      b.write(b.inlined(op.getBody().front(), arguments, lanes), to, r, c);
    });
    if (!unrolled || writes.size() == kAhead)
      writeAll();
  };
  b.overPlaces(to.type.getRows(), vectors, unrolled, fill);
  writeAll();
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
