//===- support/ScoreRegion.cpp - The score region of an attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ScoreRegion.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hip;

using Predicate = arith::CmpIPredicate;

namespace {

/// Replaces ops that are undefined for some operands, at their place.
class IntegerDefiner {
public:
  explicit IntegerDefiner(Operation *op) : b(op->getLoc(), op), op(op) {}

  void run();

private:
  template <typename Quotient, typename Remainder>
  void divide(int roundTo = 0, bool remainder = false);
  template <typename OpTy> void shift();
  template <typename OpTy> void convert();
  void dropPromises();
  void hold(memref::LoadOp load);

  Value number(Type type, const APInt &value);
  Value number(int64_t value);
  Value real(Type type, double value);
  void replace(Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }
  /// An index has the 64 bits that it has in kernels.
  static unsigned widthOf(Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  }

  ScalarBuilder b;
  Operation *op;
};

} // namespace

Value IntegerDefiner::number(Type type, const APInt &value) {
  TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, Attribute(attr));
  return arith::ConstantOp::create(b, attr);
}

/// In the type of the op's operands.
Value IntegerDefiner::number(int64_t value) {
  Type type = op->getOperand(0).getType();
  return number(type, APInt(widthOf(type), value, /*isSigned=*/true,
                            /*implicitTrunc=*/true));
}

Value IntegerDefiner::real(Type type, double value) {
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    attr = DenseElementsAttr::get(shaped, Attribute(attr));
  return arith::ConstantOp::create(b, attr);
}

/// x / 0 and x % 0 are 0, the least number / -1 is itself. `roundTo` is -1 for
/// a quotient that is rounded down, 1 for up, 0 towards 0.
template <typename Quotient, typename Remainder>
void IntegerDefiner::divide(int roundTo, bool remainder) {
  constexpr bool isSigned = std::is_same_v<Quotient, arith::DivSIOp>;
  Value x = op->getOperand(0), y = op->getOperand(1);
  Value zero = number(0), one = number(1);
  Value byZero = b.compare(Predicate::eq, y, zero), unsafe = byZero, negated;
  if (isSigned) {
    negated = b.compare(Predicate::eq, y, number(-1));
    unsafe = b.either(byZero, negated);
  }
  // By 1 the remainder is 0, which is right for -1 and what we say for 0.
  Value divisor = b.select(unsafe, one, y);
  Value left = b.createOrFold<Remainder>(x, divisor);
  if (remainder)
    return replace(left);
  Value quotient = b.createOrFold<Quotient>(x, divisor);
  if (roundTo != 0) {
    // Towards 0 is up where the exact quotient is negative.
    Value inexact = b.compare(Predicate::ne, left, zero);
    Value adjusts = inexact;
    if (isSigned) {
      Predicate signs = roundTo < 0 ? Predicate::ne : Predicate::eq;
      adjusts = b.both(inexact,
                       b.compare(signs, b.compare(Predicate::slt, left, zero),
                                 b.compare(Predicate::slt, divisor, zero)));
    }
    quotient = b.select(adjusts, b.add(quotient, number(roundTo)), quotient);
  }
  if (isSigned)
    quotient = b.select(negated, b.sub(zero, x), quotient);
  replace(b.select(byZero, zero, quotient));
}

/// By less than 0 or by the width and more, every bit is shifted out.
template <typename OpTy> void IntegerDefiner::shift() {
  Value x = op->getOperand(0), amount = op->getOperand(1);
  Value inside =
      b.compare(Predicate::ult, amount, number(widthOf(x.getType())));
  bool keepsSign = std::is_same_v<OpTy, arith::ShRSIOp>;
  Value most = number(keepsSign ? widthOf(x.getType()) - 1 : 0);
  Value shifted = b.createOrFold<OpTy>(x, b.select(inside, amount, most));
  replace(keepsSign ? shifted : b.select(inside, shifted, number(0)));
}

