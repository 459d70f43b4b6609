//===- nvvm/MmaPatterns.cpp - Products of matrices on their unit
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/Patterns.h"
#include "passes/support/Folds.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

namespace {

/// One fma a product, k ascending: the bits of the CPU.
class Fma {
public:
  Fma(ThreadBuilder &b, GpuMmaOp op, Value left, Value right)
      : b(b), op(op), a{left, cast<SmemType>(op.getA().getType())},
        right{right, op.getB().getType()},
        acc(op.getAcc().getType().getRegisters()), row(b.first(acc, 0)),
        column(b.first(acc, 1)) {}

  SmallVector<Value> run(ArrayRef<Value> numbers) {
    return b.loop(
        b.index(0), b.index(a.type.getColumns()), b.index(1), numbers,
        [&](Value k, ValueRange carried) { return step(k, carried); });
  }

private:
  SmallVector<Value> step(Value k, ValueRange carried) {
    DenseMap<int64_t, Value> rows, columns;
    SmallVector<Value> next;
    for (auto [i, before] : llvm::enumerate(carried)) {
      layout::Place place = acc.registerPlace(i);
      Value &x = rows[place.row], &y = columns[place.column];
      if (!x) {
        x = b.widen(b.read(a, b.place(acc, row, i, 0), k));
        if (op.getSign())
          x = ofSign(b, x, *op.getSign());
      }
      if (!y) {
        Value at = b.place(acc, column, i, 1);
        y = b.widen(op.getTransposeB() ? b.read(right, at, k)
                                       : b.read(right, k, at));
      }
      Value sum = math::FmaOp::create(b, x, y, before);
      if (op.getSkipZero())
        sum = b.select(b.compare(arith::CmpFPredicate::UNE, x, b.f32(0)), sum,
                       before);
      next.push_back(sum);
    }
    return next;
  }

  ThreadBuilder &b;
  GpuMmaOp op;
  Memory a, right;
  layout::Layout acc;
  Value row, column;
};

} // namespace

/// Under a mask, the product that skips zeros where there is something to skip.
static SmallVector<Value> byMmaSync(ThreadBuilder &b, GpuMmaOp op, Value left,
                                    Value right, ArrayRef<Value> numbers) {
  MmaSync product(b, op, left, right);
  if (!op.getSkipZero())
    return product.plain(llvm::to_vector(numbers));
  return b.ifElse(
      product.meetsNonFinite(op.getSkipZero()), TypeRange(ValueRange(numbers)),
      [&] { return product.skipping(numbers); },
      [&] { return product.plain(llvm::to_vector(numbers)); });
}

static Value lowerMma(ThreadBuilder &b, GpuMmaOp op,
                      GpuMmaOp::Adaptor adaptor) {
  SmallVector<Value> numbers = b.elements(adaptor.getAcc());
  switch (op.getUnit()) {
  case MatrixUnit::Fma:
    numbers = Fma(b, op, adaptor.getA(), adaptor.getB()).run(numbers);
    break;
  case MatrixUnit::MmaSync:
    numbers = byMmaSync(b, op, adaptor.getA(), adaptor.getB(), numbers);
    break;
  case MatrixUnit::Wgmma:
    numbers = byWgmma(b, op, adaptor.getA(), adaptor.getB(), numbers);
    break;
  }
  return b.vector(numbers, b.getF32Type());
}

void mlir::hip::nvvm::addMmaPatterns(const TypeConverter &types,
                                     RewritePatternSet &patterns) {
  addPattern(types, patterns, lowerMma);
}
