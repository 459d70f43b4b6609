//===- cpu/TileToVector.cpp - Tile programs to vectors over scratch
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/cpu/TileLowering.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPTILETOVECTOR
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::cpu;

/// Scratch is on the stack, of which a thread has some MiB.
constexpr int64_t kMostScratch = 4 << 20;

namespace {

/// Lowers the ops of one kernel in order. A tile is a buffer from then on,
/// shared by a value and the op that uses it up.
class KernelLowering {
public:
  KernelLowering(TileKernelOp kernel, int64_t lanes)
      : kernel(kernel), builder(kernel.getLoc(), kernel), lanes(lanes),
        entry(kernel.getBody().front()), live(builder, entry, lanes) {}

  LogicalResult run();

private:
  LogicalResult lowerBlock(Block &block);
  LogicalResult lower(Operation *op);
  LogicalResult lower(scf::ForOp loop);
  LogicalResult lower(TileMapOp map);
  LogicalResult lowerTileOp(Operation *op);

  Value fresh(MemRefType type);
  Value fresh(Value tile);
  /// Scratch for `result`: that of `source` where `op` alone uses it, in the
  /// same block, else fresh.
  Value takeOver(Operation *op, Value source, Value result);

  TileKernelOp kernel;
  ScalarBuilder builder;
  int64_t lanes, scratchBytes = 0;
  Block &entry;
  LiveRows live;
  DenseMap<Value, Value> buffers;
  SmallVector<Operation *> lowered;
};

} // namespace

LogicalResult KernelLowering::run() {
  if (failed(lowerBlock(entry)))
    return failure();
  if (scratchBytes > kMostScratch)
    return kernel.emitOpError()
           << "has tiles of " << scratchBytes << " bytes, a thread of the CPU "
           << "has room for " << kMostScratch
           << "; take fewer rows or columns in #hip.schedule";
  eraseLowered(lowered);
  return success();
}

Value KernelLowering::fresh(MemRefType type) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&entry);
  scratchBytes += type.getNumElements() *
                  llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return memref::AllocaOp::create(builder, type, builder.getI64IntegerAttr(64));
}

Value KernelLowering::fresh(Value tile) {
  return fresh(bufferType(cast<TileType>(tile.getType()), lanes));
}

Value KernelLowering::takeOver(Operation *op, Value source, Value result) {
  bool here = source.getParentBlock() == op->getBlock();
  Value place = buffers.lookup(source);
  MemRefType type = bufferType(cast<TileType>(result.getType()), lanes);
  return place.getType() == type && source.hasOneUse() && here ? place
                                                               : fresh(result);
}

LogicalResult KernelLowering::lowerBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    if (failed(lower(&op)))
      return failure();
  return success();
}

LogicalResult KernelLowering::lower(Operation *op) {
  builder.setInsertionPoint(op);
  builder.setLoc(op->getLoc());
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return lower(loop);
  if (isTileOp(op) || isa<TileViewOp>(op)) {
    lowered.push_back(op);
    return lowerTileOp(op);
  }
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(lowerBlock(block)))
        return failure();
  return success();
}

/// Whether scratch has the rows of a tile one after another: those of memory,
/// and what is computed of them alone.
static bool isGathered(Value tile) {
  Operation *def = tile.getDefiningOp();
  auto map = dyn_cast_or_null<TileMapOp>(def);
  return isa_and_nonnull<TileGatherOp>(def) ||
         (map && llvm::all_of(map.getSources(), isGathered));
}

/// Lanes are rows of what is multiplied, and a row that is read is a column of
/// the product.
static LogicalResult checkDot(TileDotOp dot) {
  if (!isGathered(dot.getB()))
    return dot.emitOpError() << "multiplies by a tile that hip.tile.gather "
                                "does not give; on the CPU it has to";
  return success();
}