/// A float beyond the integers is the nearest of them, NaN is 0.
template <typename OpTy> void IntegerDefiner::convert() {
  constexpr bool isSigned = std::is_same_v<OpTy, arith::FPToSIOp>;
  using P = arith::CmpFPredicate;
  Type to = op->getResult(0).getType();
  unsigned width = widthOf(to);
  Value x = op->getOperand(0);
  // Powers of two up to 2^64, which f16 does not have.
  if (widthOf(x.getType()) < 32) {
    Type wide = b.getF32Type();
    if (auto shaped = dyn_cast<ShapedType>(x.getType()))
      wide = shaped.clone(wide);
    x = arith::ExtFOp::create(b, wide, x);
  }
  Type from = x.getType();
  double end = std::ldexp(1.0, isSigned ? width - 1 : width);
  Value high = b.compare(P::OGE, x, real(from, end));
  Value low = isSigned ? b.compare(P::OLT, x, real(from, -end))
                       : b.compare(P::OLT, x, real(from, 0));
  Value lost = b.either(b.either(high, low), b.compare(P::UNO, x, x));
  Value inside =
      OpTy::create(b, to, b.select(lost, real(from, 0), x)).getResult();
  APInt least = isSigned ? APInt::getSignedMinValue(width) : APInt(width, 0);
  APInt most =
      isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
  Value result = b.select(low, number(to, least), inside);
  replace(b.select(high, number(to, most), result));
}

/// Without what an op promises of its operands, such as `nsw` or `nnan`: there
/// is nobody who has checked it.
void IntegerDefiner::dropPromises() {
  for (StringRef promise : {"isExact", "nonNeg"})
    op->removeAttr(promise);
  if (auto wraps = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
    op->setAttr(wraps.getIntegerOverflowAttrName(),
                arith::IntegerOverflowFlagsAttr::get(
                    b.getContext(), arith::IntegerOverflowFlags::none));
  auto fast = dyn_cast<arith::ArithFastMathInterface>(op);
  if (!fast || !fast.getFastMathFlagsAttr())
    return;
  using Flags = arith::FastMathFlags;
  Flags kept =
      fast.getFastMathFlagsAttr().getValue() & ~(Flags::nnan | Flags::ninf);
  op->setAttr(fast.getFastMathAttrName(),
              arith::FastMathFlagsAttr::get(b.getContext(), kept));
}

/// A place past an end of the array is the one at that end (S24).
void IntegerDefiner::hold(memref::LoadOp load) {
  Value zero = b.index(0), one = b.index(1);
  for (OpOperand &index : load.getIndicesMutable()) {
    int64_t dim = index.getOperandNumber() - 1; // after the array
    Value last = b.sub(b.size(load.getMemRef(), dim), one);
    index.set(b.clamp(index.get(), zero, last));
  }
}

void IntegerDefiner::run() {
  using namespace arith;
  dropPromises();
  TypeSwitch<Operation *>(op)
      .Case([&](DivSIOp) { divide<DivSIOp, RemSIOp>(); })
      .Case([&](DivUIOp) { divide<DivUIOp, RemUIOp>(); })
      .Case([&](FloorDivSIOp) { divide<DivSIOp, RemSIOp>(-1); })
      .Case([&](CeilDivSIOp) { divide<DivSIOp, RemSIOp>(1); })
      .Case([&](CeilDivUIOp) { divide<DivUIOp, RemUIOp>(1); })
      .Case([&](RemSIOp) { divide<DivSIOp, RemSIOp>(0, true); })
      .Case([&](RemUIOp) { divide<DivUIOp, RemUIOp>(0, true); })
      .Case<ShLIOp, ShRSIOp, ShRUIOp>(
          [&](auto op) { shift<std::decay_t<decltype(op)>>(); })
      .Case<FPToSIOp, FPToUIOp>(
          [&](auto op) { convert<std::decay_t<decltype(op)>>(); })
      .Case([&](memref::LoadOp load) { hold(load); })
      .Case([&](scf::ForOp loop) {
        // A step of 0 or less would never end.
        Type type = loop.getStep().getType();
        Value one = number(type, APInt(widthOf(type), 1));
        loop.setStep(b.max(loop.getStep(), one));
      })
      // Without promises all other ops are defined for all operands.
      .Default([](Operation *) {});
}

void mlir::hip::defineIntegers(Region &score) {
  SmallVector<Operation *> ops;
  score.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops)
    IntegerDefiner(op).run();
}

Value mlir::hip::inlineScore(ScalarBuilder &b, Region &score,
                             ValueRange arguments) {
  Block &body = score.front();
  IRMapping map;
  map.map(body.getArguments(), arguments);
  for (Operation &inner : body.without_terminator())
    b.clone(inner, map);
  return map.lookupOrDefault(body.getTerminator()->getOperand(0));
}
