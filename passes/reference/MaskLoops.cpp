//===- reference/MaskLoops.cpp - The blocks of a mask as loops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/reference/Lowering.h"
#include "passes/reference/Ranges.h"
#include "passes/support/ScoreRegion.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::reference;

/// Whether the mask holds anywhere in [from, to) of a row, or `before`.
static Value holdsInRow(ScalarBuilder &b, MaskBlocksOp op, ValueRange row,
                        Value from, Value to, Value before) {
  return b.loop(from, to, b.index(1), {before}, [&](Value j, ValueRange now) {
    Value holds = inlineScore(b, op.getMask(), {row[0], row[1], row[2], j});
    return SmallVector<Value>{b.either(now[0], holds)};
  })[0];
}

/// S16c: a block is listed if the mask holds for any head that shares the list,
/// any row of the query block and any key of the block.
void mlir::hip::reference::lower(ScalarBuilder &b, MaskBlocksOp op) {
  defineIntegers(op.getMask());
  Value blocks = op.getOuts()[0], counts = op.getOuts()[1];
  Value zero = b.index(0), one = b.index(1), capacity = b.size(blocks, 3);
  Value share = b.div(b.size(op.getQuery(), 1), b.size(counts, 1));
  Value blockQ = b.index(op.getBlockQ()), blockK = b.index(op.getBlockK());
  Value no = arith::ConstantOp::create(b, b.getBoolAttr(false));
  forEach(b, counts, 3, [&](ValueRange list) {
    auto [first, end] = candidatesOf(b, op, list);
    Value head = b.mul(list[1], share), row = b.mul(list[2], blockQ);
    QueryRows rows(b, op.getQuery(), list[0]);
    Value lastRow = b.min(b.add(row, blockQ), rows.count);
    auto count = b.loop(first, end, one, {zero}, [&](Value x, ValueRange now) {
      Value key = b.mul(x, blockK), next = b.add(key, blockK);
      auto holds = b.loop(
          head, b.add(head, share), one, {no}, [&](Value h, ValueRange any) {
            return b.loop(
                row, lastRow, one, any, [&](Value i, ValueRange found) {
                  return SmallVector<Value>{
                      holdsInRow(b, op, {list[0], h, i}, key, next, found[0])};
                });
          });
      Value fits = b.compare(arith::CmpIPredicate::slt, now[0], capacity);
      Value kept = b.both(holds[0], fits);
      b.when(kept, [&] { b.storeIndex(x, blocks, entryAt(list, now[0])); });
      return SmallVector<Value>{b.add(now[0], b.select(kept, one, zero))};
    });
    b.storeIndex(count[0], counts, list);
  });
}
