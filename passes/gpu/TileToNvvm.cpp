//===- gpu/TileToNvvm.cpp - Tile programs to what one GPU thread does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/gpu/Layouts.h"
#include "passes/gpu/Stages.h"
#include "passes/gpu/ThreadLowering.h"
#include "passes/support/Phases.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPTILETONVVM
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::gpupasses;

namespace {

/// Lines by the op that makes them in the loop's body.
using Lines = SmallVector<std::pair<Operation *, PlacedTile>>;

/// A loop that reads ahead. It counts in i32, as keys are counted: an index is
/// two registers.
struct Rounds {
  scf::ForOp loop;
  /// What a round can do before its turn, and its number as they know it.
  ArrayRef<Operation *> producers;
  Value number;
};

/// Lowers the ops of one kernel in order.
class KernelLowering {
public:
  explicit KernelLowering(gpu::LaunchOp kernel)
      : kernel(kernel), builder(kernel.getLoc(), kernel.getContext()),
        state(kernel), lowering(builder, state, tiles) {}

  LogicalResult run();

private:
  LogicalResult lowerBlock(Block &block);
  LogicalResult lower(Operation *op);
  LogicalResult lower(scf::ForOp loop);
  LogicalResult lowerTileOp(Operation *op);
  void define(Value value, PlacedTile tile);

  LogicalResult makeLines(const Rounds &rounds, Value round, Lines &lines);
  void shareLines(const Lines &lines, Value slot);
  LogicalResult issueCopies(const Rounds &rounds, Value round, Value slot,
                            Value lineSlot);
  Value roundAfter(scf::ForOp loop, Value round, int64_t ahead);
  LogicalResult startAhead(const Rounds &rounds);
  LogicalResult readAhead(const Rounds &rounds, Lines &ahead, Value &aheadSlot);

  gpu::LaunchOp kernel;
  ScalarBuilder builder;
  KernelState state;
  DenseMap<Value, PlacedTile> tiles;
  ThreadLowering lowering;
  SmallVector<Operation *> lowered;
};

} // namespace

LogicalResult KernelLowering::run() {
  if (failed(lowerBlock(kernel.getBody().front())))
    return failure();
  eraseLowered(lowered);
  if (state.sharedBytes() > 0) {
    builder.setInsertionPoint(kernel);
    Value bytes = arith::ConstantOp::create(
        builder, builder.getI32IntegerAttr(state.sharedBytes()));
    kernel.getDynamicSharedMemorySizeMutable().assign(bytes);
  }
  return success();
}

LogicalResult KernelLowering::lowerBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    if (failed(lower(&op)))
      return failure();
  return success();
}

/// Whether threads read columns of a line that are not their own.
static bool isReadAcrossThreads(Value tile) {
  return llvm::any_of(tile.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<TileGatherOp, TileAnyOp>(user))
      return true;
    auto map = dyn_cast<TileMapOp>(user);
    return map && !map.getTile().getType().isVector();
  });
}

/// Whether it makes a line that is read across threads.
static bool needsBroadcast(Operation *op) {
  return isTileOp(op) && !isa<TileGatherOp>(op) &&
         isReadAcrossThreads(op->getResult(0));
}

void KernelLowering::define(Value value, PlacedTile tile) {
  auto type = cast<TileType>(value.getType());
  if (tile.kind == LayoutKind::Line && isReadAcrossThreads(value))
    lowering.share(type, tile);
  tiles[value] = std::move(tile);
}

LogicalResult KernelLowering::lower(Operation *op) {
  builder.setInsertionPoint(op);
  if (isPhaseEnd(op)) {
    if (state.isAwaiting())
      state.await(builder);
    state.beginPhase();
    return success();
  }
  builder.setLoc(op->getLoc());
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return lower(loop);
  if (isTileOp(op)) {
    lowered.push_back(op);
    return lowerTileOp(op);
  }
  if (op->getNumRegions() > 0 && state.isAwaiting())
    state.await(builder);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(lowerBlock(block)))
        return failure();
  if (op->getNumRegions() > 0)
    state.forget();
  return success();
}

LogicalResult KernelLowering::lowerTileOp(Operation *op) {
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](TileStoreOp store) {
        lowering.store(store);
        return success();
      })
      .Case([&](TileSplatOp x) {
        return define(x, lowering.splat(x)), success();
      })
      .Case([&](TileGenerateOp x) {
        return define(x, lowering.generate(x)), success();
      })
      .Case([&](TileMapOp x) { return define(x, lowering.map(x)), success(); })
      .Case([&](TileAnyOp x) {
        x.getFound().replaceAllUsesWith(lowering.any(x));
        return success();
      })
      .Case([&](TileDotOp x) { return define(x, lowering.dot(x)), success(); })
      .Case([&](TileReduceOp x) {
        return define(x, lowering.reduce(x)), success();
      })
      .Case(
          [&](TileLoadOp x) { return define(x, lowering.load(x)), success(); })
      .Case([&](TileGatherOp x) {
        return define(x, lowering.gather(x)), success();
      })
      .Default([](Operation *other) {
        return other->emitOpError() << "has no lowering to one GPU thread";
      });
}