/// Such a tile is the right operand of dots, or what others are computed of.
static LogicalResult checkUses(Value gathered) {
  for (OpOperand &use : gathered.getUses()) {
    auto dot = dyn_cast<TileDotOp>(use.getOwner());
    bool isRight = dot && dot.getB() == gathered && dot.getA() != gathered;
    auto map = dyn_cast<TileMapOp>(use.getOwner());
    if (!isRight && !(map && isGathered(map.getTile())))
      return gathered.getDefiningOp()->emitOpError()
             << "is the right operand of hip.tile.dot only";
  }
  return success();
}

/// Changes that are worth a look. To ask about the rows of a vector takes as
/// long as to compute it.
static Value changesOf(TileMapOp map) {
  Value changes = map.getChanges();
  bool isDear = changes && isa<TileType>(changes.getType()) &&
                map.getTile().getType().isVector();
  return isDear ? Value() : changes;
}

LogicalResult KernelLowering::lower(TileMapOp map) {
  TileLowering lowering(builder, buffers, live, lanes);
  TileType type = map.getTile().getType();
  if (isGathered(map.getTile())) {
    if (failed(checkUses(map.getTile())))
      return failure();
    Value rows = fresh(gatheredType(type, lanes));
    buffers[map] = rows;
    lowering.mapRows(map, rows);
    return success();
  }
  Value to, changes = changesOf(map);
  // What does not change stays in the first operand's place.
  size_t places = changes ? 1 : map.getSources().size();
  for (Value operand : map.getSources().take_front(places))
    if (auto from = cast<TileType>(operand.getType());
        !to && from.getShape() == type.getShape() &&
        bufferType(from, lanes) == bufferType(type, lanes))
      to = takeOver(map, operand, map.getTile());
  if (!to)
    to = fresh(map.getTile());
  buffers[map] = to;
  if (!changes) {
    lowering.map(map, to);
    return success();
  }
  if (Value first = buffers.lookup(map.getSources()[0]); first != to)
    lowering.copy(map.getTile(), first, to);
  if (isa<TileType>(changes.getType()))
    changes = lowering.anyFlag(changes);
  builder.when(changes, [&] { lowering.map(map, to); });
  return success();
}

LogicalResult KernelLowering::lowerTileOp(Operation *op) {
  constexpr int64_t kMostRows = 8192; // a fold has a vector for each few
  for (Type type : op->getResultTypes())
    if (auto tile = dyn_cast<TileType>(type);
        tile && !tile.isVector() && tile.getRows() > kMostRows)
      return op->emitOpError()
             << "has " << tile.getRows()
             << " rows, but a thread of the CPU takes " << kMostRows;
  TileLowering lowering(builder, buffers, live, lanes);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](TileMapOp map) { return lower(map); })
      .Case([&](TileAnyOp any) {
        any.getFound().replaceAllUsesWith(lowering.any(any));
        return success();
      })
      .Case([&](TileDotOp dot) {
        if (failed(checkDot(dot)))
          return failure();
        Value from = buffers.lookup(dot.getAcc());
        Value to = takeOver(op, dot.getAcc(), dot.getTile());
        buffers[dot] = to;
        if (from != to)
          lowering.copy(dot.getTile(), from, to);
        lowering.dot(dot, to);
        return success();
      })
      .Case([&](TileViewOp) { return success(); }) // with what takes it
      .Case([&](TileGatherOp gather) {
        if (failed(checkUses(gather.getTile())))
          return failure();
        Value to = fresh(gatheredType(gather.getTile().getType(), lanes));
        buffers[gather] = to;
        lowering.gather(gather, to);
        return success();
      })
      .Case([&](TileStoreOp store) {
        lowering.store(store);
        return success();
      })
      .Default([&](Operation *other) -> LogicalResult {
        if (other->getNumResults() != 1 ||
            !isa<TileType>(other->getResult(0).getType()))
          return other->emitOpError() << "has no lowering to vectors";
        Value tile = other->getResult(0), to = fresh(tile);
        buffers[tile] = to;
        return lowering.fill(other, to);
      });
}

