//===- cpu/Exp2.cpp - 2^x without a library call
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/cpu/TileLowering.h"
#include "passes/support/Lanes.h"

using namespace mlir;
using namespace mlir::hip;

/// x = n + f with n the nearest integer: 2^f by a polynomial that is 1 at f =
/// 0, times 2^n put together from its exponent bits. 2^128 has none: powers
/// from 2^127.5 are twice that of x - 1.
Value mlir::hip::cpu::exp2(ScalarBuilder &b, Value x) {
  Type type = x.getType();
  Type bits = laneTypes(type, b.getI32Type());
  auto f32 = [&](double v) {
    return splatConstant(b, b.getLoc(), type, b.getF32FloatAttr(float(v)));
  };
  auto i32 = [&](int32_t v) {
    return splatConstant(b, b.getLoc(), bits, b.getI32IntegerAttr(v));
  };
  // Comparisons first, so that NaN stays NaN and the conversion is defined.
  Value low = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, f32(-126));
  Value high = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, f32(128));
  Value last =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, f32(127.5));
  Value lower =
      arith::SelectOp::create(b, last, arith::SubFOp::create(b, x, f32(1)), x);
  Value inside = arith::MaxNumFOp::create(
      b, arith::MinNumFOp::create(b, lower, f32(127)), f32(-126));
  Value n = math::RoundEvenOp::create(b, inside);
  Value f = arith::SubFOp::create(b, inside, n);
  // Taylor coefficients ln(2)^k / k!; the error at |f| = 1/2 is below 2^-24.
  constexpr double kSeries[] = {1.5252733804059840e-5, 1.5403530393381609e-4,
                                1.3333558146428443e-3, 9.6181291076284772e-3,
                                5.5504108664821580e-2, 2.4022650695910071e-1,
                                6.9314718055994531e-1, 1.0};
  Value power = f32(kSeries[0]);
  for (double coefficient : ArrayRef(kSeries).drop_front())
    power = math::FmaOp::create(b, power, f, f32(coefficient));
  Value exponent = arith::FPToSIOp::create(b, bits, n);
  exponent = arith::AddIOp::create(b, exponent, i32(127));
  exponent = arith::ShLIOp::create(b, exponent, i32(23));
  Value scale = arith::BitcastOp::create(b, type, exponent);
  Value result = arith::MulFOp::create(b, power, scale);
  result = arith::SelectOp::create(
      b, last, arith::AddFOp::create(b, result, result), result);
  result = arith::SelectOp::create(b, low, f32(0), result);
  result = arith::SelectOp::create(
      b, high, f32(std::numeric_limits<double>::infinity()), result);
  Value nan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(b, nan, x, result);
}
