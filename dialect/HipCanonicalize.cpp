//===- HipCanonicalize.cpp - Canonicalisations: pure simplification
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "mlir/IR/Matchers.h"

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
      keys = kMostKeys;
    int64_t candidates =
        std::max<int64_t>(0, keys - op.getSink() - op.getWindow());
    if (!op.getPolicy().keepsAll(candidates))
      return rewriter.notifyMatchFailure(op, "candidates exceed the budget");
    rewriter.modifyOpInPlace(op, [&] {
      op.setPolicyAttr(
          DenseAttr::get(op.getContext(), op.getPolicy().getListBlockQ()));
      op.getSummariesMutable().clear();
      op.setSink(0);
      op.setWindow(0);
      op.getDynamicSinkMutable().clear();
      op.getDynamicWindowMutable().clear();
      op.setHeads(Heads::Kv);
    });
    return success();
  }
};

/// S14c: a union of one policy is that policy.
template <typename OpTy> struct UnionOfOne : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto several = dyn_cast<UnionAttr>(op.getPolicy());
    if (!several || several.getParts().size() > 1)
      return rewriter.notifyMatchFailure(op, "not a union of one policy");
    rewriter.modifyOpInPlace(
        op, [&] { op.setPolicyAttr(several.getParts().front()); });
    return success();
  }
};

/// A constant scale operand becomes the attribute.
template <typename OpTy> struct ConstantScale : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    FloatAttr scale;
    if (!op.getDynamicScale() || op.getScaleAttr() ||
        !matchPattern(op.getDynamicScale(), m_Constant(&scale)))
      return rewriter.notifyMatchFailure(op, "no constant scale operand");
    // The attribute has to be finite, an operand may be anything.
    if (!scale.getValue().isFinite())
      return rewriter.notifyMatchFailure(op, "scale is not finite");
    rewriter.modifyOpInPlace(op, [&] {
      op.setScaleAttr(scale);
      op.getDynamicScaleMutable().clear();
    });
    return success();
  }
};

template <typename OpTy> void setNumbers(OpTy op, BandAttr band) {
  op.setBandAttr(band);
}
template <typename OpTy>
  requires requires(OpTy op) { op.getPolicy(); }
void setNumbers(OpTy op, BandAttr band) {
  op.setSink(band.getSink());
  op.setWindow(band.getWindow());
}

