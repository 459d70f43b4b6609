//===- HipScoreRegion.cpp - What score and mask regions are made of
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hip;

/// Ops of math that the CPU lowers for all operands.
static bool isScoreMath(Operation *op) {
  return isa<
      math::AbsFOp, math::AbsIOp, math::AcosOp, math::AcoshOp, math::AsinOp,
      math::AsinhOp, math::AtanOp, math::Atan2Op, math::AtanhOp, math::CbrtOp,
      math::CeilOp, math::CopySignOp, math::CosOp, math::CoshOp,
      math::CountLeadingZerosOp, math::CountTrailingZerosOp, math::CtPopOp,
      math::ErfOp, math::ErfcOp, math::ExpOp, math::Exp2Op, math::ExpM1Op,
      math::FloorOp, math::FmaOp, math::IsFiniteOp, math::IsNaNOp, math::LogOp,
      math::Log10Op, math::Log1pOp, math::Log2Op, math::PowFOp, math::RoundOp,
      math::RoundEvenOp, math::RsqrtOp, math::SinOp, math::SincosOp,
      math::SinhOp, math::SqrtOp, math::TanOp, math::TanhOp, math::TruncOp>(op);
}

/// Ops that every lowering knows and defines for all operands (S18b).
static bool isScoreOp(Operation *op) {
  if (isScoreMath(op) ||
      isa<YieldOp, scf::IfOp, scf::ForOp, scf::YieldOp>(op) ||
      isa_and_nonnull<arith::ArithDialect>(op->getDialect()))
    return true;
  return isa_and_nonnull<memref::MemRefDialect, tensor::TensorDialect>(
             op->getDialect()) &&
         (isMemoryEffectFree(op) || hasSingleEffect<MemoryEffects::Read>(op));
}

/// Numbers that every lowering computes with.
static bool isScoreNumber(Type type) {
  Type number = getElementTypeOrSelf(type);
  if (auto integer = dyn_cast<IntegerType>(number))
    return integer.getWidth() <= 64;
  return !isa<FloatType>(number) || number.isF16() || number.isBF16() ||
         number.isF32() || number.isF64();
}

/// The float of another type than f32 that an op of math is of.
static Type otherFloat(Operation *op) {
  if (!isScoreMath(op))
    return {};
  for (Type type : op->getOperandTypes())
    if (isa<FloatType>(getElementTypeOrSelf(type)) &&
        !getElementTypeOrSelf(type).isF32())
      return type;
  return {};
}

/// `what` is the name of the region.
static LogicalResult checkOp(Operation *owner, StringRef what, Operation *op) {
  if (!isScoreOp(op))
    return owner->emitOpError() << "S18: the " << what << " region has "
                                << op->getName() << ", which a " << what
                                << " may not contain; use arith, scf.if, "
                                   "scf.for, loads and what S18b "
                                   "has of math";
  for (Type type : op->getResultTypes())
    if (!isScoreNumber(type))
      return owner->emitOpError()
             << "S18b: " << op->getName() << " of the " << what
             << " region gives " << type << ", but the numbers of a " << what
             << " are f16, bf16, f32, f64, index and integers of up to 64 bits";
  if (Type type = otherFloat(op))
    return owner->emitOpError()
           << "S18b: " << op->getName() << " of the " << what
           << " region is of " << type
           << ", but math is of f32 there; convert by arith.truncf or "
              "arith.extf";
  return success();
}

/// A block of these arguments that ends with a `result`, and what is in it.
static LogicalResult checkBody(Operation *op, StringRef rule, StringRef what,
                               Block &body, Type result) {
  auto yield = dyn_cast_or_null<YieldOp>(body.empty() ? nullptr : &body.back());
  if (!yield)
    return op->emitOpError()
           << rule << ": the " << what << " region ends with hip.yield";
  if (yield.getValue().getType() != result)
    return op->emitOpError()
           << rule << ": the " << what << " region yields " << result
           << ", got " << yield.getValue().getType();
  WalkResult walked = body.walk(
      [&](Operation *inner) { return WalkResult(checkOp(op, what, inner)); });
  return failure(walked.wasInterrupted());
}

LogicalResult mlir::hip::checkScoreRegion(Operation *op,
                                          MutableArrayRef<Region> regions) {
  if (regions.empty())
    return success();
  if (regions.size() > 1)
    return op->emitOpError()
           << "S18: takes one score region, got " << regions.size();
  Region &region = regions.front();
  if (!region.hasOneBlock())
    return op->emitOpError()
           << "S18: the score region has one block, got "
           << region.getBlocks().size() << "; leave it out for no score";
  Builder b(op->getContext());
  Type index = b.getIndexType();
  Type expected[] = {b.getF32Type(), index, index, index, index};
  if (!llvm::equal(region.getArgumentTypes(), expected))
    return op->emitOpError() << "S18: the score region takes (score f32, b, h, "
                                "i, j index), got ("
                             << region.getArgumentTypes() << ")";
  return checkBody(op, "S18", "score", region.front(), b.getF32Type());
}

LogicalResult mlir::hip::checkMaskRegion(Operation *op, Region &region) {
  if (!region.hasOneBlock())
    return op->emitOpError() << "S16c: the mask region has one block, got "
                             << region.getBlocks().size();
  Builder b(op->getContext());
  SmallVector<Type> expected(4, b.getIndexType());
  if (!llvm::equal(region.getArgumentTypes(), expected))
    return op->emitOpError()
           << "S16c: the mask region takes (b, h, i, j index), got ("
           << region.getArgumentTypes() << ")";
  return checkBody(op, "S16c", "mask", region.front(), b.getI1Type());
}
