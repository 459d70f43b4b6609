//===- tile/TileMerge.cpp - Merges partial attention, a thread block a row
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Queries.h"
#include "passes/tile/Lowering.h"
#include "passes/tile/ThreadGroup.h"
#include <limits>
#include <numbers>

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::tile;

namespace {

/// One row (S21), by a thread block. With m = max_i lse_i and
/// w_i = exp(lse_i - m), in order: out = sum w_i out_i / sum w_i,
/// lse = m + log(sum w_i). Each lse is read and each weight computed once, by
/// some thread, and all have them.
class MergedRow {
public:
  MergedRow(TileBuilder &b, ThreadGroup &group, const Partials &partials,
            ValueRange row)
      : b(b), group(group), partials(partials), row(row),
        lowest(b.f32(-std::numeric_limits<double>::infinity())) {}

  void run(Value out, Value lse);

private:
  /// Partial result `i`, of which `array` is known where each has its own.
  struct Part {
    Value i;
    size_t array;
  };
  using Step = function_ref<Value(const Part &, Value)>;
  void each(function_ref<void(const Part &)> body);
  Value fold(Value init, Step step);

  void findGreatest();
  void setWeights();
  void setLse(Value sum, Value lse);
  Value mean(Value d, Value sum, Value out);

  Value partOf(ArrayRef<Value> arrays, const Part &part, ValueRange place);
  void set(Value number, Value place);
  Value get(Value place);
  Value weightPlace(const Part &part) {
    return b.add(part.i, b.index(partials.most));
  }
  SmallVector<Value> placeOf(Value d) {
    SmallVector<Value> at = llvm::to_vector(row);
    at.push_back(d);
    return at;
  }

  TileBuilder &b;
  ThreadGroup &group;
  const Partials &partials;
  ValueRange row;
  Value lowest, greatest, none;
  /// Bits of f32: of each partial result its lse, then of each its weight.
  Value numbers;
};

} // namespace

/// In no order, by one of the threads each.
void MergedRow::each(function_ref<void(const Part &)> body) {
  if (partials.count)
    return group.each(partials.count, [&](Value i) { body({i, 0}); });
  group.once([&] {
    for (size_t i = 0; i < partials.outs.size(); ++i)
      body({b.index(i), i});
  });
}

/// In order. What many threads read of several results is read at once, of the
/// last one again where there are no more.
Value MergedRow::fold(Value value, Step step) {
  if (!partials.count) {
    for (size_t i = 0; i < partials.outs.size(); ++i)
      value = step({b.index(i), i}, value);
    return value;
  }
  const int64_t together = group.isSerial() ? 1 : 16;
  Value last = b.sub(partials.count, b.index(1));
  return b.loop(b.index(0), partials.count, b.index(together), {value},
                [&](Value first, ValueRange carried) -> SmallVector<Value> {
                  if (together == 1)
                    return {step({first, 0}, carried[0])};
                  Value value = carried[0];
                  for (int64_t place = 0; place < together; ++place) {
                    Value i = b.add(first, b.index(place));
                    Value next = step({b.min(i, last), 0}, value);
                    Value isOne = b.compare(arith::CmpIPredicate::sle, i, last);
                    value = b.select(isOne, next, value);
                  }
                  return {value};
                })[0];
}

Value MergedRow::partOf(ArrayRef<Value> arrays, const Part &part,
                        ValueRange place) {
  SmallVector<Value> at;
  if (partials.count)
    at.push_back(part.i);
  llvm::append_range(at, place);
  return b.load(arrays[part.array], at);
}

Value MergedRow::get(Value place) {
  Value bits = b.load(numbers, {place});
  return arith::BitcastOp::create(b, b.getF32Type(), bits);
}

void MergedRow::set(Value number, Value place) {
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), number);
  b.store(bits, numbers, {place});
}

void MergedRow::findGreatest() {
  each(
      [&](const Part &part) { set(partOf(partials.lses, part, row), part.i); });
  group.barrier();
  greatest = fold(lowest, [&](const Part &part, Value most) -> Value {
    return arith::MaximumFOp::create(b, most, get(part.i));
  });
  none = b.compare(arith::CmpFPredicate::OEQ, greatest, lowest);
}

/// S20: partial results that saw no key weigh nothing. Light as weights are,
/// no sum of what they weigh is beyond the end of f32.
void MergedRow::setWeights() {
  each([&](const Part &part) {
    Value weight = math::ExpOp::create(b, b.sub(get(part.i), greatest));
    weight = b.mul(weight, b.f32(kMergeWeight));
    set(b.select(none, b.f32(0), weight), weightPlace(part));
  });
  group.barrier();
}

Value MergedRow::mean(Value d, Value sum, Value out) {
  Value acc = fold(b.f32(0), [&](const Part &part, Value acc) -> Value {
    Value number = partOf(partials.outs, part, placeOf(d));
    return math::FmaOp::create(b, get(weightPlace(part)), number, acc);
  });
  Type type = cast<MemRefType>(out.getType()).getElementType();
  return b.narrow(b.select(none, b.f32(0), b.mean(acc, sum, type)), type);
}

void MergedRow::setLse(Value sum, Value lse) {
  Value whole = b.mul(sum, b.f32(1 / kMergeWeight));
  Value log = b.mul(math::Log2Op::create(b, whole), b.f32(std::numbers::ln2));
  group.once([&] {
    b.store(b.select(none, greatest, b.add(greatest, log)), lse, row);
  });
}

void MergedRow::run(Value out, Value lse) {
  int64_t size = 2 * partials.most;
  auto type = MemRefType::get({size}, b.getI32Type());
  numbers = group.isSerial() ? Value(memref::AllocOp::create(b, type))
                             : group.memory(size);
  findGreatest();
  setWeights();
  Value sum = fold(b.f32(0), [&](const Part &part, Value sum) {
    return b.add(sum, get(weightPlace(part)));
  });
  group.each(b.size(out, 3),
             [&](Value d) { b.store(mean(d, sum, out), out, placeOf(d)); });
  if (lse)
    setLse(sum, lse);
  if (group.isSerial())
    memref::DeallocOp::create(b, numbers);
}

void mlir::hip::tile::merge(TileBuilder &b, int64_t threads,
                            const Partials &partials, Value out, Value lse,
                            Value query) {
  bool isPacked = isa<QueryType>(query.getType());
  Value sizes = isPacked ? query : out;
  b.kernel(
      threads, {b.size(sizes, 2), b.size(sizes, 1), b.size(sizes, 0)},
      [&](ValueRange ids) {
        ThreadGroup group(b, threads);
        SmallVector<Value> row{ids[2], ids[1], ids[0]};
        auto run = [&] { MergedRow(b, group, partials, row).run(out, lse); };
        if (!isPacked)
          return run();
        QueryRows rows(b, query, ids[2]);
        row = rows.at(b, ids[1], ids[0]);
        b.when(b.compare(arith::CmpIPredicate::slt, ids[0], rows.count), run);
      });
}

void mlir::hip::tile::lower(TileBuilder &b, MergeOp op) {
  Partials partials{op.getPartials(), op.getPartialLses(), Value(),
                    int64_t(op.getPartials().size())};
  ValueRange outs = op.getOuts();
  merge(b, scheduleOf(op).getThreads(), partials, outs[0],
        outs.size() > 1 ? outs[1] : Value(), outs[0]);
}
