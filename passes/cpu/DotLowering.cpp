//===- cpu/DotLowering.cpp - A product of two tiles by vectors
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lanes are rows of the left factor, and a number of the right one is the same
// in all of them. Zeros that must not meet NaN and Inf (S20) are looked at one
// by one only where the right factor has such: so the product that always runs
// has no comparison, and the other one is small.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/cpu/TileLowering.h"
#include "passes/support/Folds.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::cpu;

/// Vectors of column `k` of A from these rows on, of one sign if the op asks
/// for one.
SmallVector<Value> TileLowering::leftColumn(TileDotOp op, ValueRange rows,
                                            Value k) {
  Value a = buffers.lookup(op.getA());
  SmallVector<Value> left;
  for (Value r : rows)
    left.push_back(loadVector(a, {k, r}));
  if (std::optional<Sign> sign = op.getSign())
    for (Value &x : left)
      x = ofSign(b, x, *sign);
  return left;
}

/// A tile of `vectors` x `columns` accumulators stays in registers over the
/// sum.
void TileLowering::dotColumns(const Product &product, Value row, Value column,
                              int64_t vectors, int64_t columns) {
  TileDotOp op = product.op;
  Value to = product.to, factors = buffers.lookup(op.getB());
  int64_t inner = cast<TileType>(op.getA().getType()).getColumns();
  SmallVector<Value> rows, places, accumulators;
  Value none = spread(b.f32(0), b.getF32Type());
  for (int64_t v = 0; v < vectors; ++v)
    rows.push_back(b.add(row, b.index(v * lanes)));
  for (int64_t c = 0; c < columns; ++c)
    places.push_back(b.add(column, b.index(c)));
  for (Value c : places)
    for (Value r : rows)
      accumulators.push_back(loadVector(to, {c, r}));
  auto sums = b.loop(
      b.index(0), b.index(inner), b.index(1), accumulators,
      [&](Value k, ValueRange carried) {
        SmallVector<Value> left = leftColumn(op, rows, k), live, next;
        if (product.skips)
          for (Value x : left)
            live.push_back(b.compare(arith::CmpFPredicate::UNE, x, none));
        for (auto [i, c] : llvm::enumerate(places)) {
          Value factor = b.load(factors, op.getTransposeB() ? ValueRange{c, k}
                                                            : ValueRange{k, c});
          Value wide = spread(factor, factor.getType());
          for (auto [j, x] : llvm::enumerate(left)) {
            Value before = carried[i * left.size() + j];
            Value sum = vector::FMAOp::create(b, x, wide, before);
            next.push_back(live.empty() ? sum : b.select(live[j], sum, before));
          }
        }
        return next;
      });
  for (auto [i, c] : llvm::enumerate(places))
    for (auto [j, r] : llvm::enumerate(rows))
      storeVector(sums[i * rows.size() + j], to, {c, r});
}

/// `registers` hold accumulators, a quarter of them those of a column.
void TileLowering::multiply(const Product &product, int64_t registers) {
  TileDotOp op = product.op;
  Value tile = op.getTile();
  auto type = cast<TileType>(tile.getType());
  int64_t vectors = llvm::divideCeil(type.getRows(), lanes);
  int64_t tall = std::min(vectors, std::max<int64_t>(registers / 4, 1));
  int64_t columns = type.getColumns();
  forEachStrip(tile, tall, [&](Value row, int64_t height) {
    int64_t wide = std::max<int64_t>(registers / height, 1);
    int64_t whole = columns / wide * wide;
    b.loop(b.index(0), b.index(whole), b.index(wide), [&](Value column) {
      dotColumns(product, row, column, height, wide);
    });
    if (whole < columns)
      dotColumns(product, row, b.index(whole), height, columns - whole);
  });
}

/// A number times 0 is 0, or NaN where it is not finite, and so is their sum.
Value TileLowering::hasNonFinite(Value tile) {
  auto type = cast<TileType>(tile.getType());
  Value from = buffers.lookup(tile), none = spread(b.f32(0), b.getF32Type());
  int64_t whole = type.getColumns() / lanes * lanes;
  auto added = [&](Value sum, ValueRange at, Value mask) {
    Value numbers = loadVector(from, at);
    if (mask)
      numbers = b.select(mask, numbers, none);
    return SmallVector<Value>{vector::FMAOp::create(b, numbers, none, sum)};
  };
  auto sums = b.loop(b.index(0), b.index(type.getRows()), b.index(1), {none},
                     [&](Value row, ValueRange carried) {
                       SmallVector<Value> sum =
                           b.loop(b.index(0), b.index(whole), b.index(lanes),
                                  carried, [&](Value column, ValueRange x) {
                                    return added(x[0], {row, column}, Value());
                                  });
                       if (whole < type.getColumns())
                         sum = added(sum[0], {row, b.index(whole)},
                                     firstLanes(type.getColumns() - whole));
                       return sum;
                     });
  // A sum of numbers that are 0 or NaN in any order.
  Value all = vector::ReductionOp::create(
      b, vector::CombiningKind::ADD, sums[0], arith::FastMathFlags::reassoc);
  return b.compare(arith::CmpFPredicate::UNO, all, all);
}

void TileLowering::dot(TileDotOp op, Value to) {
  // 16 of 32 AVX-512 registers accumulate, 8 of 16 with shorter vectors.
  int64_t registers = lanes >= 16 ? 16 : 8;
  Value masked = op.getSkipZero();
  if (!masked)
    return multiply({op, to, /*skips=*/false}, registers);
  Value skips = b.ifElse(
      masked, b.getI1Type(),
      [&] { return SmallVector<Value>{hasNonFinite(op.getB())}; },
      [&] { return SmallVector<Value>{masked}; })[0];
  b.ifElse(
      skips, TypeRange(),
      [&] {
        multiply({op, to, /*skips=*/true}, /*registers=*/1);
        return SmallVector<Value>();
      },
      [&] {
        multiply({op, to, /*skips=*/false}, registers);
        return SmallVector<Value>();
      });
}
