//===- support/ScalarBuilder.h - Short names for scalar and index arithmetic
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_SCALARBUILDER_H
#define HIP_PASSES_SUPPORT_SCALARBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::hip {

/// The weight of the heaviest partial result of a merge (S21): a power of two
/// so small that weighted sums do not overflow f32.
constexpr double kMergeWeight = 0x1p-8;

/// A builder at one location, with the arithmetic, loops and loads that
/// lowerings to scalar code are made of.
class ScalarBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value);
  Value i32(int64_t value);
  Value f32(double value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  /// Floor division of numbers that are not negative.
  Value div(Value a, Value b);
  Value ceilDiv(Value a, Value b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  /// `value`, but at least `least` and, where that allows it, at most `most`.
  Value clamp(Value value, Value least, Value most);
  Value compare(arith::CmpIPredicate predicate, Value a, Value b);
  Value compare(arith::CmpFPredicate predicate, Value a, Value b);
  /// a > b of floats where NaN is below every number (S10).
  Value greater(Value a, Value b);
  Value both(Value a, Value b);
  Value either(Value a, Value b);
  Value select(Value condition, Value a, Value b);
  /// ceil(log2(max(value, 1))).
  Value ceilLog2(Value value);

  Value toIndex(Value value);
  Value toI32(Value value);
  /// `value` as f32, exactly.
  Value widen(Value value);
  /// f32 `value` rounded to `type` (nearest even).
  Value narrow(Value value, Type type);
  /// sum / weight, a mean of numbers of `type`: where the sum is finite the
  /// rounding of a division does not take it past the end of the type.
  Value mean(Value sum, Value weight, Type type);

  Value load(Value memref, ValueRange indices);
  Value loadIndex(Value memref, ValueRange indices);
  void store(Value value, Value memref, ValueRange indices);
  void storeIndex(Value value, Value memref, ValueRange indices);
  /// Size of a tensor, memref or KV view; a constant where it is static. Of
  /// a view whose entries differ in length, the longest an entry may be.
  Value size(Value array, int64_t dimension);

  /// for (iv = from; iv < to; iv += step) body(iv)
  void loop(Value from, Value to, Value step, function_ref<void(Value)> body);
  void loop(Value to, function_ref<void(Value)> body);
  /// The same with carried values; `body` returns the next ones.
  SmallVector<Value>
  loop(Value from, Value to, Value step, ValueRange carried,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void when(Value condition, function_ref<void()> body);
  SmallVector<Value> ifElse(Value condition, TypeRange types,
                            function_ref<SmallVector<Value>()> yes,
                            function_ref<SmallVector<Value>()> no);
};

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_SCALARBUILDER_H