/// The value of an operand, if it is a constant.
std::optional<int64_t> constantOf(Value operand) {
  APInt number;
  if (!operand || !matchPattern(operand, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

/// A constant sink or window operand becomes the attribute (S3).
template <typename OpTy> struct ConstantBand : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    std::optional<int64_t> sink = constantOf(op.getDynamicSink()),
                           window = constantOf(op.getDynamicWindow());
    if (!sink && !window)
      return rewriter.notifyMatchFailure(op, "no constant sink or window");
    rewriter.modifyOpInPlace(op, [&] {
      setNumbers(op, op.getBand().with(sink, window));
      if (sink)
        op.getDynamicSinkMutable().clear();
      if (window)
        op.getDynamicWindowMutable().clear();
    });
    return success();
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
    int64_t ways = int64_t(op.getWays()) * int64_t(inner.getWays());
    if (ways > kMostKeys)
      return rewriter.notifyMatchFailure(op, "more ways than there are keys");
    rewriter.modifyOpInPlace(op, [&] {
      op.getRangesMutable().assign(inner.getRanges());
      op.getCountsMutable().assign(inner.getCounts());
      op.setWays(ways);
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

/// S16b: a list that is given twice counts once.
struct EqualParts : OpRewritePattern<UnionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnionOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> lists, counts;
    SmallVector<int64_t> blockKs;
    llvm::SmallDenseSet<std::tuple<Value, Value, int64_t>> seen;
    for (auto part :
         llvm::zip(op.getLists(), op.getCounts(), op.getListBlockK())) {
      auto [list, count, blockK] = part;
      if (!seen.insert({list, count, blockK}).second)
        continue;
      lists.push_back(list);
      counts.push_back(count);
      blockKs.push_back(blockK);
    }
    if (lists.size() == op.getLists().size())
      return rewriter.notifyMatchFailure(op, "parts differ");
    rewriter.modifyOpInPlace(op, [&] {
      op.getListsMutable().assign(lists);
      op.getCountsMutable().assign(counts);
      op.setListBlockK(blockKs);
    });
    return success();
  }
};

/// Whether `maker` made its lists for the query blocks and the band of `op`.
template <typename OpTy>
bool isForSame(UnionOp op, OpTy maker, int64_t blockQ) {
  return maker.getQuery() == op.getQuery() && maker.getKey() == op.getKey() &&
         maker.getPositions() == op.getPositions() &&
         maker.getBand() == op.getBand() &&
         maker.getDynamicSink() == op.getDynamicSink() &&
         maker.getDynamicWindow() == op.getDynamicWindow() &&
         blockQ == int64_t(op.getBlockQ());
}

/// S5: a list that a hip op made for the same band is in order, and each of its
/// blocks is a candidate.
struct UnionOfMade : OpRewritePattern<UnionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnionOp op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumResults() == 0 || op.getLists().size() != 1)
      return rewriter.notifyMatchFailure(op, "several lists, or memrefs");
    Value list = op.getLists()[0], counts = op.getCounts()[0];
    if (list.getType() != op.getResult(0).getType() ||
        counts.getType() != op.getResult(1).getType() ||
        op.getListBlockK()[0] != int64_t(op.getBlockK()))
      return rewriter.notifyMatchFailure(op, "cuts blocks or changes types");
    Operation *maker = list.getDefiningOp();
    if (!maker || maker->getNumResults() != 2 || list != maker->getResult(0) ||
        counts != maker->getResult(1) || !isInOrder(op, maker))
      return rewriter.notifyMatchFailure(op, "the list may have any entries");
    rewriter.replaceOp(op, {list, counts});
    return success();
  }

  static bool isInOrder(UnionOp op, Operation *maker) {
    if (auto inner = dyn_cast<UnionOp>(maker))
      return isForSame(op, inner, inner.getBlockQ()) &&
             inner.getBandStart() == op.getBandStart() &&
             inner.getBlockK() == op.getBlockK();
    if (op.getBandStart())
      return false;
    if (auto prune = dyn_cast<PruneOp>(maker))
      return isForSame(op, prune, prune.getPolicy().getListBlockQ()) &&
             prune.getPolicy().getListBlockK() == int64_t(op.getBlockK());
    auto blocks = dyn_cast<BlocksOp>(maker);
    return blocks && blocks.getBlockK() == op.getBlockK() &&
           isPartitioned(op, blocks.getRanges(), blocks.getCounts());
  }

  /// Whether ranges are those of a partition, or fewer or finer ones.
  static bool isPartitioned(UnionOp op, Value ranges, Value counts) {
    int64_t finer = 1;
    while (Operation *maker = ranges.getDefiningOp()) {
      if (maker->getNumResults() != 2 || counts != maker->getResult(1))
        return false;
      if (auto partition = dyn_cast<PartitionOp>(maker))
        return isForSame(op, partition,
                         partition.getBand().getBlockQ() / finer);
      if (auto select = dyn_cast<SelectOp>(maker)) {
        std::tie(ranges, counts) =
            std::pair<Value, Value>(select.getRanges(), select.getCounts());
      } else if (auto split = dyn_cast<SplitOp>(maker)) {
        std::tie(ranges, counts) =
            std::pair<Value, Value>(split.getRanges(), split.getCounts());
        finer *= split.getQueryWays();
      } else {
        return false;
      }
    }
    return false;
  }
};

} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<CoveredPolicyIsDense, UnionOfOne<AttentionOp>,
               ConstantScale<AttentionOp>, ConstantBand<AttentionOp>>(context);
}

void PruneOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<UnionOfOne<PruneOp>, ConstantBand<PruneOp>>(context);
}

void PartitionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<ConstantBand<PartitionOp>>(context);
}

void CheckListOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<ConstantBand<CheckListOp>>(context);
}

void MaskBlocksOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<ConstantBand<MaskBlocksOp>>(context);
}

void BlockSparseAttentionOp::getCanonicalizationPatterns(
    RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ConstantScale<BlockSparseAttentionOp>,
               ConstantBand<BlockSparseAttentionOp>>(context);
}

void SplitOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<TrivialSplit, SplitOfSplit>(context);
}

void UnionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<EqualParts, UnionOfMade, ConstantBand<UnionOp>>(context);
}

void MergeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MergeOfOne>(context);
}
