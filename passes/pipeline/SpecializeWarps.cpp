//===- pipeline/SpecializeWarps.cpp - Loops with stages to two roles of warps
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same stages that hip-pipeline-loops turns into a loop that copies ahead
// become two loops here: producers run the first two stages, as far ahead as
// there are slots, consumers the third one. See docs/rationale/gpu-level.md.
//
//===----------------------------------------------------------------------===//

#include "dialect/CopyBoxes.h"
#include "dialect/gpu/Chips.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/pipeline/LoopStages.h"
#include "passes/support/Debug.h"
#include "passes/support/RowMap.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSPECIALIZEWARPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Memory with a slot for each stage, and the mbarriers that say when a slot is
/// full and when it is empty again. Without a reader among the consumers there
/// are none.
struct Channel {
  Value array, full, empty;

  bool isRead() const { return full != nullptr; }
};

/// The slot of an iteration, and how often all slots have been used, modulo 2
/// (the pipeline state of CUTLASS).
struct PipelineState {
  Value slot, phase;
};

/// Splits one kernel around its loop, which may be in a loop over the work of
/// several thread blocks (hip-persist): slots and phases go on from one to the
/// next.
class Specialization {
public:
  Specialization(TileKernelOp kernel, scf::ForOp loop, int64_t threads,
                 int64_t producers)
      : b(loop.getLoc(), loop.getContext()), kernel(kernel), loop(loop),
        memory(loop), makers(loop, memory), threads(threads),
        producers(producers) {
    auto around = dyn_cast<scf::ForOp>(loop->getParentOp());
    if (around && around->getParentOp() == kernel &&
        around->getNumResults() == 0)
      work = around;
    stages = cast<IntegerAttr>(loop->getAttr(kStages)).getInt();
  }

  /// Why the kernel stays as it is, if it does.
  std::optional<StageFault> findFault();
  void run(int64_t blocks);

private:
  void collect();
  bool isConsumers(Operation *op) const;
  void makeChannel(Value array);
  bool comesInBoxes(GpuGatherOp gather);
  Value makeMbarriers(int64_t arrivals);
  GpuRolesOp makeRoles(int64_t blocks);

  void produce(Block *role);
  SmallVector<Value> produceWork(Value item, ValueRange first);
  SmallVector<Value> produceAll(ValueRange first);
  SmallVector<Value> produceIteration(Value iteration, ValueRange numbers,
                                      const PipelineState &now);
  SmallVector<Value> makeNumbers(Value iteration);
  void copyRows(Value iteration, const PipelineState &now);
  Value makeMap(GpuGatherOp gather);
  void copyByThreads(GpuGatherOp gather, const PipelineState &now,
                     IRMapping &mapping);
  void copyBoxes(GpuGatherOp gather, const PipelineState &now,
                 const IRMapping &mapping);

  void consume(Block *role);
  void carryState(Block *role);
  void useChannel(const Channel &channel, const PipelineState &now);
  scf::ForOp countIterations(ValueRange first);
  void readBounds(const IRMapping &mapping);

  PipelineState next(const PipelineState &now);
  Value exists(Value iteration);
  void fill(const Channel &channel, const PipelineState &now,
            function_ref<void(Value)> write);

  ScalarBuilder b;
  TileKernelOp kernel;
  scf::ForOp loop;
  /// The loop around it, if there is one.
  scf::ForOp work;
  /// What producers have of that loop's body.
  IRMapping ofWork;
  CopiedMemory memory;
  StageMakers makers;
  int64_t threads, producers, stages = 0;
  llvm::SetVector<Operation *> consumed;
  llvm::MapVector<Value, Channel> channels;
  Value lower, upper, step;
};

} // namespace

/// What is for consumers.
void Specialization::collect() {
  for (Operation &op : loop->getBlock()->without_terminator())
    if (isConsumers(&op))
      consumed.insert(&op);
}

/// Numbers are computed by all threads, before they part; tiles by consumers.
bool Specialization::isConsumers(Operation *op) const {
  if (op == loop || loop->isBeforeInBlock(op))
    return true;
  if (isa<GpuAllocOp>(op))
    return false;
  for (Value value : usedValues(op))
    if (Operation *def = value.getDefiningOp(); def && consumed.contains(def))
      return true;
  return op
      ->walk([](Operation *inner) {
        return isOfTileProgram(inner) ? WalkResult::interrupt()
                                      : WalkResult::advance();
      })
      .wasInterrupted();
}

