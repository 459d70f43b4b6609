//===- expand/Masks.cpp - The mask in a score region
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/expand/Masks.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::hip;

/// What says whether a key keeps its score: where it is `hides`, it does not.
struct Condition {
  Value value;
  bool hides;
};

/// Calls `visit` with all that `op` and the ops in it use.
static void visitOperands(Operation *op, function_ref<void(Value)> visit) {
  op->walk(
      [&](Operation *inner) { llvm::for_each(inner->getOperands(), visit); });
}

/// The values of a score region that depend on the score.
static DenseSet<Value> dependentValues(Block &body) {
  DenseSet<Value> found{body.getArgument(0)};
  for (Operation &op : body) {
    bool depends = false;
    visitOperands(&op, [&](Value used) { depends |= found.contains(used); });
    if (depends)
      found.insert_range(op.getResults());
  }
  return found;
}

static bool isLowest(Value score) {
  FloatAttr number;
  return matchPattern(score, m_Constant(&number)) &&
         number.getValue().isInfinity() && number.getValue().isNegative();
}

/// Those of the selects of -inf that the region ends with.
static SmallVector<Condition> conditionsOf(Block &body) {
  DenseSet<Value> dependent = dependentValues(body);
  SmallVector<Condition> found;
  Value score = body.getTerminator()->getOperand(0);
  while (auto select = score.getDefiningOp<arith::SelectOp>()) {
    bool hides = isLowest(select.getTrueValue());
    if (!hides && !isLowest(select.getFalseValue()))
      break;
    if (!dependent.contains(select.getCondition()))
      found.push_back({select.getCondition(), hides});
    score = hides ? select.getFalseValue() : select.getTrueValue();
  }
  return found;
}

/// The ops of `body` that the conditions need.
static DenseSet<Operation *> opsFor(ArrayRef<Condition> conditions,
                                    Block &body) {
  DenseSet<Operation *> needed;
  auto need = [&](Value value) {
    Operation *def = value.getDefiningOp();
    if (def && def->getBlock() == &body)
      needed.insert(def);
  };
  for (const Condition &condition : conditions)
    need(condition.value);
  for (Operation &op : llvm::reverse(body))
    if (needed.contains(&op))
      visitOperands(&op, need);
  return needed;
}

bool mlir::hip::takeMask(ScalarBuilder &b, Region &score, Region &mask) {
  Block &body = score.front();
  SmallVector<Condition> conditions = conditionsOf(body);
  if (conditions.empty())
    return false;
  OpBuilder::InsertionGuard guard(b);
  auto place = body.getArguments().drop_front();
  Block *block = b.createBlock(&mask, {}, TypeRange(ValueRange(place)),
                               SmallVector<Location>(place.size(), b.getLoc()));
  IRMapping map;
  map.map(place, block->getArguments());
  DenseSet<Operation *> needed = opsFor(conditions, body);
  for (Operation &op : body)
    if (needed.contains(&op))
      b.clone(op, map);
  Value yes = arith::ConstantOp::create(b, b.getBoolAttr(true)), kept = yes;
  for (const Condition &condition : conditions) {
    Value holds = map.lookupOrDefault(condition.value);
    if (condition.hides)
      holds = arith::XOrIOp::create(b, holds, yes);
    kept = b.both(kept, holds);
  }
  YieldOp::create(b, kept);
  return true;
}