/// Which rows a round reads, in registers.
LogicalResult KernelLowering::makeLines(const Rounds &rounds, Value round,
                                        Lines &lines) {
  IRMapping mapping;
  mapping.map(rounds.number, builder.toIndex(round));
  for (Operation *op : rounds.producers) {
    if (isa<TileGatherOp>(op))
      continue;
    Operation *copy = builder.clone(*op, mapping);
    if (!isTileOp(copy))
      continue;
    lowered.push_back(copy);
    if (failed(lowerTileOp(copy)))
      return failure();
    if (needsBroadcast(op))
      lines.push_back({op, tiles.find(copy->getResult(0))->second});
  }
  return success();
}

/// Puts row numbers where threads that copy rows find them.
void KernelLowering::shareLines(const Lines &lines, Value slot) {
  for (auto [op, line] : lines) {
    lowering.beginStage(op, slot);
    lowering.share(cast<TileType>(op->getResult(0).getType()), line);
    lowering.endStage();
  }
}

/// Starts to copy the rows of a round into its stage.
LogicalResult KernelLowering::issueCopies(const Rounds &rounds, Value round,
                                          Value slot, Value lineSlot) {
  IRMapping mapping;
  mapping.map(rounds.number, builder.toIndex(round));
  for (Operation *op : rounds.producers) {
    if (needsBroadcast(op))
      tiles[op->getResult(0)] = lowering.inStage(op, lineSlot);
    if (isTileOp(op) && !isa<TileGatherOp>(op))
      continue;
    Operation *copy = builder.clone(*op, mapping);
    if (!isTileOp(copy))
      continue;
    lowered.push_back(copy);
    lowering.beginStage(op, slot);
    LogicalResult made = lowerTileOp(copy);
    lowering.endStage();
    if (failed(made))
      return made;
  }
  lowering.startCopies();
  NVVM::CpAsyncCommitGroupOp::create(builder);
  return success();
}

/// The round that is `ahead` rounds after `round`, or where the loop has ended
/// by then `round` itself: a round for certain, so that nothing branches.
Value KernelLowering::roundAfter(scf::ForOp loop, Value round, int64_t ahead) {
  Value distance = builder.mul(loop.getStep(), builder.i32(ahead));
  Value next = builder.add(round, distance);
  Value any =
      builder.compare(arith::CmpIPredicate::slt, next, loop.getUpperBound());
  return builder.select(any, next, round);
}

/// Before the loop: row numbers of two rounds, and the copies of the first.
LogicalResult KernelLowering::startAhead(const Rounds &rounds) {
  scf::ForOp loop = rounds.loop;
  builder.setInsertionPoint(loop);
  Value first = loop.getLowerBound(), none = builder.index(0);
  Value any =
      builder.compare(arith::CmpIPredicate::slt, first, loop.getUpperBound());
  LogicalResult made = success();
  // Whether there is a round is the same in all threads.
  builder.when(any, [&] {
    Lines lines[2];
    for (int64_t slot : {0, 1})
      if (failed(makeLines(rounds, roundAfter(loop, first, slot), lines[slot])))
        made = failure();
    for (int64_t slot : {0, 1})
      shareLines(lines[slot], builder.index(slot));
    state.barrier(builder);
    if (succeeded(made))
      made = issueCopies(rounds, first, none, none);
  });
  return made;
}

/// At the start of a round: its stage is there, the next one is on its way, and
/// row numbers of the one after that are being read, for its end to share.
LogicalResult KernelLowering::readAhead(const Rounds &rounds, Lines &ahead,
                                        Value &aheadSlot) {
  if (failed(startAhead(rounds)))
    return failure();
  scf::ForOp loop = rounds.loop;
  builder.setInsertionPointAfterValue(rounds.number);
  Value step = loop.getStep(), round = loop.getInductionVar();
  Value number = builder.div(builder.sub(round, loop.getLowerBound()), step);
  auto slotOf = [&](int64_t ahead, int64_t count) -> Value {
    return builder.toIndex(arith::RemUIOp::create(
        builder, builder.add(number, builder.i32(ahead)), builder.i32(count)));
  };
  state.await(builder);
  state.barrier(builder);
  LogicalResult made = success();
  Value next = builder.add(round, step);
  Value any =
      builder.compare(arith::CmpIPredicate::slt, next, loop.getUpperBound());
  builder.when(any, [&] {
    made = issueCopies(rounds, next, slotOf(1, kStageCount),
                       slotOf(1, kLineStageCount));
  });
  if (failed(made) ||
      failed(makeLines(rounds, roundAfter(loop, round, 2), ahead)))
    return failure();
  aheadSlot = slotOf(2, kLineStageCount);
  for (Operation *op : rounds.producers) {
    if (!isTileOp(op))
      continue;
    tiles[op->getResult(0)] = lowering.inStage(op, slotOf(0, stageCount(op)));
    lowered.push_back(op);
  }
  return success();
}