std::optional<StageFault> Specialization::findFault() {
  if (!work && loop->getParentOp() != kernel)
    return StageFault{loop, "is inside of another op"};
  collect();
  StageFault fault{loop, ""};
  kernel.walk([&](Operation *op) {
    if (isa<gpu::BarrierOp, TilePhaseOp>(op))
      fault.text = "is in a kernel in which all threads meet elsewhere, too";
  });
  for (ArrayRef<Operation *> ops : {makers.numbers, makers.copies})
    for (Operation *op : ops) {
      for (Value value : usedValues(op))
        if (Operation *def = value.getDefiningOp();
            def && def->getBlock() != loop.getBody() && consumed.contains(def))
          fault = {op, "uses what consumers compute before the loop"};
      for (Type type : op->getResultTypes())
        if (auto tile = dyn_cast<TileType>(type);
            tile && !isa<ThreadsLayoutAttr>(tile.getLayout()))
          fault = {op, "makes a tile in another layout than #hip.threads"};
    }
  return fault.text.empty() ? std::nullopt : std::optional(fault);
}

/// Words for a slot each.
Value Specialization::makeMbarriers(int64_t arrivals) {
  constexpr int64_t kWord = 8;
  auto type =
      SmemType::get(b.getContext(), {stages}, b.getI64Type(), stages * kWord);
  Value words = GpuAllocOp::create(b, type, IntegerAttr());
  GpuMbarrierInitOp::create(b, words, arrivals);
  return words;
}

/// Whether TMA copies the rows: the schedule asks for it, and so they were laid
/// out for it.
bool Specialization::comesInBoxes(GpuGatherOp gather) {
  SmemType type = gather.getMemory().getType();
  int64_t bytes = type.getColumns() * type.getElementBytes();
  auto view = gather.getView().getDefiningOp<TileViewOp>();
  return kernel.getScheduleAttr().getEngine() == CopyEngine::Tma && view &&
         view.isHead() &&
         !kernel->isAncestor(
             view.getSource().getParentBlock()->getParentOp()) &&
         type.getSwizzle() == layout::widestSwizzle(bytes) &&
         type.getStrip() == type.getRows() &&
         canCopyBoxes(type.getRows(), bytes, gather.getRuns());
}

/// Producers fill a slot thread by thread, or by boxes that one thread stands
/// for; consumers empty it warp by warp.
void Specialization::makeChannel(Value array) {
  Channel channel{array, {}, {}};
  bool isRead = llvm::any_of(array.getUsers(), [&](Operation *user) {
    return !llvm::is_contained(memory.stores, user) &&
           !llvm::is_contained(memory.gathers, user);
  });
  if (isRead) {
    bool inBoxes = llvm::any_of(memory.gathers, [&](GpuGatherOp gather) {
      return gather.getMemory() == array && comesInBoxes(gather);
    });
    channel.full = makeMbarriers(inBoxes ? 1 : producers);
    channel.empty = makeMbarriers(threads / layout::kWarp);
  }
  array.setType(cast<SmemType>(array.getType()).withStages(stages));
  channels.insert({array, channel});
}

/// As many registers for a consumer as producers leave.
GpuRolesOp Specialization::makeRoles(int64_t blocks) {
  constexpr int64_t kUnit = 8, kProducerRegisters = 40, kMost = 240;
  int64_t all = threads + producers;
  int64_t each =
      llvm::alignDown(kSmParts * kPartRegisters / (all * blocks), kUnit);
  int64_t left = (each * all - kProducerRegisters * producers) / threads;
  auto roles = GpuRolesOp::create(
      b, threads, std::min<int64_t>(llvm::alignDown(left, kUnit), kMost),
      producers, kProducerRegisters);
  for (Region *region : {&roles.getConsumer(), &roles.getProducer()})
    region->emplaceBlock();
  return roles;
}