/// Carried tiles stay in one place: it is filled before the loop and at its
/// end.
LogicalResult KernelLowering::lower(scf::ForOp loop) {
  TileLowering lowering(builder, buffers, live, lanes);
  SmallVector<Value> carried;
  SmallVector<std::pair<unsigned, Value>> tiles;
  for (auto [i, init] : llvm::enumerate(loop.getInitArgs())) {
    if (!isa<TileType>(init.getType())) {
      carried.push_back(init);
      continue;
    }
    Value from = buffers.lookup(init), place = takeOver(loop, init, init);
    if (from != place)
      lowering.copy(init, from, place);
    tiles.push_back({i, place});
    buffers[loop.getRegionIterArg(i)] = place;
    buffers[loop.getResult(i)] = place;
  }
  if (tiles.empty())
    return lowerBlock(*loop.getBody());
  if (failed(lowerBlock(*loop.getBody())))
    return failure();
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  builder.setInsertionPoint(yield);
  auto isPlace = [&](Value buffer) {
    return llvm::any_of(tiles, [&](auto &t) { return t.second == buffer; });
  };
  // A tile that moves to another's place is set aside first.
  SmallVector<std::tuple<Value, Value, Value>> moves;
  for (auto [i, place] : tiles) {
    Value tile = yield.getOperand(i), from = buffers.lookup(tile);
    if (from == place)
      continue;
    if (isPlace(from)) {
      Value aside = fresh(cast<MemRefType>(from.getType()));
      lowering.copy(tile, from, aside);
      from = aside;
    }
    moves.push_back({tile, from, place});
  }
  for (auto [tile, from, place] : moves)
    lowering.copy(tile, from, place);

  builder.setInsertionPoint(loop);
  auto next = scf::ForOp::create(builder, loop.getLowerBound(),
                                 loop.getUpperBound(), loop.getStep(), carried);
  SmallVector<Value> yielded;
  unsigned kept = 0;
  for (unsigned i = 0; i < loop.getNumRegionIterArgs(); ++i) {
    if (isa<TileType>(loop.getRegionIterArg(i).getType()))
      continue;
    loop.getRegionIterArg(i).replaceAllUsesWith(next.getRegionIterArg(kept));
    loop.getResult(i).replaceAllUsesWith(next.getResult(kept));
    yielded.push_back(yield.getOperand(i));
    ++kept;
  }
  loop.getInductionVar().replaceAllUsesWith(next.getInductionVar());
  if (!next.getBody()->empty())
    next.getBody()->back().erase();
  Block *body = next.getBody();
  body->getOperations().splice(body->end(), loop.getBody()->getOperations(),
                               loop.getBody()->begin(), Block::iterator(yield));
  builder.setInsertionPointToEnd(body);
  scf::YieldOp::create(builder, yielded);
  // Results are still named by ops that are lowered later.
  lowered.push_back(loop);
  return success();
}

/// What is made for the threads and the memory of a GPU stays there.
static LogicalResult checkNoGpu(TileKernelOp kernel) {
  WalkResult walked = kernel.getBody().walk([](Operation *op) {
    if (!isGpuOp(op) && !isa<TileConvertLayoutOp>(op))
      return WalkResult::advance();
    op->emitOpError() << "is of a GPU, where tiles have a place; lower what "
                         "hip-tile makes";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

namespace {

struct TileToVector : mlir::hip::impl::HipTileToVectorBase<TileToVector> {
  using HipTileToVectorBase::HipTileToVectorBase;

  void runOnOperation() override {
    if (lanes < 1 || !llvm::isPowerOf2_64(lanes)) {
      getOperation()->emitError()
          << "vectors have a power of two of f32 lanes, got "
          << lanes.getValue();
      return signalPassFailure();
    }
    auto lower = [&](TileKernelOp kernel) -> LogicalResult {
      if (failed(checkNoGpu(kernel)) || failed(checkTiles(kernel)))
        return failure();
      return KernelLowering(kernel, lanes).run();
    };
    if (failed(forEachTileProgram(getOperation(), lower)))
      signalPassFailure();
  }
};

} // namespace
