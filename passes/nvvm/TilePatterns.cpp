//===- nvvm/TilePatterns.cpp - Tiles in registers
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/nvvm/Patterns.h"
#include "passes/nvvm/Reduction.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/RowMap.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

using Predicate = arith::CmpIPredicate;

static Value lowerSplat(ThreadBuilder &b, TileSplatOp op,
                        TileSplatOp::Adaptor adaptor) {
  TileType type = cast<TileType>(op.getTile().getType());
  SmallVector<Value> numbers(type.getRegisters().registerCount(),
                             adaptor.getValue());
  return b.vector(numbers, type.getElementType());
}

static Value lowerGenerate(ThreadBuilder &b, TileGenerateOp op,
                           TileGenerateOp::Adaptor) {
  TileType type = cast<TileType>(op.getTile().getType());
  layout::Layout layout = type.getRegisters();
  SmallVector<Value> firsts, numbers;
  for (size_t axis = 0; axis < type.getShape().size(); ++axis)
    firsts.push_back(b.first(layout, axis));
  for (int64_t i = 0, e = layout.registerCount(); i < e; ++i) {
    SmallVector<Value> at;
    for (auto [axis, first] : llvm::enumerate(firsts))
      at.push_back(b.place(layout, first, i, axis));
    numbers.push_back(b.inlined(op.getBody().front(), at));
  }
  return b.vector(numbers, type.getElementType());
}

/// The operand's numbers that belong to the registers of the result.
static SmallVector<Value> spread(ThreadBuilder &b, TileMapOp op, size_t which,
                                 Value source) {
  SmallVector<Value> numbers = b.elements(source), spread;
  int64_t axis = op.getAxes()[which];
  if (axis < 0)
    return numbers;
  layout::Layout to = op.getTile().getType().getRegisters();
  layout::Layout from =
      cast<TileType>(op.getSources()[which].getType()).getRegisters();
  for (int64_t i = 0, e = to.registerCount(); i < e; ++i)
    spread.push_back(
        numbers[from.registerAt({to.registerPlace(i).along(axis), 0})]);
  return spread;
}

static SmallVector<Value> apply(ThreadBuilder &b, TileMapOp op,
                                ArrayRef<SmallVector<Value>> sources) {
  SmallVector<Value> numbers;
  for (size_t i = 0, e = sources[0].size(); i < e; ++i) {
    SmallVector<Value> arguments;
    for (const SmallVector<Value> &source : sources)
      arguments.push_back(source[i]);
    numbers.push_back(b.inlined(op.getBody().front(), arguments));
  }
  return numbers;
}

static Value lowerMap(ThreadBuilder &b, TileMapOp op,
                      TileMapOp::Adaptor adaptor) {
  Type element = op.getTile().getType().getElementType();
  SmallVector<SmallVector<Value>> sources;
  for (auto [i, source] : llvm::enumerate(adaptor.getSources()))
    sources.push_back(spread(b, op, i, source));
  auto body = [&] { return apply(b, op, sources); };
  SmallVector<Value> numbers =
      !op.getChanges()
          ? body()
          : b.ifElse(op.getChanges(), TypeRange(ValueRange(sources[0])), body,
                     [&] { return sources[0]; });
  return b.vector(numbers, element);
}

/// Whether it holds for any number that the warp has: no barrier is needed.
static Value anyOfWarp(ThreadBuilder &b, Value numbers,
                       function_ref<Value(Value)> holds) {
  Value found;
  for (Value number : b.elements(numbers)) {
    Value here = holds(number);
    found = found ? b.either(found, here) : here;
  }
  return b.anyLane(found);
}

/// Each warp has all numbers.
static Value lowerAny(ThreadBuilder &b, TileAnyOp op,
                      TileAnyOp::Adaptor adaptor) {
  return anyOfWarp(b, adaptor.getSource(), [&](Value number) {
    return b.inlined(op.getBody().front(), number);
  });
}

