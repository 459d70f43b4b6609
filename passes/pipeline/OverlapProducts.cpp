//===- pipeline/OverlapProducts.cpp - A product beside the next iteration
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   for i: s = q k[i]; p, acc = f(s, acc); acc += p v[i]
//
// becomes
//
//   s = q k[0]; p, acc = f(s, acc)
//   for i > 0: start s = q k[i]; start acc += p v[i - 1]
//              wait for s; ... wait for acc; p, acc = f(s, acc)
//   acc += p v[last]
//
// No product is in flight at the end of an iteration: registers that a loop
// carries are copied there (docs/rationale/gpu-level.md).
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/MatrixUnits.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPOVERLAPPRODUCTS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// A product that may be left in flight and is not yet.
static bool isByWgmma(GpuMmaOp mma) {
  return rowOf(mma.getUnit()).isAsync && !mma.getAsync();
}

namespace {

/// Rewrites one loop.
class Overlap {
public:
  Overlap(scf::ForOp loop, int64_t threads)
      : b(loop.getLoc(), loop.getContext()), loop(loop),
        takesTurns(threads == 2 * layout::kWarpgroup) {}

  /// Whether the loop has two such products.
  bool find();
  void run();

private:
  bool isCarried(Value value);
  bool findLast();
  void awaitEarly();
  bool usesSum(Operation *op);
  SmallVector<Value> head(Value iteration, ValueRange carried, bool overlaps);
  Value start(Value acc, Value factor, Value index);
  Value complete(Value sum, ValueRange keeps, Value index);
  SmallVector<Value> computedBefore(Operation *op, const IRMapping &mapping);

  ScalarBuilder b;
  scf::ForOp loop;
  GpuMmaOp first, last;
  /// The last product's right factor, and what is done when it is complete.
  GpuSlotOp right;
  SmallVector<GpuArriveOp> arrivals;
  /// Its sum among what the loop carries.
  unsigned carried = 0;
  /// Two warpgroups: one starts its products while the other one computes.
  bool takesTurns;
};

} // namespace

/// Whether it depends on what the loop carries as a tile.
bool Overlap::isCarried(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getOwner() == loop.getBody() &&
           isa<TileType>(argument.getType());
  Operation *def = value.getDefiningOp();
  return def->getBlock() == loop.getBody() &&
         llvm::any_of(def->getOperands(),
                      [&](Value operand) { return isCarried(operand); });
}

/// A product that the loop yields and uses for nothing else, and after it
/// nothing but arrivals and numbers.
bool Overlap::findLast() {
  for (auto mma : loop.getBody()->getOps<GpuMmaOp>())
    last = mma;
  if (!last || !isByWgmma(last) || !last->hasOneUse() ||
      !isa<TileType>(last.getA().getType()))
    return false;
  OpOperand &use = *last->getUses().begin();
  right = last.getB().getDefiningOp<GpuSlotOp>();
  if (use.getOwner() != loop.getBody()->getTerminator() || !right ||
      right->getBlock() != loop.getBody())
    return false;
  carried = use.getOperandNumber();
  for (Operation *op = last->getNextNode(); op; op = op->getNextNode()) {
    if (auto arrive = dyn_cast<GpuArriveOp>(op))
      arrivals.push_back(arrive);
    else if (!isPure(op) && !isa<scf::YieldOp>(op))
      return false;
  }
  return llvm::all_of(arrivals, [&](GpuArriveOp arrive) {
    return arrive.getIndex() == right.getIndex();
  });
}

bool Overlap::find() {
  if (!findLast())
    return false;
  first = *loop.getBody()->getOps<GpuMmaOp>().begin();
  return first != last && isByWgmma(first) &&
         llvm::none_of(first->getOperands(),
                       [&](Value operand) { return isCarried(operand); });
}

bool Overlap::usesSum(Operation *op) {
  bool uses = false;
  op->walk([&](Operation *inner) {
    uses |= llvm::is_contained(inner->getOperands(),
                               Value(loop.getRegionIterArg(carried)));
  });
  return uses;
}

/// Waits for the right factor before the sum is used, and so before it is
/// waited for: ptxas moves no wait for a product over the loop that this is,
/// but over what is to be computed meanwhile it does.
void Overlap::awaitEarly() {
  Operation *user = &loop.getBody()->front();
  while (user != last && !usesSum(user))
    user = user->getNextNode();
  Operation *index = right.getIndex().getDefiningOp();
  for (auto await :
       llvm::make_early_inc_range(loop.getBody()->getOps<GpuAwaitOp>())) {
    if (await.getIndex() != right.getIndex() || await->isBeforeInBlock(user) ||
        await->getNextNode() != right)
      continue;
    if (index && index->getBlock() == loop.getBody() &&
        user->isBeforeInBlock(index))
      index->moveBefore(user);
    await->moveBefore(user);
  }
}

/// The last product of the iteration whose slot is given.
Value Overlap::start(Value acc, Value factor, Value index) {
  Value slot = GpuSlotOp::create(b, right.getMemory(), index);
  return GpuMmaOp::create(b, last.getTile().getType(), last.getUnit(), acc,
                          factor, slot, Value(), last.getTransposeB(),
                          SignAttr(), /*async=*/true);
}

