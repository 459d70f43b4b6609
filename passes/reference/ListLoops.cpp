//===- reference/ListLoops.cpp - partition, split, select and blocks as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/reference/Lowering.h"
#include "passes/support/ListSteps.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

void mlir::hip::reference::forEach(ScalarBuilder &b, Value array, int64_t rank,
                                   function_ref<void(ValueRange)> body) {
  SmallVector<Value> indices;
  std::function<void(int64_t)> nest = [&](int64_t dimension) {
    if (dimension == rank)
      return body(indices);
    b.loop(b.size(array, dimension), [&](Value iv) {
      indices.push_back(iv);
      nest(dimension + 1);
      indices.pop_back();
    });
  };
  nest(0);
}

/// How many of the `present` ranges come before range `x` by S12.
static Value rankOf(ScalarBuilder &b, Value scores, ValueRange list,
                    Value present, Value x) {
  SmallVector<Value> at = llvm::to_vector(list);
  auto score = [&](Value i) {
    SmallVector<Value> indices = at;
    indices.push_back(i);
    return b.load(scores, indices);
  };
  Value mine = score(x), zero = b.index(0), one = b.index(1);
  auto rank = b.loop(zero, present, one, {zero}, [&](Value y, ValueRange n) {
    Value other = score(y);
    // Lists ascend by start, so of equal scores the earlier entry goes first.
    Value above = b.greater(other, mine);
    Value below = b.greater(mine, other);
    Value differs = b.either(above, below);
    Value earlier = b.compare(Predicate::slt, y, x);
    Value first = b.select(differs, above, earlier);
    return SmallVector<Value>{b.select(first, b.add(n[0], one), n[0])};
  });
  return rank[0];
}

void mlir::hip::reference::lower(ScalarBuilder &b, SelectOp op) {
  Value zero = b.index(0), one = b.index(1), keep = b.index(op.getKeep());
  forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    Team alone(b, 1);
    RangeList from{op.getRanges(), llvm::to_vector(list)};
    RangeList to{op.getOuts()[0], llvm::to_vector(list)};
    Value present = b.loadIndex(op.getCounts(), list);
    auto count = b.loop(zero, present, one, {zero}, [&](Value x, ValueRange n) {
      Value rank = rankOf(b, op.getScores(), list, present, x);
      Value kept = b.compare(Predicate::slt, rank, keep);
      return SmallVector<Value>{
          to.append(b, alone, n[0], kept, from.start(b, x), from.length(b, x))};
    });
    b.storeIndex(count[0], op.getOuts()[1], list);
  });
}

template <typename OpTy> static void lowerLists(ScalarBuilder &b, OpTy op) {
  reference::forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    Team alone(b, 1);
    emitList(b, alone, op, list);
  });
}
void mlir::hip::reference::lower(ScalarBuilder &b, PartitionOp op) {
  lowerLists(b, op);
}
void mlir::hip::reference::lower(ScalarBuilder &b, SplitOp op) {
  lowerLists(b, op);
}
void mlir::hip::reference::lower(ScalarBuilder &b, BlocksOp op) {
  lowerLists(b, op);
}
void mlir::hip::reference::lower(ScalarBuilder &b, CheckListOp op) {
  forEach(b, op.getOuts()[0], 3, [&](ValueRange list) {
    Team alone(b, 1);
    emitList(b, alone, op, list);
  });
}