static Value lowerVote(ThreadBuilder &b, GpuVoteOp,
                       GpuVoteOp::Adaptor adaptor) {
  return anyOfWarp(b, adaptor.getSource(), [](Value flag) { return flag; });
}

static Value lowerReduce(ThreadBuilder &b, TileReduceOp op,
                         TileReduceOp::Adaptor adaptor) {
  Reduction reduction(b, op.getKind(), op.getSource().getType(), op.getAxis());
  TileType tile = op.getTile().getType();
  SmallVector<Value> numbers = b.elements(adaptor.getSource());
  return b.vector(tile.isVector()
                      ? reduction.inWarp(numbers)
                      : reduction.toColumns(numbers, tile.getRegisters()),
                  tile.getElementType());
}

static Value lowerWarpsReduce(ThreadBuilder &b, GpuReduceOp op,
                              GpuReduceOp::Adaptor adaptor) {
  Reduction reduction(b, op.getKind(), op.getSource().getType(), 0);
  Memory scratch{adaptor.getScratch(), op.getScratch().getType()};
  SmallVector<Value> numbers =
      reduction.overWarps(b.elements(adaptor.getSource()), scratch,
                          op.getTile().getType().getRegisters());
  return b.vector(numbers, op.getTile().getType().getElementType());
}

/// Whether row `row` of a tile is one, and the view has its place.
static Value isLive(ThreadBuilder &b, const layout::Layout &layout, Value row,
                    const RowMap &map, const RowPlace &at) {
  Value live = map.isThere(b, at);
  if (layout.hasPadding(0))
    live =
        b.both(b.compare(Predicate::ult, row, b.index(layout.shape.row)), live);
  return live;
}

namespace {

/// Writes the elements of a tile that there are rows for.
class Store {
public:
  Store(ThreadBuilder &b, TileStoreOp op, ArrayRef<Value> numbers)
      : b(b), op(op), numbers(numbers),
        layout(cast<TileType>(op.getTile().getType()).getRegisters()),
        map(viewOf(op.getView())),
        element(op.getView().getType().getElementType()) {}

  void run() {
    bool isVector = cast<TileType>(op.getTile().getType()).isVector();
    Value row = b.first(layout, 0), column;
    if (!isVector)
      column = b.first(layout, 1);
    int64_t registers = layout.registerCount();
    for (int64_t i = 0; i < registers; ++i)
      if (isVector || layout.registerPlace(i).column == 0)
        storeRow(i, row, column);
  }

private:
  /// What the thread has of the row of register i.
  void storeRow(int64_t i, Value firstRow, Value firstColumn) {
    Value row = b.place(layout, firstRow, i, 0, /*clamp=*/false);
    RowPlace at = map.at(b, row);
    Value live = isLive(b, layout, row, map, at);
    if (Value first = b.isFirstCopy(layout))
      live = b.both(live, first);
    b.when(live, [&] {
      firstColumn
          ? storeColumns(i, at, firstColumn)
          : b.store(b.narrow(numbers[i], element), at.storage, at.indices);
    });
  }

  /// Two columns at a time, which are side by side: rows start at multiples of
  /// 16 bytes.
  void storeColumns(int64_t i, const RowPlace &at, Value firstColumn) {
    int64_t row = layout.registerPlace(i).row;
    auto pair = VectorType::get({2}, element);
    for (int64_t low = 0, e = layout.registerCount(); low < e; ++low) {
      auto [r, c] = layout.registerPlace(low);
      int64_t high = layout.registerAt({r, c + 1});
      if (r != row || c % 2 != 0 || high < 0)
        continue;
      SmallVector<Value> place(at.indices);
      place.push_back(b.add(firstColumn, b.index(c)));
      Value both = vector::FromElementsOp::create(
          b, pair,
          ValueRange{b.narrow(numbers[low], element),
                     b.narrow(numbers[high], element)});
      Value address = addressOf(b, at.storage, place, at.indices);
      LLVM::StoreOp::create(b, both, toPointer(b, address, kGlobalSpace),
                            2 * element.getIntOrFloatBitWidth() / 8);
    }
  }

