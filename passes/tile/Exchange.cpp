//===- tile/Exchange.cpp - Numbers that a cluster's thread blocks send
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A barrier of a cluster that orders memory takes more than half as long as a
// launch. What is sent counts itself where it comes, so that the barrier before
// it orders nothing: it says that all have read what was there.
//
//===----------------------------------------------------------------------===//

#include "passes/tile/Exchange.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/tile/ThreadGroup.h"

using namespace mlir;
using namespace mlir::hip;

/// What `st.async` sends at a time.
constexpr int64_t kNumberBytes = 4;

Operation *Division::ancestor() {
  Operation *op = loop;
  while (!isa<TileKernelOp>(op->getParentOp()) && op->getParentOp() != around)
    op = op->getParentOp();
  return op;
}

Value Division::fillings(ScalarBuilder &b) {
  return b.div(b.sub(around.getInductionVar(), around.getLowerBound()),
               around.getStep());
}

/// Whether the tiles of the loop's iterations are, one after the other, all
/// numbers up to the loop's bound.
static bool areConsecutive(Division division) {
  scf::ForOp loop = division.loop;
  TileViewOp view = division.store.getView().getDefiningOp<TileViewOp>();
  auto tile = cast<TileType>(division.store.getTile().getType());
  APInt step;
  return tile.isVector() && matchPattern(loop.getLowerBound(), m_Zero()) &&
         matchPattern(loop.getStep(), m_ConstantInt(&step)) &&
         step == tile.getShape().front() &&
         view.getEnd() == loop.getUpperBound() && !view.getTable() &&
         view.getMap().getResults().back() ==
             getAffineDimExpr(0, loop.getContext());
}

/// Whether nothing reads what is sent before the wait for all of it.
static bool isReadAfterwards(Division division) {
  Operation *end = division.ancestor();
  return llvm::all_of(division.array->getUsers(), [&](Operation *user) {
    return user == division.store.getView().getDefiningOp() ||
           !end->isAncestor(user);
  });
}

bool Exchange::isPossible() {
  MemRefType type = array().getType();
  auto kernel = divisions.front().loop->getParentOfType<TileKernelOp>();
  size_t grid = kernel.getGrid().size();
  return type.getRank() == int64_t(grid) + 1 &&
         !ShapedType::isDynamic(type.getShape().back()) &&
         type.getElementTypeBitWidth() == 8 * kNumberBytes &&
         llvm::all_of(divisions, [](const Division &division) {
           return areConsecutive(division) && isReadAfterwards(division);
         });
}

int64_t Exchange::bytes() const {
  return array().getType().getShape().back() * kNumberBytes;
}

void Exchange::allocate(ScalarBuilder &b, int64_t first) {
  MemRefType type = array().getType();
  memory =
      sharedArray(b, {1, type.getShape().back()}, type.getElementType(), first);
  auto kernel = divisions.front().loop->getParentOfType<TileKernelOp>();
  constexpr int64_t kWord = 8;
  auto word = SmemType::get(b.getContext(), {1}, b.getI64Type(), kWord);
  for (size_t i = 0; i < divisions.size(); ++i) {
    mbarriers.push_back(GpuAllocOp::create(b, word, IntegerAttr()));
    GpuMbarrierInitOp::create(b, mbarriers.back(),
                              kernel.getThreads() / layout::kWarp);
  }
}

/// The mbarrier's phase, which changes with each filling.
static Value phaseOf(ScalarBuilder &b, Division division) {
  if (!division.around)
    return b.i32(0);
  b.setInsertionPointToStart(division.around.getBody());
  Value before = division.fillings(b);
  return b.toI32(b.createOrFold<arith::RemUIOp>(before, b.index(2)));
}

static void arrive(ScalarBuilder &b) {
  NVVM::ClusterArriveRelaxedOp::create(b, b.getLoc(), b.getUnitAttr());
}
static void wait(ScalarBuilder &b) {
  NVVM::ClusterWaitOp::create(b, b.getLoc(), b.getUnitAttr());
}

/// Before `whole` sends, all have read what was there. In a loop they say so at
/// the end of an iteration, and what the next one does first takes the time
/// that the others need: if the loop has no other such barrier.
void Exchange::awaitReaders(ScalarBuilder &b, Division division,
                            Operation *whole) {
  scf::ForOp around = division.around;
  if (!around || !division.isAlone) {
    b.setInsertionPoint(whole);
    arrive(b);
    return wait(b);
  }
  b.setInsertionPoint(around);
  arrive(b);
  b.setInsertionPoint(whole);
  wait(b);
  b.setInsertionPoint(around.getBody()->getTerminator());
  arrive(b);
  b.setInsertionPointAfter(around);
  wait(b);
}

void Exchange::exchange(Division division, Value mbarrier) {
  scf::ForOp loop = division.loop;
  Operation *whole = division.ancestor();
  ScalarBuilder b(loop.getLoc(), whole);
  Value phase = phaseOf(b, division);
  awaitReaders(b, division, whole);
  b.setInsertionPoint(whole);
  Value zero = b.index(0);
  b.setInsertionPoint(loop);
  Value numbers = b.max(loop.getUpperBound(), zero);
  GpuExpectOp::create(b, mbarrier, zero,
                      b.toI32(b.mul(numbers, b.index(kNumberBytes))));
  TileStoreOp store = division.store;
  b.setInsertionPoint(store);
  GpuMulticastOp::create(b, store.getTile(), store.getView(), mbarrier, zero);
  store.erase();
  b.setInsertionPointAfter(whole);
  GpuArriveOp::create(b, mbarrier, zero, /*copies=*/false, /*warp=*/true);
  GpuAwaitOp::create(b, mbarrier, zero, phase);
}

void Exchange::exchange(OwnArrays &arrays) {
  auto kernel = divisions.front().loop->getParentOfType<TileKernelOp>();
  ScalarBuilder b(kernel.getLoc(), kernel.getContext());
  b.setInsertionPointAfterValue(memory);
  arrays.substitute(array(), memory, b.index(0));
  for (auto [division, mbarrier] : llvm::zip(divisions, mbarriers))
    exchange(division, mbarrier);
}
