//===- gpu/MathToNvvm.cpp - math to instructions of the GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream turns these into calls of libdevice, which is no part of a package.
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/MathToNvvm.h"
#include "dialect/HipDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/support/ScalarBuilder.h"
#include <numbers>

namespace mlir::hip {
#define GEN_PASS_DEF_HIPMATHTONVVM
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

bool mlir::hip::lowersToNvvm(Operation *op) {
  if (!isa_and_nonnull<math::MathDialect>(op->getDialect()))
    return !isa<arith::RemFOp>(op);
  return isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::ExpOp,
             math::Exp2Op, math::FloorOp, math::FmaOp, math::LogOp,
             math::Log2Op, math::RoundEvenOp, math::RsqrtOp, math::SqrtOp,
             math::TanhOp, math::TruncOp>(op);
}

static constexpr StringLiteral kRoot = "llvm.sqrt";

static Value intrinsic(ScalarBuilder &b, StringRef name, ValueRange operands) {
  Type type = operands.front().getType();
  return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), operands)
      .getResult(0);
}

static Value power2(ScalarBuilder &b, Value x) {
  return intrinsic(b, "llvm.nvvm.ex2.approx.ftz", {x});
}

static Value logarithm2(ScalarBuilder &b, Value x) {
  return intrinsic(b, "llvm.nvvm.lg2.approx.ftz.f", {x});
}

/// 1 - 2 / (1 + 2^(2 x log2(e))) loses what is small: where |x| < 0.3 it is the
/// series x - x^3 / 3 + ..., to x^11. Within 2^-20 of tanh, relatively.
static Value hyperbolicTangent(ScalarBuilder &b, Value x) {
  Value power = power2(b, b.mul(x, b.f32(2 * std::numbers::log2e)));
  Value share = arith::DivFOp::create(b, b.f32(2), b.add(b.f32(1), power));
  using P = arith::CmpFPredicate;
  constexpr double kSeries[] = {-1382.0 / 155925, 62.0 / 2835, -17.0 / 315,
                                2.0 / 15, -1.0 / 3};
  Value square = b.mul(x, x), series = b.f32(kSeries[0]);
  for (double coefficient : ArrayRef(kSeries).drop_front())
    series = LLVM::FMAOp::create(b, series, square, b.f32(coefficient));
  series = LLVM::FMAOp::create(b, b.mul(series, square), x, x);
  Value small = b.both(b.compare(P::OLT, x, b.f32(0.3)),
                       b.compare(P::OGT, x, b.f32(-0.3)));
  return b.select(small, series, b.sub(b.f32(1), share));
}

namespace {

template <typename OpTy> struct Lower : OpRewritePattern<OpTy> {
  using Make = Value (*)(ScalarBuilder &, Value);
  Lower(MLIRContext *context, Make make)
      : OpRewritePattern<OpTy>(context), make(make) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return rewriter.notifyMatchFailure(op, "is not f32");
    ScalarBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, make(b, op.getOperand()));
    return success();
  }
  Make make;
};

/// An intrinsic of LLVM that the back end has an instruction for.
template <typename OpTy> struct LowerByName : OpRewritePattern<OpTy> {
  LowerByName(MLIRContext *context, StringRef name)
      : OpRewritePattern<OpTy>(context), name(name) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    ScalarBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, intrinsic(b, name, op->getOperands()));
    return success();
  }
  StringRef name;
};

struct LowerFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::FMAOp>(op, op.getA(), op.getB(),
                                             op.getC());
    return success();
  }
};

template <typename From, typename To>
struct LowerBinary : OpRewritePattern<From> {
  using OpRewritePattern<From>::OpRewritePattern;
  LogicalResult matchAndRewrite(From op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<To>(op, op.getLhs(), op.getRhs());
    return success();
  }
};

std::optional<NVVM::ReduxKind> kindOf(gpu::AllReduceOperation operation) {
  switch (operation) {
  case gpu::AllReduceOperation::ADD:
    return NVVM::ReduxKind::ADD;
  case gpu::AllReduceOperation::MINSI:
    return NVVM::ReduxKind::MIN;
  case gpu::AllReduceOperation::MAXSI:
    return NVVM::ReduxKind::MAX;
  case gpu::AllReduceOperation::MINUI:
    return NVVM::ReduxKind::UMIN;
  case gpu::AllReduceOperation::MAXUI:
    return NVVM::ReduxKind::UMAX;
  default:
    return std::nullopt;
  }
}

/// The sum, the least or the greatest of an i32 over a warp.
struct LowerReduce : OpRewritePattern<gpu::SubgroupReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(gpu::SubgroupReduceOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<NVVM::ReduxKind> kind = kindOf(op.getOp());
    if (!kind || !op.getType().isInteger(32) || !op.getUniform() ||
        op.getClusterSize())
      return rewriter.notifyMatchFailure(op, "is no sum or end of a warp's");
    Value all = LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                         rewriter.getI32IntegerAttr(-1));
    rewriter.replaceOpWithNewOp<NVVM::ReduxOp>(op, op.getType(), op.getValue(),
                                               *kind, all);
    return success();
  }
};

