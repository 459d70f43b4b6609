//===- support/Float8.cpp - Numbers of 8 bits that are stored
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Float8.h"

using namespace mlir;
using namespace mlir::hip;

/// f16 has the sign of f8E5M2, its exponent, and more bits below: the number is
/// its own upper half.
static Value widenE5M2(ScalarBuilder &b, Value word) {
  Value eight = arith::ConstantIntOp::create(b, b.getI16Type(), 8);
  Value bits = arith::ShLIOp::create(b, word, eight);
  return b.widen(arith::BitcastOp::create(b, b.getF16Type(), bits));
}

/// f16 has an exponent of a bit more, whose bias is 8 more: with the bits in
/// their place it is 2^-8 times the number, also where that is subnormal.
static Value widenE4M3(ScalarBuilder &b, Value word) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, b.getI16Type(), value);
  };
  constexpr int64_t kMagnitude = 0x7f; // without the sign; all ones are NaN
  constexpr int64_t kNan = 0x7e00;     // of f16
  Value magnitude = b.both(word, constant(kMagnitude));
  Value sign = arith::ShLIOp::create(
      b, arith::XOrIOp::create(b, word, magnitude), constant(8));
  Value isNan =
      b.compare(arith::CmpIPredicate::eq, magnitude, constant(kMagnitude));
  Value moved = b.select(isNan, constant(kNan),
                         arith::ShLIOp::create(b, magnitude, constant(7)));
  Value bits = b.either(moved, sign);
  Value part = arith::BitcastOp::create(b, b.getF16Type(), bits);
  return b.mul(b.widen(part), b.f32(0x1p8));
}

Value mlir::hip::readFloat8(ScalarBuilder &b, Value bits, Type stored,
                            Value scale, Type type) {
  Value word = arith::ExtUIOp::create(b, b.getI16Type(), bits);
  Value number =
      isa<Float8E5M2Type>(stored) ? widenE5M2(b, word) : widenE4M3(b, word);
  return b.narrow(scale ? b.mul(number, scale) : number, type);
}
