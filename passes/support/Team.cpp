//===- support/Team.cpp - The threads that work on one list
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Team.h"
#include "dialect/layout/Fragment.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace mlir::hip;

Team::Team(ScalarBuilder &b, int64_t threads) : b(b), threads(threads) {
  if (threads > 1)
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
}

Value Team::width() { return b.index(threads); }

void Team::each(Value count, function_ref<void(Value)> body) {
  b.loop(isSerial() ? b.index(0) : thread, count, width(), body);
}

void Team::once(function_ref<void()> body) {
  if (isSerial())
    return body();
  b.when(b.compare(arith::CmpIPredicate::eq, thread, b.index(0)), body);
}

Value Team::sum(Value count, function_ref<Value(Value)> body) {
  Value from = isSerial() ? b.index(0) : thread;
  Value none = b.toI32(b.index(0));
  Value part =
      b.loop(from, count, width(), {none}, [&](Value x, ValueRange sum) {
        return SmallVector<Value>{b.add(sum[0], body(x))};
      })[0];
  if (isSerial())
    return part;
  for (int32_t distance = 1; distance < layout::kWarp; distance *= 2)
    part = b.add(part, gpu::ShuffleOp::create(b, part, distance, layout::kWarp,
                                              gpu::ShuffleMode::XOR)
                           .getShuffleResult());
  return part;
}

SmallVector<Value>
Team::rounds(Value count, ValueRange carried,
             function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  return b.loop(
      b.index(0), count, width(), carried, [&](Value first, ValueRange now) {
        if (isSerial()) {
          Value live = arith::ConstantOp::create(b, b.getBoolAttr(true));
          return body(first, live, now);
        }
        Value x = b.add(first, thread);
        Value live = b.compare(arith::CmpIPredicate::slt, x, count);
        return body(b.min(x, b.sub(count, b.index(1))), live, now);
      });
}

std::pair<Value, Value> Team::scan(Value number) {
  if (isSerial())
    return {b.index(0), number};
  Value own = b.toI32(number), upTo = own, none = b.toI32(b.index(0));
  for (int32_t distance = 1; distance < layout::kWarp; distance *= 2) {
    auto lower = gpu::ShuffleOp::create(b, upTo, distance, layout::kWarp,
                                        gpu::ShuffleMode::UP);
    upTo =
        b.add(upTo, b.select(lower.getValid(), lower.getShuffleResult(), none));
  }
  Value all = gpu::ShuffleOp::create(b, upTo, layout::kWarp - 1, layout::kWarp,
                                     gpu::ShuffleMode::IDX)
                  .getShuffleResult();
  return {b.toIndex(b.sub(upTo, own)), b.toIndex(all)};
}