  ThreadBuilder &b;
  TileStoreOp op;
  ArrayRef<Value> numbers;
  layout::Layout layout;
  RowMap map;
  Type element;
};

} // namespace

static Value lowerStore(ThreadBuilder &b, TileStoreOp op,
                        TileStoreOp::Adaptor adaptor) {
  SmallVector<Value> numbers = b.elements(adaptor.getTile());
  Store(b, op, numbers).run();
  return {};
}

namespace {

/// Sends the numbers of a vector to all thread blocks of a cluster. Threads
/// that hold copies of a number send it to some of them each.
class Multicast {
public:
  Multicast(ThreadBuilder &b, GpuMulticastOp op, ArrayRef<Value> numbers,
            Value mbarrier)
      : b(b), numbers(numbers), mbarrier(mbarrier),
        layout(op.getTile().getType().getRegisters()),
        map(viewOf(op.getView())),
        size(op->getParentOfType<TileKernelOp>().getCluster()) {}

  void run() {
    std::tie(copy, copies) = b.copyOf(layout);
    Value firstRow = b.first(layout, 0);
    for (int64_t i = 0, e = layout.registerCount(); i < e; ++i) {
      Value row = b.place(layout, firstRow, i, 0, /*clamp=*/false);
      RowPlace at = map.at(b, row);
      b.when(isLive(b, layout, row, map, at), [&] { send(numbers[i], at); });
    }
  }

private:
  void send(Value number, const RowPlace &at) {
    Value bits = arith::BitcastOp::create(b, b.getI32Type(), number);
    Value address = addressOf(b, at.storage, at.indices, at.indices);
    Value to = toPointer(b, address, kSharedSpace);
    for (int64_t first = 0; first < size; first += copies) {
      Value rank = b.add(copy, b.index(first));
      auto sendOne = [&] { send(bits, to, b.toI32(rank)); };
      if (first + copies <= size)
        sendOne();
      else
        b.when(b.compare(Predicate::ult, rank, b.index(size)), sendOne);
    }
  }

  void send(Value bits, Value to, Value rank) {
    constexpr StringLiteral kSend =
        "{\n"
        ".reg .b32 to, at;\n"
        "mapa.shared::cluster.u32 to, $0, $2;\n"
        "mapa.shared::cluster.u32 at, $1, $2;\n"
        "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b32 "
        "[to], $3, [at];\n"
        "}";
    assembly(b, {}, {to, mbarrier, rank, bits}, kSend, "r,r,r,r,~{memory}");
  }

  ThreadBuilder &b;
  ArrayRef<Value> numbers;
  Value mbarrier;
  layout::Layout layout;
  RowMap map;
  int64_t size;
  /// Which copy of its numbers the thread has, of how many.
  Value copy;
  int64_t copies;
};

} // namespace

static Value lowerMulticast(ThreadBuilder &b, GpuMulticastOp op,
                            GpuMulticastOp::Adaptor adaptor) {
  SmallVector<Value> numbers = b.elements(adaptor.getTile());
  Value mbarrier =
      b.pointer({adaptor.getMbarriers(), op.getMbarriers().getType()},
                b.index(0), op.getIndex());
  Multicast(b, op, numbers, mbarrier).run();
  return {};
}

void mlir::hip::nvvm::addTilePatterns(const TypeConverter &types,
                                      RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerSplat);
  addPattern(types, patterns, lowerGenerate);
  addPattern(types, patterns, lowerMap);
  addPattern(types, patterns, lowerAny);
  addPattern(types, patterns, lowerVote);
  addPattern(types, patterns, lowerReduce);
  addPattern(types, patterns, lowerWarpsReduce);
  addPattern(types, patterns, lowerStore);
  addPattern(types, patterns, lowerMulticast);
}
