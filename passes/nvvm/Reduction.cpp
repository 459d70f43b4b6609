//===- nvvm/Reduction.cpp - Maximum or sum along an axis of a tile
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/nvvm/Reduction.h"
#include "passes/support/Folds.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::nvvm;

using Predicate = arith::CmpIPredicate;

Reduction::Reduction(ThreadBuilder &b, TileReduceKind kind, TileType source,
                     int64_t axis)
    : b(b), kind(kind), axis(axis), matrix(source.getRegisters()),
      slice(layout::slice(matrix, axis)) {}

Value Reduction::fold(Value x, Value y) { return foldOf(b, kind, x, y); }

Value Reduction::counted(Value number, Value first, int64_t i) {
  if (!matrix.hasPadding(axis))
    return number;
  Value at = b.place(matrix, first, i, axis, /*clamp=*/false);
  Value live = b.compare(Predicate::ult, at, b.index(matrix.shape.along(axis)));
  return b.select(live, number, b.f32(neutralOf(kind)));
}

SmallVector<Value> Reduction::inWarp(ArrayRef<Value> numbers) {
  Value first = b.first(matrix, axis);
  SmallVector<Value> best(slice.registerCount());
  for (auto [i, number] : llvm::enumerate(numbers)) {
    Value one = counted(number, first, i);
    int64_t to = slice.registerAt({matrix.registerPlace(i).along(1 - axis), 0});
    best[to] = best[to] ? fold(best[to], one) : one;
  }
  for (Value &number : best) {
    int64_t below = 1;
    for (const layout::Digit &digit : matrix.threads) {
      int64_t end = std::min(below * digit.size, layout::kWarp);
      for (int64_t distance = below;
           digit.step.along(axis) != 0 && distance < end; distance *= 2)
        number = fold(number, b.exchange(number, distance));
      below *= digit.size;
    }
  }
  return best;
}

SmallVector<Value> Reduction::overWarps(ArrayRef<Value> numbers,
                                        const Memory &scratch,
                                        const layout::Layout &to) {
  SmallVector<Value> partial = inWarp(numbers), results;
  int64_t warps = scratch.type.getRows();
  // Of the lanes that have a column, those before the copies write it.
  int64_t lanes = 1, writers = 1;
  for (const layout::Digit &digit : slice.threads) {
    lanes *= digit.size;
    if (digit.size > 1 && !digit.isCopy() && lanes <= layout::kWarp)
      writers = lanes;
  }
  Value first = b.first(slice, 0);
  b.when(b.compare(Predicate::ult, b.lane(), b.index(writers)), [&] {
    Value warp = b.div(b.thread, b.index(b.threads / warps));
    for (auto [i, number] : llvm::enumerate(partial))
      b.write(number, scratch, warp,
              b.place(slice, first, i, 0, /*clamp=*/false));
  });
  b.meet();
  Value start = b.first(to, 0);
  for (int64_t i = 0, e = to.registerCount(); i < e; ++i) {
    Value at = b.place(to, start, i, 0), sum;
    for (int64_t w = 0; w < warps; ++w) {
      Value one = b.read(scratch, b.index(w), at);
      sum = sum ? fold(sum, one) : one;
    }
    results.push_back(sum);
  }
  return results;
}