/// `keeps`: what is not to be computed after the product is complete.
Value Overlap::complete(Value sum, ValueRange keeps, Value index) {
  Value done =
      GpuMmaWaitOp::create(b, sum.getType(), sum, keeps, /*pending=*/0);
  for (GpuArriveOp arrive : arrivals)
    GpuArriveOp::create(b, arrive.getMbarriers(), index, arrive.getCopies(),
                        arrive.getWarp());
  return done;
}

/// Copies of matrices that are made before `op` and used from it on.
SmallVector<Value> Overlap::computedBefore(Operation *op,
                                           const IRMapping &mapping) {
  SmallVector<Value> made;
  for (Operation *before = first->getNextNode(); before != op;
       before = before->getNextNode())
    for (Value result : before->getResults()) {
      auto tile = dyn_cast<TileType>(result.getType());
      bool isUsed = llvm::any_of(result.getUsers(), [&](Operation *user) {
        Operation *in = loop.getBody()->findAncestorOpInBlock(*user);
        return in && (in == last || !in->isBeforeInBlock(op));
      });
      // The last product has no copy here.
      Value copy = mapping.lookupOrNull(result);
      if (copy && tile && !tile.isVector() && isUsed)
        made.push_back(copy);
    }
  return made;
}

/// An iteration up to its last product: what it carries on, with the sum as it
/// is before that product, then the product's left factor and slot. If it
/// overlaps, those of the iteration before are the last two of `carried`.
SmallVector<Value> Overlap::head(Value iteration, ValueRange state,
                                 bool overlaps) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), iteration);
  size_t count = loop.getNumRegionIterArgs();
  mapping.map(loop.getRegionIterArgs(), state.take_front(count));
  Value running;
  auto complete = [&](Operation *op) {
    SmallVector<Value> keeps = computedBefore(op, mapping);
    keeps.push_back(state[count]);
    mapping.map(loop.getRegionIterArg(carried),
                this->complete(running, keeps, state[count + 1]));
    running = nullptr;
  };
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (&op == last || llvm::is_contained(arrivals, &op))
      continue;
    if (running && usesSum(&op))
      complete(&op);
    bool starts = overlaps && &op == first;
    if (starts && takesTurns)
      GpuTakeTurnOp::create(b, IntegerAttr());
    Operation *copy = b.clone(op, mapping);
    if (!starts)
      continue;
    auto product = cast<GpuMmaOp>(copy);
    product.setAsync(true);
    running = start(state[carried], state[count], state[count + 1]);
    if (takesTurns)
      GpuPassTurnOp::create(b, IntegerAttr());
    mapping.map(first.getTile(),
                GpuMmaWaitOp::create(b, product.getTile().getType(),
                                     product.getTile(), ValueRange(), 1)
                    .getTile());
  }
  if (running)
    complete(loop.getBody()->getTerminator());
  SmallVector<Value> next;
  for (auto [i, value] : llvm::enumerate(loop.getYieldedValues()))
    next.push_back(
        mapping.lookupOrDefault(i == carried ? last.getAcc() : value));
  next.push_back(mapping.lookupOrDefault(last.getA()));
  next.push_back(mapping.lookupOrDefault(right.getIndex()));
  return next;
}

void Overlap::run() {
  awaitEarly();
  b.setInsertionPoint(loop);
  Value lower = loop.getLowerBound(), upper = loop.getUpperBound(),
        step = loop.getStep();
  auto all = [&] {
    SmallVector<Value> state =
        head(lower, loop.getInitArgs(), /*overlaps=*/false);
    if (takesTurns)
      GpuPassTurnOp::create(b, b.getI64IntegerAttr(1));
    state = b.loop(b.add(lower, step), upper, step, state,
                   [&](Value iteration, ValueRange carried) {
                     return head(iteration, carried, /*overlaps=*/true);
                   });
    if (takesTurns)
      GpuTakeTurnOp::create(b, b.getI64IntegerAttr(0));
    size_t count = loop.getNumRegionIterArgs();
    Value sum = start(state[carried], state[count], state[count + 1]);
    state[carried] = complete(sum, state[count], state[count + 1]);
    state.resize(count);
    return state;
  };
  SmallVector<Value> results = b.ifElse(
      b.compare(arith::CmpIPredicate::slt, lower, upper), loop.getResultTypes(),
      all, [&] { return llvm::to_vector(loop.getInitArgs()); });
  loop.replaceAllUsesWith(results);
  debug(DebugTag::Layout, loop, [](llvm::raw_ostream &out) {
    out << "its last product overlaps the next iteration";
  });
  loop.erase();
}

namespace {

struct OverlapProducts
    : mlir::hip::impl::HipOverlapProductsBase<OverlapProducts> {
  void runOnOperation() override {
    SmallVector<std::pair<scf::ForOp, int64_t>> loops;
    getOperation()->walk([&](GpuRolesOp roles) {
      roles.getConsumer().walk([&](scf::ForOp loop) {
        loops.push_back({loop, roles.getConsumers()});
      });
    });
    for (auto [loop, threads] : loops)
      if (Overlap overlap(loop, threads); overlap.find())
        overlap.run();
  }
};

} // namespace