/// Numbers of 8 bits, two at a time: as f16 they are exact.
struct LowerFloat8 : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getIn().getType();
    auto vector = dyn_cast<VectorType>(type);
    if (!isFloat8(getElementTypeOrSelf(type)) ||
        (vector && vector.getNumElements() % 2 != 0))
      return rewriter.notifyMatchFailure(op, "is no pairs of 8 bits, nor one");
    ScalarBuilder b(op.getLoc(), rewriter);
    Value halves = vector ? ofVector(b, op.getIn()) : ofScalar(b, op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), halves);
    return success();
  }

private:
  /// Of i8s.
  static Value ofPair(ScalarBuilder &b, Value bits, Type stored) {
    auto type = VectorType::get({2}, b.getF16Type());
    return NVVM::ConvertF8x2ToF16x2Op::create(b, type, bits, /*relu=*/false,
                                              stored);
  }

  static Value ofScalar(ScalarBuilder &b, Value number) {
    Value bits = arith::BitcastOp::create(b, b.getI8Type(), number);
    auto type = VectorType::get({2}, b.getI8Type());
    Value pair =
        vector::FromElementsOp::create(b, type, ValueRange{bits, bits});
    return vector::ExtractOp::create(b, ofPair(b, pair, number.getType()),
                                     ArrayRef<int64_t>{0});
  }

  static Value ofVector(ScalarBuilder &b, Value numbers) {
    auto type = cast<VectorType>(numbers.getType());
    Type stored = type.getElementType(), i8 = b.getI8Type();
    int64_t pairs = type.getNumElements() / 2;
    Value bits = arith::BitcastOp::create(b, type.clone(i8), numbers);
    Value words = vector::BitCastOp::create(
        b, VectorType::get({pairs}, b.getI16Type()), bits);
    SmallVector<Value> halves;
    for (int64_t i = 0; i < pairs; ++i) {
      Value word = vector::ExtractOp::create(b, words, ArrayRef<int64_t>{i});
      Value pair = LLVM::BitcastOp::create(b, VectorType::get({2}, i8), word);
      halves.push_back(
          LLVM::BitcastOp::create(b, b.getI32Type(), ofPair(b, pair, stored)));
    }
    Value all = vector::FromElementsOp::create(
        b, VectorType::get({pairs}, b.getI32Type()), halves);
    return vector::BitCastOp::create(b, type.clone(b.getF16Type()), all);
  }
};

struct MathToNvvm : mlir::hip::impl::HipMathToNvvmBase<MathToNvvm> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Lower<math::Exp2Op>>(&getContext(), power2);
    patterns.add<Lower<math::ExpOp>>(
        &getContext(), +[](ScalarBuilder &b, Value x) -> Value {
          return power2(b, b.mul(x, b.f32(std::numbers::log2e)));
        });
    patterns.add<Lower<math::Log2Op>>(&getContext(), logarithm2);
    patterns.add<Lower<math::LogOp>>(
        &getContext(), +[](ScalarBuilder &b, Value x) -> Value {
          return b.mul(logarithm2(b, x), b.f32(std::numbers::ln2));
        });
    patterns.add<Lower<math::RsqrtOp>>(
        &getContext(), +[](ScalarBuilder &b, Value x) -> Value {
          return arith::DivFOp::create(b, b.f32(1), intrinsic(b, kRoot, {x}));
        });
    patterns.add<LowerByName<math::AbsFOp>>(&getContext(), "llvm.fabs");
    patterns.add<LowerByName<math::CeilOp>>(&getContext(), "llvm.ceil");
    patterns.add<LowerByName<math::CopySignOp>>(&getContext(), "llvm.copysign");
    patterns.add<LowerByName<math::FloorOp>>(&getContext(), "llvm.floor");
    patterns.add<LowerByName<math::RoundEvenOp>>(&getContext(),
                                                 "llvm.roundeven");
    patterns.add<LowerByName<math::SqrtOp>>(&getContext(), kRoot);
    patterns.add<LowerByName<math::TruncOp>>(&getContext(), "llvm.trunc");
    patterns.add<Lower<math::TanhOp>>(&getContext(), hyperbolicTangent);
    patterns.add<LowerFma, LowerReduce, LowerFloat8,
                 LowerBinary<arith::MaxNumFOp, LLVM::MaxNumOp>,
                 LowerBinary<arith::MinNumFOp, LLVM::MinNumOp>>(&getContext());
    FrozenRewritePatternSet frozen(std::move(patterns));
    getOperation()->walk([&](gpu::GPUModuleOp kernels) {
      walkAndApplyPatterns(kernels, frozen);
    });
  }
};

} // namespace