void Specialization::run(int64_t blocks) {
  kernel.setThreads(threads + producers);
  b.setInsertionPointToStart(&kernel.getBody().front());
  for (Value numbers : memory.numbers)
    makeChannel(numbers);
  for (Value copies : memory.copies)
    makeChannel(copies);
  b.setInsertionPoint(work ? work : loop);
  if (!work)
    readBounds({});
  // Mbarriers are made before they are used, by TMA as well.
  if (llvm::any_of(memory.gathers,
                   [&](GpuGatherOp gather) { return comesInBoxes(gather); }))
    GpuFenceOp::create(b);
  gpu::BarrierOp::create(b);
  GpuRolesOp roles = makeRoles(blocks);
  produce(&roles.getProducer().front());
  consume(&roles.getConsumer().front());
}

PipelineState Specialization::next(const PipelineState &now) {
  Value slot = b.add(now.slot, b.i32(1));
  Value isLast = b.compare(arith::CmpIPredicate::eq, slot, b.i32(stages));
  Value other = arith::XOrIOp::create(b, now.phase, b.i32(1));
  return {b.select(isLast, b.i32(0), slot), b.select(isLast, other, now.phase)};
}

void Specialization::readBounds(const IRMapping &mapping) {
  auto read = [&](Value bound) {
    return b.toI32(mapping.lookupOrDefault(bound));
  };
  lower = read(loop.getLowerBound());
  upper = read(loop.getUpperBound());
  step = read(loop.getStep());
}

Value Specialization::exists(Value iteration) {
  return b.compare(arith::CmpIPredicate::slt, iteration, upper);
}

//===----------------------------------------------------------------------===//
// Producers
//===----------------------------------------------------------------------===//

void Specialization::produce(Block *role) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(role);
  if (!work)
    return b.when(exists(lower), [&] { produceAll({b.i32(0), b.i32(0)}); });
  b.loop(work.getLowerBound(), work.getUpperBound(), work.getStep(),
         {b.i32(0), b.i32(0)}, [&](Value item, ValueRange first) {
           return produceWork(item, first);
         });
}

/// What is not for consumers of one pass of the loop around.
SmallVector<Value> Specialization::produceWork(Value item, ValueRange first) {
  ofWork.map(work.getInductionVar(), item);
  for (Operation &op : work.getBody()->without_terminator())
    if (!consumed.contains(&op))
      b.clone(op, ofWork);
  readBounds(ofWork);
  return b.ifElse(
      exists(lower), TypeRange(first), [&] { return produceAll(first); },
      [&] { return llvm::to_vector(first); });
}

/// All iterations, of which there is one; gives the state after the last one.
/// Numbers of rows are computed an iteration before they are needed.
SmallVector<Value> Specialization::produceAll(ValueRange first) {
  SmallVector<Value> carried = makeNumbers(lower);
  llvm::append_range(carried, first);
  SmallVector<Value> last = b.loop(
      lower, upper, step, carried, [&](Value iteration, ValueRange state) {
        PipelineState now{state.end()[-2], state.back()};
        SmallVector<Value> numbers =
            produceIteration(iteration, state.drop_back(2), now);
        PipelineState after = next(now);
        numbers.append({after.slot, after.phase});
        return numbers;
      });
  return llvm::to_vector(ArrayRef(last).take_back(2));
}

/// A slot of the channel, once it is empty.
void Specialization::fill(const Channel &channel, const PipelineState &now,
                          function_ref<void(Value)> write) {
  Value slot = b.toIndex(now.slot);
  if (channel.isRead())
    GpuAwaitOp::create(b, channel.empty, slot,
                       arith::XOrIOp::create(b, now.phase, b.i32(1)));
  write(GpuSlotOp::create(b, channel.array, slot));
}

SmallVector<Value> Specialization::produceIteration(Value iteration,
                                                    ValueRange numbers,
                                                    const PipelineState &now) {
  for (auto [store, tile] : llvm::zip(memory.stores, numbers)) {
    const Channel &channel = channels[store.getMemory()];
    fill(channel, now, [&, tile = tile](Value slot) {
      GpuLocalStoreOp::create(b, tile, slot);
    });
    if (channel.isRead())
      GpuArriveOp::create(b, channel.full, b.toIndex(now.slot),
                          /*copies=*/false, /*warp=*/false);
  }
  // Producers read each other's numbers.
  GpuBarrierOp::create(b);
  Value following = b.add(iteration, step);
  SmallVector<Value> made =
      makeNumbers(b.select(exists(following), following, iteration));
  copyRows(iteration, now);
  return made;
}