/// A carried tile is as many carried numbers as a thread holds of it.
LogicalResult KernelLowering::lower(scf::ForOp loop) {
  SmallVector<Value> inits;
  for (auto init : loop.getInitArgs()) {
    if (!isa<TileType>(init.getType())) {
      inits.push_back(init);
      continue;
    }
    PlacedTile &tile = tiles.find(init)->second;
    if (tile.kind == LayoutKind::Shared)
      return loop.emitOpError() << "carries a tile in shared memory; a loop "
                                   "carries registers";
    llvm::append_range(inits, tile.registers);
  }
  SmallVector<Operation *> producers;
  if (loop->hasAttr(kStages))
    producers = producersOf(loop);
  SmallVector<Value> bounds{loop.getLowerBound(), loop.getUpperBound(),
                            loop.getStep()};
  if (!producers.empty())
    for (Value &bound : bounds)
      bound = builder.toI32(bound);
  auto next =
      scf::ForOp::create(builder, bounds[0], bounds[1], bounds[2], inits);
  Block *body = next.getBody();
  if (!body->empty())
    body->back().erase();
  builder.setInsertionPointToStart(body);
  Value number = builder.toIndex(next.getInductionVar());
  loop.getInductionVar().replaceAllUsesWith(number);
  body->getOperations().splice(body->end(), loop.getBody()->getOperations());
  state.forget();
  SmallVector<Operation *> rest;
  for (Operation &op : *body)
    rest.push_back(&op);
  Lines ahead;
  Value aheadSlot;
  // A loop that reads ahead waits in each round.
  if (producers.empty() && state.isAwaiting()) {
    builder.setInsertionPoint(next);
    state.await(builder);
  }
  if (!producers.empty() &&
      failed(readAhead({next, producers, number}, ahead, aheadSlot)))
    return failure();
  unsigned at = 0;
  builder.setInsertionPointToStart(body);
  SmallVector<PlacedTile> results;
  for (auto [i, init] : llvm::enumerate(loop.getInitArgs())) {
    Value argument = loop.getRegionIterArg(i);
    if (!isa<TileType>(init.getType())) {
      argument.replaceAllUsesWith(next.getRegionIterArg(at));
      loop.getResult(i).replaceAllUsesWith(next.getResult(at++));
      continue;
    }
    PlacedTile inside = tiles.find(init)->second, after = inside;
    inside.shared = after.shared = nullptr;
    for (size_t r = 0; r < inside.registers.size(); ++r) {
      inside.registers[r] = next.getRegionIterArg(at);
      after.registers[r] = next.getResult(at++);
    }
    define(argument, std::move(inside));
    results.push_back(std::move(after));
  }
  llvm::SmallPtrSet<Operation *, 8> made(producers.begin(), producers.end());
  for (Operation *op : rest)
    if (!(made.contains(op) && isa_and_nonnull<HipDialect>(op->getDialect())) &&
        failed(lower(op)))
      return failure();
  auto yield = cast<scf::YieldOp>(body->getTerminator());
  builder.setInsertionPoint(yield);
  if (!producers.empty())
    shareLines(ahead, aheadSlot);
  SmallVector<Value> yielded;
  for (Value operand : yield.getOperands()) {
    if (!isa<TileType>(operand.getType()))
      yielded.push_back(operand);
    else
      llvm::append_range(yielded, tiles.find(operand)->second.registers);
  }
  yield->setOperands(yielded);
  state.forget();
  builder.setInsertionPointAfter(next);
  auto result = results.begin();
  for (Value old : loop.getResults())
    if (isa<TileType>(old.getType()))
      define(old, std::move(*result++));
  lowered.push_back(loop);
  return success();
}

namespace {

LogicalResult check(gpu::LaunchOp kernel) {
  if (failed(checkTiles(kernel)))
    return failure();
  FailureOr<int64_t> threads = threadsOf(kernel);
  return failed(threads) ? failure() : checkLayouts(kernel, *threads);
}

/// Maps that follow each other under one condition are one branch: LLVM threads
/// no jumps on a GPU.
void combineBranches(gpu::LaunchOp kernel) {
  SmallVector<Operation *> branches;
  kernel.walk([&](scf::IfOp branch) { branches.push_back(branch); });
  RewritePatternSet patterns(kernel.getContext());
  scf::IfOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  config.enableFolding(false);
  (void)applyOpPatternsGreedily(branches, std::move(patterns), config);
}

struct TileToNvvm : mlir::hip::impl::HipTileToNvvmBase<TileToNvvm> {
  void runOnOperation() override {
    SmallVector<gpu::LaunchOp> kernels;
    getOperation()->walk([&](gpu::LaunchOp kernel) {
      if (hasTiles(kernel))
        kernels.push_back(kernel);
    });
    if (failed(checkNoTilesOutside(getOperation())))
      return signalPassFailure();
    for (gpu::LaunchOp kernel : kernels) {
      if (failed(check(kernel)) || failed(KernelLowering(kernel).run()))
        return signalPassFailure();
      combineBranches(kernel);
    }
  }
};

} // namespace
