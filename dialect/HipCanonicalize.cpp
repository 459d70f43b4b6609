//===- HipCanonicalize.cpp - Canonicalisations: pure simplification
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

namespace {

/// S4: a policy that keeps every candidate is dense attention.
struct CoveredPolicyIsDense : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<DenseAttr>(op.getPolicy()))
      return rewriter.notifyMatchFailure(op, "dense already");
    int64_t keys = shapeOf(op.getKey().getType())[2];
    if (ShapedType::isDynamic(keys))
      return rewriter.notifyMatchFailure(op, "number of keys is not static");
    int64_t candidates =
        std::max<int64_t>(0, keys - op.getSink() - op.getWindow());
    if (!keepsAll(op.getPolicy(), candidates))
      return rewriter.notifyMatchFailure(op, "candidates exceed the budget");
    rewriter.modifyOpInPlace(op, [&] {
      op.setPolicyAttr(
          DenseAttr::get(op.getContext(), op.getPolicy().getListBlockQ()));
      op.setSink(0);
      op.setWindow(0);
      op.setHeads(Heads::Query);
    });
    return success();
  }

  /// Whether no step of the policy can drop one of `candidates` keys.
  static bool keepsAll(PolicyAttrInterface policy, int64_t candidates) {
    auto fits = [&](int64_t keep) {
      return ShapedType::isDynamic(keep) || keep >= candidates;
    };
    if (auto stages = dyn_cast<StagesAttr>(policy))
      return llvm::all_of(stages.getStages(),
                          [&](const Stage &s) { return fits(s.keep); });
    if (auto boxes = dyn_cast<BoxesAttr>(policy))
      return fits(boxes.getKeep()) &&
             llvm::all_of(boxes.getLevels(),
                          [&](const Level &l) { return fits(l.keep); });
    return fits(policy.getKeptKeys());
  }
};

/// A split into one part for the same query blocks changes nothing.
struct TrivialSplit : OpRewritePattern<SplitOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SplitOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getWays() != 1 || op.getQueryWays() != 1)
      return rewriter.notifyMatchFailure(op, "splits");
    if (op->getNumResults() == 0 ||
        op.getResult(0).getType() != op.getRanges().getType() ||
        op.getResult(1).getType() != op.getCounts().getType())
      return rewriter.notifyMatchFailure(op, "types differ");
    rewriter.replaceOp(op, {op.getRanges(), op.getCounts()});
    return success();
  }
};

/// Splits into equal parts compose: a then b ways are a * b ways.
struct SplitOfSplit : OpRewritePattern<SplitOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SplitOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getRanges().getDefiningOp<SplitOp>();
    if (!inner || op->getNumResults() == 0 ||
        inner.getResult(1) != op.getCounts())
      return rewriter.notifyMatchFailure(op, "not a split of a split");
    if (inner.getWays() <= 2 || op.getWays() <= 2)
      return rewriter.notifyMatchFailure(op, "halves may be unequal (S7)");
    if (inner.getQueryWays() != 1)
      return rewriter.notifyMatchFailure(op, "inner split changes the blocks");
    rewriter.modifyOpInPlace(op, [&] {
      op.getRangesMutable().assign(inner.getRanges());
      op.getCountsMutable().assign(inner.getCounts());
      op.setWays(op.getWays() * inner.getWays());
    });
    return success();
  }
};

/// S21: merging one partial result gives it back.
struct MergeOfOne : OpRewritePattern<MergeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MergeOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getPartials().size() != 1 || op->getNumResults() == 0)
      return rewriter.notifyMatchFailure(op, "merges several, or memrefs");
    SmallVector<Value> values{op.getPartials()[0], op.getPartialLses()[0]};
    values.resize(op->getNumResults());
    for (auto [value, result] : llvm::zip(values, op.getResults()))
      if (value.getType() != result.getType())
        return rewriter.notifyMatchFailure(op, "converts types");
    rewriter.replaceOp(op, values);
    return success();
  }
};

} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<CoveredPolicyIsDense>(context);
}

void SplitOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<TrivialSplit, SplitOfSplit>(context);
}

void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MergeOfOne>(context);
}
