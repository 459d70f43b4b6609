//===- memory/PromoteShared.cpp - Tiles in shared memory to memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/MatrixUnits.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/memory/SharedTiles.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPROMOTESHARED
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Memory for the tiles of one kernel. Each has its own, but for a tile that is
/// computed where another is read no more: nobody else writes there, so that it
/// can be read wherever the tile could.
class Promotion {
public:
  explicit Promotion(TileKernelOp kernel)
      : kernel(kernel), tiles(kernel), builder(kernel.getContext()) {}

  LogicalResult run();

private:
  LogicalResult promote(Operation *op);
  LogicalResult promote(TileLoadOp load);
  LogicalResult promote(TileGatherOp gather);
  LogicalResult promote(TileConvertLayoutOp convert);
  LogicalResult promote(TileGenerateOp generate);
  LogicalResult promote(TileMapOp map);
  LogicalResult fill(Operation *op, ValueRange sources, Region &body);
  /// Memory of a computed tile that is read by nothing from `op` on, or null.
  Value takeOver(Operation *op);
  LogicalResult promote(TileDotOp dot);
  LogicalResult promote(TileReduceOp reduce);

  Value memoryOf(Value tile) { return memory.lookup(tile); }
  /// Memory for the result of `op`, or null with an error.
  Value define(Operation *op);
  void replace(Operation *op, Value tile);

  TileKernelOp kernel;
  SharedTiles tiles;
  OpBuilder builder;
  DenseMap<Value, Value> memory;
  SmallVector<Operation *> promoted;
  /// Ops that compute tiles in memory of their own.
  SmallVector<Operation *> filled;
};

} // namespace

Value Promotion::define(Operation *op) {
  Value tile = op->getResult(0);
  Value made = tiles.allocate(op, cast<TileType>(tile.getType()));
  memory[tile] = made;
  promoted.push_back(op);
  return made;
}

void Promotion::replace(Operation *op, Value tile) {
  op->getResult(0).replaceAllUsesWith(tile);
  promoted.push_back(op);
}

LogicalResult Promotion::promote(TileLoadOp load) {
  Value to = define(load);
  if (!to)
    return failure();
  GpuCopyOp::create(builder, load.getLoc(), load.getView(), to,
                    load.getBoundary(), /*async=*/false);
  return success();
}

LogicalResult Promotion::promote(TileGatherOp gather) {
  Value to = define(gather);
  if (!to)
    return failure();
  GpuGatherOp::create(builder, gather.getLoc(), gather.getView(),
                      memoryOf(gather.getRows()), to, gather.getRuns(),
                      /*async=*/false);
  return success();
}

LogicalResult Promotion::promote(TileConvertLayoutOp convert) {
  Location loc = convert.getLoc();
  TileType type = convert.getTile().getType();
  if (!type.isShared()) {
    Value from = memoryOf(convert.getSource());
    replace(convert, GpuLocalLoadOp::create(builder, loc, type, from));
    return success();
  }
  Value to = define(convert);
  if (!to)
    return failure();
  GpuLocalStoreOp::create(builder, loc, convert.getSource(), to);
  return success();
}

/// In a thread block of one warp, which waits at a barrier for nobody: what two
/// tiles share, more thread blocks have.
Value Promotion::takeOver(Operation *op) {
  FailureOr<int64_t> threads = threadsOf(kernel);
  if (failed(threads) || *threads > layout::kWarp)
    return {};
  Block *block = op->getBlock();
  for (Operation *other : filled) {
    auto isBefore = [&](Operation *user) {
      Operation *in = block->findAncestorOpInBlock(*user);
      return in && in->isBeforeInBlock(op);
    };
    if (other->getBlock() == block &&
        other->getResult(0).getType() == op->getResult(0).getType() &&
        llvm::all_of(other->getUsers(), isBefore))
      return memoryOf(other->getResult(0));
  }
  return {};
}