/// A tile of the consumers' threads as one of the producers'.
static void setThreads(Operation *op, int64_t count) {
  for (Value result : op->getResults())
    if (auto tile = dyn_cast<TileType>(result.getType()))
      result.setType(
          tile.with(ThreadsLayoutAttr::get(op->getContext(), count)));
}

SmallVector<Value> Specialization::makeNumbers(Value iteration) {
  IRMapping mapping = ofWork;
  mapping.map(loop.getInductionVar(), b.toIndex(iteration));
  for (Operation *op : makers.numbers)
    setThreads(b.clone(*op, mapping), producers);
  return llvm::map_to_vector(memory.stores, [&](GpuLocalStoreOp store) {
    return mapping.lookupOrDefault<Value>(store.getTile());
  });
}

void Specialization::copyByThreads(GpuGatherOp gather, const PipelineState &now,
                                   IRMapping &mapping) {
  const Channel &channel = channels[gather.getMemory()];
  fill(channel, now, [&](Value to) {
    mapping.map(gather.getMemory(), to);
    cast<GpuGatherOp>(b.clone(*gather, mapping)).setAsync(true);
  });
  if (channel.isRead())
    GpuArriveOp::create(b, channel.full, b.toIndex(now.slot), /*copies=*/true,
                        /*warp=*/false);
}

/// The host makes the map, in front of the kernel.
Value Specialization::makeMap(GpuGatherOp gather) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(kernel);
  auto type = cast<SmemType>(gather.getMemory().getType()).withStages(1);
  return TensorMapOp::create(b, TensorMapType::get(b.getContext()),
                             viewOf(gather.getView()).getSource(),
                             gather.getRuns(), type);
}

void Specialization::copyBoxes(GpuGatherOp gather, const PipelineState &now,
                               const IRMapping &mapping) {
  const Channel &channel = channels[gather.getMemory()];
  Value map = makeMap(gather);
  auto at = viewOf(gather.getView()).getIndices();
  auto mapped = [&](Value value) { return mapping.lookupOrDefault(value); };
  fill(channel, now, [&](Value to) {
    GpuGatherBoxesOp::create(b, map, mapped(at[0]), mapped(at[1]),
                             mapped(gather.getRows()), to, channel.full,
                             b.toIndex(now.slot), gather.getRuns());
  });
}

void Specialization::copyRows(Value iteration, const PipelineState &now) {
  IRMapping mapping = ofWork;
  mapping.map(loop.getInductionVar(), b.toIndex(iteration));
  for (Operation *op : makers.copies)
    b.clone(*op, mapping);
  Value slot = b.toIndex(now.slot);
  for (Value numbers : memory.numbers)
    mapping.map(numbers, GpuSlotOp::create(b, numbers, slot).getStage());
  for (GpuGatherOp gather : memory.gathers)
    if (channels[gather.getMemory()].isRead() && comesInBoxes(gather))
      copyBoxes(gather, now, mapping);
    else
      copyByThreads(gather, now, mapping);
}

//===----------------------------------------------------------------------===//
// Consumers
//===----------------------------------------------------------------------===//

/// The loop around, which carries the pipeline state.
void Specialization::carryState(Block *role) {
  b.setInsertionPointToStart(role);
  auto carrying =
      scf::ForOp::create(b, work.getLowerBound(), work.getUpperBound(),
                         work.getStep(), ValueRange{b.i32(0), b.i32(0)});
  Block *body = carrying.getBody();
  work.getInductionVar().replaceAllUsesWith(carrying.getInductionVar());
  work.getBody()->getTerminator()->erase();
  body->getOperations().splice(body->end(), work.getBody()->getOperations());
  b.setInsertionPointToEnd(body);
  scf::YieldOp::create(b, carrying.getRegionIterArgs());
  work.erase();
  work = carrying;
}

/// The loop with the pipeline state of each iteration, the first one given,
/// counted in i32.
scf::ForOp Specialization::countIterations(ValueRange first) {
  SmallVector<Value> inits(loop.getInitArgs());
  llvm::append_range(inits, first);
  auto counted = scf::ForOp::create(b, lower, upper, step, inits);
  Block *body = counted.getBody();
  b.setInsertionPointToStart(body);
  loop.getInductionVar().replaceAllUsesWith(
      b.toIndex(counted.getInductionVar()));
  for (auto [from, to] :
       llvm::zip(loop.getRegionIterArgs(), counted.getRegionIterArgs()))
    from.replaceAllUsesWith(to);
  body->getOperations().splice(body->end(), loop.getBody()->getOperations());
  for (auto [from, to] : llvm::zip(loop.getResults(), counted.getResults()))
    from.replaceAllUsesWith(to);
  return counted;
}

