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

SmallVector<Value> Reduction::inThread(ArrayRef<Value> numbers) {
  Value first = b.first(matrix, axis);
  SmallVector<Value> best(slice.registerCount());
  for (auto [i, number] : llvm::enumerate(numbers)) {
    Value one = counted(number, first, i);
    int64_t to = slice.registerAt({matrix.registerPlace(i).along(1 - axis), 0});
    best[to] = best[to] ? fold(best[to], one) : one;
  }
  return best;
}

void Reduction::overLanes(function_ref<void(int32_t)> visit) {
  int64_t below = 1;
  for (const layout::Digit &digit : matrix.threads) {
    int64_t end = std::min(below * digit.size, layout::kWarp);
    for (int64_t distance = below;
         digit.step.along(axis) != 0 && distance < end; distance *= 2)
      visit(int32_t(distance));
    below *= digit.size;
  }
}

SmallVector<Value> Reduction::inWarp(ArrayRef<Value> numbers) {
  SmallVector<Value> best = inThread(numbers);
  for (Value &number : best)
    overLanes([&](int32_t distance) {
      number = fold(number, b.exchange(number, distance));
    });
  return best;
}

int64_t Reduction::halvesApart(int64_t count) const {
  if (count % 2 != 0)
    return 0;
  auto apart = [&](int64_t i) {
    return slice.registerPlace(i + count / 2).row - slice.registerPlace(i).row;
  };
  for (int64_t i = 1; i < count / 2; ++i)
    if (apart(i) != apart(0))
      return 0;
  return apart(0);
}

SmallVector<Value> Reduction::toColumns(ArrayRef<Value> numbers,
                                        const layout::Layout &fewer) {
  SmallVector<Value> folded(fewer.registerCount());
  for (auto [i, number] : llvm::enumerate(numbers)) {
    layout::Place place = matrix.registerPlace(i);
    place.column %= fewer.shape.column;
    Value &sum = folded[fewer.registerAt(place)];
    sum = sum ? fold(sum, number) : number;
  }
  return folded;
}

/// Two lanes that have the same columns fold a half of them each, while they
/// can: that takes half as many exchanges at each step, and each writes less.
SmallVector<Value> Reduction::overWarps(ArrayRef<Value> numbers,
                                        const Memory &scratch,
                                        const layout::Layout &to) {
  SmallVector<Value> partial = inThread(numbers), results;
  int64_t warps = scratch.type.getRows(), copies = 0;
  Value first = b.first(slice, 0);
  auto laneBits = [&](int64_t mask) -> Value {
    return arith::AndIOp::create(b, b.lane(), b.index(mask));
  };
  overLanes([&](int32_t distance) {
    int64_t half = partial.size() / 2, apart = halvesApart(partial.size());
    if (apart == 0) {
      copies |= distance;
      for (Value &number : partial)
        number = fold(number, b.exchange(number, distance));
      return;
    }
    Value isUpper = b.compare(Predicate::ne, laneBits(distance), b.index(0));
    for (int64_t i = 0; i < half; ++i) {
      Value low = partial[i], high = partial[i + half];
      Value mine = b.select(isUpper, high, low),
            other = b.select(isUpper, low, high);
      partial[i] = fold(mine, b.exchange(other, distance));
    }
    partial.resize(half);
    first = b.select(isUpper, b.add(first, b.index(apart)), first);
  });
  auto write = [&] {
    Value warp = b.div(b.thread, b.index(b.threads / warps));
    for (auto [i, number] : llvm::enumerate(partial))
      b.write(number, scratch, warp,
              b.place(slice, first, i, 0, /*clamp=*/false));
  };
  if (copies)
    b.when(b.compare(Predicate::eq, laneBits(copies), b.index(0)), write);
  else
    write();
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
