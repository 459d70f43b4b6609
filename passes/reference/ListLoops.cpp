//===- reference/ListLoops.cpp - Steps on lists as loops
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
    Value present = from.count(b, op.getCounts());
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
void mlir::hip::reference::lower(ScalarBuilder &b, CheckKeysOp op) {
  forEach(b, op.getOuts()[0], 1, [&](ValueRange batch) {
    Team alone(b, 1);
    emitList(b, alone, op, batch);
  });
}
void mlir::hip::reference::lower(ScalarBuilder &b, CheckListOp op) {
  forEach(b, op.getOuts()[0], 3, [&](ValueRange list) {
    Team alone(b, 1);
    emitList(b, alone, op, list);
  });
}

/// Puts `block` in its place among the first `count` of the result, if it is
/// not there; gives the next count. What there is no room for is the last.
static Value insert(ScalarBuilder &b, Value result, ValueRange list,
                    Value block, Value count) {
  Value zero = b.index(0), one = b.index(1), room = b.size(result, 3);
  auto at = [&](Value x) {
    SmallVector<Value> indices = llvm::to_vector(list);
    indices.push_back(x);
    return indices;
  };
  auto found =
      b.loop(zero, count, one, {zero, zero}, [&](Value x, ValueRange n) {
        Value other = b.loadIndex(result, at(x));
        auto more = [&](Predicate predicate, Value sum) {
          Value holds = b.compare(predicate, other, block);
          return b.select(holds, b.add(sum, one), sum);
        };
        return SmallVector<Value>{more(Predicate::slt, n[0]),
                                  more(Predicate::eq, n[1])};
      });
  Value place = found[0];
  Value isNew = b.both(b.compare(Predicate::eq, found[1], zero),
                       b.compare(Predicate::slt, place, room));
  b.when(isNew, [&] {
    Value last = b.min(count, b.sub(room, one));
    b.loop(b.sub(last, place), [&](Value x) {
      Value to = b.sub(last, x);
      b.store(b.load(result, at(b.sub(to, one))), result, at(to));
    });
    b.storeIndex(block, result, at(place));
  });
  return b.select(isNew, b.min(b.add(count, one), room), count);
}

void mlir::hip::reference::lower(ScalarBuilder &b, UnionOp op) {
  Value zero = b.index(0), one = b.index(1), result = op.getOuts()[0];
  forEach(b, op.getOuts()[1], 3, [&](ValueRange list) {
    auto [first, end] = candidatesOf(b, op, list);
    Value count = zero;
    for (auto [part, blocks] : llvm::enumerate(op.getLists())) {
      Value ways = b.index(op.getListBlockK()[part] / int64_t(op.getBlockK()));
      Value present = listLength(b, op.getCounts()[part], list, blocks);
      Value entries = blocks, from = first, to = end;
      count = b.loop(zero, present, one, {count}, [&](Value x, ValueRange n) {
        SmallVector<Value> at = llvm::to_vector(list);
        at.push_back(x);
        Value start = b.mul(b.loadIndex(entries, at), ways);
        Value least = b.max(start, from);
        Value most = b.min(b.add(start, ways), to);
        return b.loop(least, most, one, n, [&](Value block, ValueRange m) {
          return SmallVector<Value>{insert(b, result, list, block, m[0])};
        });
      })[0];
    }
    b.storeIndex(count, op.getOuts()[1], list);
  });
}