/// Waits for the slot before it is read, and gives it back after that.
void Specialization::useChannel(const Channel &channel,
                                const PipelineState &now) {
  if (!channel.isRead())
    return;
  Block *body = Value(now.slot).getParentBlock();
  Operation *first = nullptr, *last = nullptr;
  for (Operation *user : channel.array.getUsers())
    if (Operation *in = body->findAncestorOpInBlock(*user)) {
      first = first && first->isBeforeInBlock(in) ? first : in;
      last = last && in->isBeforeInBlock(last) ? last : in;
    }
  b.setInsertionPoint(first);
  Value number = b.toIndex(now.slot);
  GpuAwaitOp::create(b, channel.full, number, now.phase);
  Value slot = GpuSlotOp::create(b, channel.array, number);
  b.setInsertionPointAfter(last);
  GpuArriveOp::create(b, channel.empty, number, /*copies=*/false,
                      /*warp=*/true);
  Value array = channel.array;
  array.replaceUsesWithIf(slot, [&](OpOperand &use) {
    Operation *user = use.getOwner();
    return user != slot.getDefiningOp() && body->findAncestorOpInBlock(*user);
  });
}

void Specialization::consume(Block *role) {
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Value> first;
  if (work) {
    carryState(role);
    b.setInsertionPoint(loop);
    readBounds({});
    llvm::append_range(first, work.getRegionIterArgs());
  } else {
    for (Operation *op : consumed)
      op->moveBefore(role, role->end());
    b.setInsertionPoint(loop);
    first = {b.i32(0), b.i32(0)};
  }
  scf::ForOp counted = countIterations(first);
  if (work)
    work.getBody()->getTerminator()->setOperands(
        counted.getResults().take_back(2));
  for (GpuGatherOp gather : memory.gathers)
    gather.erase();
  for (GpuLocalStoreOp store : memory.stores)
    store.erase();
  Operation *yield = counted.getBody()->getTerminator();
  PipelineState now{counted.getRegionIterArgs().end()[-2],
                    counted.getRegionIterArgs().back()};
  for (auto &[array, channel] : channels)
    useChannel(channel, now);
  b.setInsertionPoint(yield);
  PipelineState after = next(now);
  yield->insertOperands(yield->getNumOperands(), {after.slot, after.phase});
  makers.eraseUnused(*counted.getBody());
  loop.erase();
}

/// The kernel's loop with stages, if there is just one.
static scf::ForOp loopWithStages(TileKernelOp kernel) {
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(kStages))
      loops.push_back(loop);
  });
  return loops.size() == 1 ? loops.front() : scf::ForOp();
}

namespace {

struct SpecializeWarps
    : mlir::hip::impl::HipSpecializeWarpsBase<SpecializeWarps> {
  void runOnOperation() override {
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      ScheduleAttr schedule = kernel.getScheduleAttr();
      if (schedule && schedule.getProducers() > 0)
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels)
      if (failed(specialize(kernel)))
        return signalPassFailure();
  }

  LogicalResult specialize(TileKernelOp kernel) {
    ScheduleAttr schedule = kernel.getScheduleAttr();
    scf::ForOp loop = loopWithStages(kernel);
    FailureOr<int64_t> threads = threadsOf(kernel);
    if (failed(threads))
      return failure();
    if (!loop || *threads != schedule.getThreads())
      return success();
    Specialization split(kernel, loop, *threads, schedule.getProducers());
    if (std::optional<StageFault> fault = split.findFault()) {
      debug(DebugTag::Layout, loop, [&](llvm::raw_ostream &out) {
        out << "has no producers: " << fault->op->getName() << " "
            << fault->text;
      });
      return success();
    }
    for (Operation &op : *loop.getBody())
      op.removeAttr(kStage);
    int64_t blocks = std::max<int64_t>(schedule.getMinBlocks(), 1);
    split.run(blocks);
    kernel.setMinBlocks(blocks);
    return success();
  }
};

} // namespace
