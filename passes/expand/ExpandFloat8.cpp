//===- expand/ExpandFloat8.cpp - Numbers of 8 bits by integer arithmetic
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/support/Lanes.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEXPANDFLOAT8
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// The f16 that has the bits of numbers of 8 bits; of scalars and vectors.
struct Halves {
  Halves(ScalarBuilder &b, Value number)
      : b(b), lanes(number.getType()),
        word(arith::ExtUIOp::create(b, types(b.getI16Type()),
                                    bitcast(b.getI8Type(), number))) {}

  /// f16 has the sign of f8E5M2, its exponent, and more bits below: the number
  /// is its own upper half.
  Value fromE5M2() { return bitcast(b.getF16Type(), shifted(word, 8)); }

  /// f16 has an exponent of a bit more, whose bias is 8 more: with the bits in
  /// their place it is 2^-8 times the number, also where that is subnormal.
  Value fromE4M3() {
    constexpr int64_t kMagnitude = 0x7f; // without the sign; all ones are NaN
    constexpr int64_t kNan = 0x7e00;     // of f16
    Value magnitude = b.both(word, constant(kMagnitude));
    Value sign = shifted(arith::XOrIOp::create(b, word, magnitude), 8);
    Value isNan = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, magnitude,
                                        constant(kMagnitude));
    Value moved = b.select(isNan, constant(kNan), shifted(magnitude, 7));
    return bitcast(b.getF16Type(), b.either(moved, sign));
  }

private:
  Type types(Type element) { return laneTypes(lanes, element); }
  Value constant(int64_t value) {
    return splatConstant(b, b.getLoc(), types(b.getI16Type()),
                         b.getI16IntegerAttr(static_cast<int16_t>(value)));
  }
  Value shifted(Value value, int64_t bits) {
    return arith::ShLIOp::create(b, value, constant(bits));
  }
  Value bitcast(Type to, Value value) {
    return b.createOrFold<arith::BitcastOp>(types(to), value);
  }

  ScalarBuilder &b;
  Type lanes;
  Value word;
};

struct Expand : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Type stored = getElementTypeOrSelf(op.getIn().getType());
    Type wanted = getElementTypeOrSelf(op.getType());
    if (!isFloat8(stored) || !wanted.isF32())
      return rewriter.notifyMatchFailure(op, "is no number of 8 bits as f32");
    ScalarBuilder b(op.getLoc(), rewriter);
    Halves halves(b, op.getIn());
    bool isWide = isa<Float8E5M2Type>(stored);
    Value half = isWide ? halves.fromE5M2() : halves.fromE4M3();
    Value number = arith::ExtFOp::create(b, op.getType(), half);
    if (!isWide)
      number = arith::MulFOp::create(
          b, number,
          splatConstant(b, b.getLoc(), op.getType(), b.getF32FloatAttr(0x1p8)));
    rewriter.replaceOp(op, number);
    return success();
  }
};

struct ExpandFloat8 : mlir::hip::impl::HipExpandFloat8Base<ExpandFloat8> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Expand>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
