//===- sync/Lifetimes.cpp - When arrays in shared memory are in use
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/sync/Lifetimes.h"
#include "dialect/HipOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::hip;

using Ops = ArrayRef<Operation *>;

namespace {
/// From the first op of a block that uses are in to the last one.
struct Span {
  Span(Block *block, Ops ops);

  Operation *first = nullptr, *last = nullptr;
};
} // namespace

/// Nothing is in an array yet where it is made.
Span::Span(Block *block, Ops ops) {
  for (Operation *op : ops.size() > 1 ? ops.drop_front() : ops) {
    Operation *in = block->findAncestorOpInBlock(*op);
    if (!first || in->isBeforeInBlock(first))
      first = in;
    if (!last || last->isBeforeInBlock(in))
      last = in;
  }
}

/// The innermost block with all of them.
static Block *blockAround(Ops ops) {
  Block *block = ops.front()->getBlock();
  for (Operation *op : ops)
    while (!block->findAncestorOpInBlock(*op))
      block = block->getParentOp()->getBlock();
  return block;
}

/// From `from` up to `to`, or to the end of its block.
static bool hasBarrier(Operation *from, Operation *to) {
  for (; from && from != to; from = from->getNextNode())
    if (isa<gpu::BarrierOp, TilePhaseOp>(from))
      return true;
  return false;
}

/// Whether there is a barrier on the way from the last of them out to `block`.
static bool endsWithBarrier(Ops ops, Block *block) {
  Block *inner = blockAround(ops);
  Operation *last = Span(inner, ops).last;
  for (; inner != block; inner = last->getBlock()) {
    if (hasBarrier(last, nullptr))
      return true;
    last = inner->getParentOp();
  }
  return false;
}

/// Whether there is a barrier on the way from `block` to the first of them.
static bool beginsWithBarrier(Ops ops, Block *block) {
  Block *inner = blockAround(ops);
  Operation *first = Span(inner, ops).first;
  for (; inner != block; inner = first->getBlock()) {
    if (hasBarrier(&inner->front(), first))
      return true;
    first = inner->getParentOp();
  }
  return false;
}

/// Whether ops before the kernel's end come again.
static bool isInLoop(Block *block) {
  Operation *op = block->getParentOp();
  for (; op && !isa<TileKernelOp>(op); op = op->getParentOp())
    if (!isa<scf::IfOp, scf::IndexSwitchOp>(op))
      return true;
  return false;
}

/// Whether `one`, which comes first in `block`, and `other` are apart, also
/// where `block` is run again.
static bool areApartInTurn(Ops one, Ops other, Block *block) {
  Span a(block, one), b(block, other);
  bool between = hasBarrier(a.last, b.first) || endsWithBarrier(one, block) ||
                 beginsWithBarrier(other, block);
  bool around = hasBarrier(b.last, nullptr) ||
                hasBarrier(&block->front(), a.first) ||
                endsWithBarrier(other, block) || beginsWithBarrier(one, block);
  return between && (around || !isInLoop(block));
}

bool mlir::hip::areApart(Ops one, Ops other) {
  SmallVector<Operation *> all(one);
  llvm::append_range(all, other);
  Block *block = blockAround(all);
  Span a(block, one), b(block, other);
  if (a.last->isBeforeInBlock(b.first))
    return areApartInTurn(one, other, block);
  if (b.last->isBeforeInBlock(a.first))
    return areApartInTurn(other, one, block);
  // In branches of one op; a barrier in a branch has all threads in it.
  bool branches = a.first == b.last && b.first == a.last &&
                  isa<scf::IfOp, scf::IndexSwitchOp>(a.first);
  return branches && endsWithBarrier(one, block) &&
         endsWithBarrier(other, block);
}
