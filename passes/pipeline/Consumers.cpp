//===- pipeline/Consumers.cpp - Warps that compute on what others copied
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/pipeline/Specialization.h"

using namespace mlir;
using namespace mlir::hip;

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
