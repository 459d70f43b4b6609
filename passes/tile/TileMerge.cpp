//===- tile/TileMerge.cpp - Merges partial attention, a thread block a row
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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
/// lse = m + log(sum w_i).
class MergedRow {
public:
  MergedRow(TileBuilder &b, const Partials &partials, ValueRange row)
      : b(b), partials(partials), row(row),
        lowest(b.f32(-std::numeric_limits<double>::infinity())) {}

  void run(ThreadGroup &group, Value out, Value lse) {
    greatest = fold(lowest, [&](const Partial &part, Value most) -> Value {
      return arith::MaximumFOp::create(b, most, lseOf(part));
    });
    none = b.compare(arith::CmpFPredicate::OEQ, greatest, lowest);
    Value sum = fold(b.f32(0), [&](const Partial &part, Value sum) {
      return b.add(sum, weightOf(part));
    });
    group.each(b.size(out, 3),
               [&](Value d) { b.store(mean(d, sum, out), out, placeOf(d)); });
    if (!lse)
      return;
    Value whole = b.mul(sum, b.f32(1 / kMergeWeight));
    Value log = b.mul(math::Log2Op::create(b, whole), b.f32(std::numbers::ln2));
    group.once([&] {
      b.store(b.select(none, greatest, b.add(greatest, log)), lse, row);
    });
  }

private:
  Value fold(Value init, function_ref<Value(const Partial &, Value)> body) {
    return partials(init, body);
  }

  Value lseOf(const Partial &part) {
    SmallVector<Value> at(part.at);
    llvm::append_range(at, row);
    return b.load(part.lse, at);
  }

  /// S20: partial results that saw no key weigh nothing. Light as weights are,
  /// no sum of what they weigh is beyond the end of f32.
  Value weightOf(const Partial &part) {
    Value weight = math::ExpOp::create(b, b.sub(lseOf(part), greatest));
    return b.select(none, b.f32(0), b.mul(weight, b.f32(kMergeWeight)));
  }

  Value mean(Value d, Value sum, Value out) {
    Value acc = fold(b.f32(0), [&](const Partial &part, Value acc) -> Value {
      SmallVector<Value> at(part.at);
      llvm::append_range(at, placeOf(d));
      return math::FmaOp::create(b, weightOf(part), b.load(part.out, at), acc);
    });
    Type type = cast<MemRefType>(out.getType()).getElementType();
    return b.narrow(b.select(none, b.f32(0), b.mean(acc, sum, type)), type);
  }

  SmallVector<Value> placeOf(Value d) {
    SmallVector<Value> at = llvm::to_vector(row);
    at.push_back(d);
    return at;
  }

  TileBuilder &b;
  const Partials &partials;
  ValueRange row;
  Value lowest, greatest, none;
};

} // namespace

void mlir::hip::tile::merge(TileBuilder &b, int64_t threads,
                            const Partials &partials, Value out, Value lse) {
  b.kernel(threads, {b.size(out, 2), b.size(out, 1), b.size(out, 0)},
           [&](ValueRange ids) {
             ThreadGroup group(b, threads);
             SmallVector<Value> row{ids[2], ids[1], ids[0]};
             MergedRow(b, partials, row).run(group, out, lse);
           });
}

void mlir::hip::tile::lower(TileBuilder &b, MergeOp op) {
  Partials partials = [&](Value init, MergeStep step) {
    for (auto [out, lse] : llvm::zip(op.getPartials(), op.getPartialLses()))
      init = step({out, lse, {}}, init);
    return init;
  };
  ValueRange outs = op.getOuts();
  merge(b, scheduleOf(op).getThreads(), partials, outs[0],
        outs.size() > 1 ? outs[1] : Value());
}
