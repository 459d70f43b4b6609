//===- nvvm/LoopValues.cpp - What loops of a thread carry
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/LoopValues.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/nvvm/Patterns.h"

using namespace mlir;

static bool isVector(Value value) { return isa<VectorType>(value.getType()); }

/// Whether two numbers of a vector are carried as one word, as instructions
/// take them.
static bool isOfWords(VectorType type) {
  Type element = type.getElementType();
  return (element.isF16() || element.isBF16()) &&
         type.getNumElements() % 2 == 0;
}

/// The values with the numbers of vectors in their place.
static SmallVector<Value> numbersOf(OpBuilder &builder, Location loc,
                                    ValueRange values) {
  hip::ScalarBuilder b(loc, builder);
  SmallVector<Value> numbers;
  for (Value value : values) {
    if (!isVector(value)) {
      numbers.push_back(value);
      continue;
    }
    SmallVector<Value> elements = hip::nvvm::elementsOf(b, loc, value);
    if (isOfWords(cast<VectorType>(value.getType())))
      elements = hip::nvvm::packAll(b, elements);
    llvm::append_range(numbers, elements);
  }
  return numbers;
}

/// A vector of its numbers, or of its words.
static Value vectorOf(OpBuilder &builder, Location loc, VectorType type,
                      ValueRange carried) {
  SmallVector<Value> numbers(carried);
  if (isOfWords(type)) {
    hip::ScalarBuilder b(loc, builder);
    numbers = hip::nvvm::unpackAll(b, carried, type.getElementType());
  }
  return vector::FromElementsOp::create(builder, loc, type, numbers);
}

/// Values of the types of `as` again.
static SmallVector<Value> vectorsOf(OpBuilder &b, Location loc, ValueRange as,
                                    ValueRange numbers) {
  SmallVector<Value> values;
  for (Value value : as) {
    auto type = dyn_cast<VectorType>(value.getType());
    int64_t count = !type             ? 1
                    : isOfWords(type) ? type.getNumElements() / 2
                                      : type.getNumElements();
    values.push_back(type ? vectorOf(b, loc, type, numbers.take_front(count))
                          : numbers.front());
    numbers = numbers.drop_front(count);
  }
  return values;
}

static void carryNumbers(scf::ForOp loop) {
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  auto next =
      scf::ForOp::create(b, loc, loop.getLowerBound(), loop.getUpperBound(),
                         loop.getStep(), numbersOf(b, loc, loop.getInitArgs()));
  next->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  Block *body = next.getBody();
  if (!body->empty())
    body->back().erase();
  b.setInsertionPointToStart(body);
  SmallVector<Value> arguments{next.getInductionVar()};
  llvm::append_range(arguments, vectorsOf(b, loc, loop.getRegionIterArgs(),
                                          next.getRegionIterArgs()));
  for (auto [old, value] : llvm::zip(loop.getBody()->getArguments(), arguments))
    old.replaceAllUsesWith(value);
  body->getOperations().splice(body->end(), loop.getBody()->getOperations());
  Operation *yield = body->getTerminator();
  b.setInsertionPoint(yield);
  yield->setOperands(numbersOf(b, loc, yield->getOperands()));
  b.setInsertionPointAfter(next);
  loop.replaceAllUsesWith(
      vectorsOf(b, loc, loop.getResults(), next.getResults()));
  loop.erase();
}

void mlir::hip::nvvm::carryNumbers(TileKernelOp kernel) {
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) {
    if (llvm::any_of(loop.getInitArgs(), isVector))
      loops.push_back(loop);
  });
  for (scf::ForOp loop : loops)
    ::carryNumbers(loop);
  SmallVector<Operation *> vectors;
  kernel.walk([&](Operation *op) {
    if (isa<vector::FromElementsOp, vector::ToElementsOp>(op))
      vectors.push_back(op);
    auto numbers = dyn_cast<vector::ToElementsOp>(op);
    if (!numbers)
      return;
    if (auto made = numbers.getSource().getDefiningOp<vector::FromElementsOp>())
      numbers.replaceAllUsesWith(made.getElements());
  });
  for (Operation *op : llvm::reverse(vectors))
    if (op->use_empty())
      op->erase();
}