/// Moves the body of an op that computes in shared memory.
LogicalResult Promotion::fill(Operation *op, ValueRange sources, Region &body) {
  Value to = takeOver(op);
  if (to) {
    memory[op->getResult(0)] = to;
    promoted.push_back(op);
    llvm::erase_if(filled, [&](Operation *other) {
      return memoryOf(other->getResult(0)) == to;
    });
  } else if (to = define(op); !to) {
    return failure();
  }
  filled.push_back(op);
  SmallVector<Value> from;
  for (Value source : sources)
    from.push_back(memoryOf(source));
  auto filled = GpuFillOp::create(builder, op->getLoc(), to, from);
  filled.getBody().takeBody(body);
  return success();
}

LogicalResult Promotion::promote(TileGenerateOp generate) {
  if (!generate.getTile().getType().isShared())
    return success();
  return fill(generate, {}, generate.getBody());
}

LogicalResult Promotion::promote(TileMapOp map) {
  if (!map.getTile().getType().isShared())
    return success();
  // The region of a map knows no indices.
  for (unsigned i : {0u, 1u})
    map.getBody().insertArgument(i, builder.getIndexType(), map.getLoc());
  return fill(map, map.getSources(), map.getBody());
}

LogicalResult Promotion::promote(TileDotOp dot) {
  Value a = dot.getA();
  if (dot.getA().getType().isShared())
    a = memoryOf(a);
  Value acc = dot.getAcc(), b = memoryOf(dot.getB()), skips = dot.getSkipZero();
  if (skips && rowOf(*dot.getUnit()).isAsync) {
    auto skipped = GpuSkipZeroOp::create(builder, dot.getLoc(), acc.getType(),
                                         a.getType(), acc, a, b, skips);
    acc = skipped.getSum();
    a = skipped.getRest();
    skips = nullptr;
  }
  replace(dot, GpuMmaOp::create(builder, dot.getLoc(), dot.getTile().getType(),
                                *dot.getUnit(), acc, a, b, skips,
                                dot.getTransposeB(), dot.getSignAttr(),
                                /*async=*/false));
  return success();
}

/// Columns are folded over the warps above each other.
LogicalResult Promotion::promote(TileReduceOp reduce) {
  if (reduce.getAxis() != 0)
    return success();
  TileType from = reduce.getSource().getType();
  int64_t warps = cast<MmaLayoutAttr>(from.getLayout()).getRowWarps();
  Value scratch = tiles.allocatePartial(reduce, warps, from.getColumns());
  if (!scratch)
    return failure();
  replace(reduce, GpuReduceOp::create(
                      builder, reduce.getLoc(), reduce.getTile().getType(),
                      reduce.getKind(), reduce.getSource(), scratch));
  return success();
}

LogicalResult Promotion::promote(Operation *op) {
  builder.setInsertionPoint(op);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<TileLoadOp, TileGatherOp, TileConvertLayoutOp, TileDotOp,
            TileReduceOp, TileGenerateOp, TileMapOp>(
          [&](auto known) { return promote(known); })
      .Default([](Operation *) { return success(); });
}

LogicalResult Promotion::run() {
  SmallVector<Operation *> ops;
  kernel.getBody().walk<WalkOrder::PreOrder>(
      [&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops)
    if (failed(promote(op)))
      return failure();
  for (Operation *op : llvm::reverse(promoted))
    op->erase();
  return success();
}

/// All tiles have layouts, and loops carry registers.
static LogicalResult checkPlaces(TileKernelOp kernel) {
  auto walked = kernel.getBody().walk([](Operation *op) {
    for (Type type : op->getResultTypes()) {
      auto tile = dyn_cast<TileType>(type);
      if (!tile ||
          (tile.getLayout() && !(isa<scf::ForOp>(op) && tile.isShared())))
        continue;
      if (tile.getLayout())
        op->emitOpError() << "carries " << tile
                          << "; a loop carries registers: convert it by "
                             "hip.tile.convert_layout";
      else
        op->emitOpError() << "gives " << tile
                          << " without a layout; run hip-assign-layouts";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

namespace {

struct PromoteShared : mlir::hip::impl::HipPromoteSharedBase<PromoteShared> {
  void runOnOperation() override {
    auto promote = [](TileKernelOp kernel) -> LogicalResult {
      if (failed(checkTiles(kernel)) || failed(checkPlaces(kernel)))
        return failure();
      return Promotion(kernel).run();
    };
    if (failed(forEachTileProgram(getOperation(), promote)))
      signalPassFailure();
  }
};

} // namespace
