//===- expand/ExpandAttention.cpp - hip.attention to prune and attend
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/expand/ListArrays.h"
#include "passes/expand/Masks.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "passes/support/Names.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEXPANDATTENTION
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Lists and lengths are i32, so no key is further back than this.
constexpr int64_t kEveryKey = std::numeric_limits<int32_t>::max();

/// Query rows, where the policy leaves them open, and keys of the blocks that a
/// mask leaves out.
constexpr int64_t kMaskRows = 128, kMaskKeys = 128;

/// Attention to all keys, whatever blocks its rows are in.
bool keepsAll(AttentionOp op) {
  PolicyAttrInterface policy = op.getPolicy();
  return !policy.makesList() && ShapedType::isDynamic(policy.getKeptKeys());
}

/// What is attended: all that the band holds, or a list as well.
struct Kept {
  BandAttr band;
  int64_t blockQ, blockK;
  Value blocks = {}, counts = {};
  Value sink = {}, window = {}; ///< of the call
};

/// S3 for policies without a list: all keys (dense), or sinks and window.
Kept keptByBand(AttentionOp op) {
  PolicyAttrInterface policy = op.getPolicy();
  Kept kept{op.getBand(), policy.getListBlockQ(), policy.getListBlockK()};
  if (keepsAll(op)) {
    kept.band = BandAttr::get(op.getContext(), policy.getBandBlockQ(), 1, 0,
                              kEveryKey, op.getCausal());
    return kept;
  }
  kept.sink = op.getDynamicSink();
  kept.window = op.getDynamicWindow();
  return kept;
}

/// %list = hip.prune policy P
Kept keptBy(ScalarBuilder &b, AttentionOp op) {
  PolicyAttrInterface policy = op.getPolicy();
  Kept kept = keptByBand(op);
  if (!policy.makesList())
    return kept;
  ListArrays arrays(b, op.getQuery(), op.getKey(), op.getHeads());
  SmallVector<Value> outs = arrays.blockList(policy);
  auto prune = PruneOp::create(
      b, ValueRange(outs).getTypes(), op.getQuery(), op.getKey(),
      op.getSummaries(), op.getPositions(), kept.sink, kept.window, outs,
      policy, op.getSink(), op.getWindow(), op.getCausal(), op.getHeads(),
      /*chunk=*/IntegerAttr());
  kept.blocks = prune.getResult(0);
  kept.counts = prune.getResult(1);
  return kept;
}

/// %list = hip.mask_blocks mask { the mask of the score region }; nothing where
/// there is no mask, or the policy leaves out keys itself. One list is for all
/// heads of a mask that does not ask for them.
std::optional<Kept> keptByMask(ScalarBuilder &b, AttentionOp op) {
  Region mask;
  if (!keepsAll(op) || !op.hasScore() || !takeMask(b, op.getScore(), mask))
    return {};
  int64_t open = op.getPolicy().getBandBlockQ();
  int64_t blockQ = open == kAllRows ? kMaskRows : open;
  auto band = BandAttr::get(op.getContext(), blockQ, kMaskKeys, /*sink=*/0,
                            /*window=*/0, op.getCausal());
  Heads heads = mask.getArgument(1).use_empty() ? Heads::All : Heads::Query;
  ListArrays arrays(b, op.getQuery(), op.getKey(), heads);
  Value capacity = b.ceilDiv(b.size(op.getKey(), 2), b.index(kMaskKeys));
  SmallVector<Value> outs = arrays.blocks(blockQ, getAsOpFoldResult(capacity));
  auto made = MaskBlocksOp::create(
      b, ValueRange(outs).getTypes(), op.getQuery(), op.getKey(),
      op.getPositions(), /*band_start=*/Value(), /*dynamic_sink=*/Value(),
      /*dynamic_window=*/Value(), outs, band, blockQ, kMaskKeys);
  made.getMask().takeBody(mask);
  return Kept{band, blockQ, kMaskKeys, made.getResult(0), made.getResult(1)};
}

/// %o = hip.attention policy P
///   =>  %list = hip.prune policy P, or hip.mask_blocks
///       %o = hip.block_sparse_attention list %list
struct Expand : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    ScalarBuilder b(op.getLoc(), rewriter);
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "is on memrefs");
    std::optional<Kept> masked = keptByMask(b, op);
    Kept kept = masked ? *masked : keptBy(b, op);
    auto attend = BlockSparseAttentionOp::create(
        b, op->getResultTypes(), op.getQuery(), op.getKey(), op.getValue(),
        kept.blocks, kept.counts, op.getPositions(), /*band_start=*/Value(),
        kept.sink, kept.window, op.getDynamicScale(), op.getOuts(), kept.band,
        kept.blockQ, kept.blockK, op.getScaleAttr(), op.getSoftcapAttr(),
        op.getScoreRegions().size());
    if (op.hasScore())
      attend.getScore().takeBody(op.getScore());
    if (Attribute schedule = op->getAttr(kSchedule))
      attend->setAttr(kSchedule, schedule);
    debug(DebugTag::Expand, op, [&](llvm::raw_ostream &out) {
      out << op.getPolicy()
          << (masked        ? " with a list of its mask, "
              : kept.blocks ? " with a list, "
                            : " without a list, ")
          << kept.band;
    });
    rewriter.replaceOp(op, attend.getResults());
    return success();
  }
};

/// %o = hip.attention policy #hip.auto<P>
///   =>  %o = scf.if Tk <= until { hip.attention policy dense }
///            else { hip.attention policy P }
struct Choose : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    auto choice = dyn_cast<AutoAttr>(op.getPolicy());
    if (!choice || !op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "nothing to choose");
    ScalarBuilder b(op.getLoc(), rewriter);
    using Predicate = arith::CmpIPredicate;
    Value isStep = b.compare(Predicate::ule, b.size(op.getQuery(), 2),
                             b.index(AutoAttr::kStepRows));
    Value until = b.select(isStep, b.index(choice.getStepUntil()),
                           b.index(choice.getUntil()));
    Value isShort = b.compare(Predicate::ule, b.size(op.getKey(), 2), until);
    auto by = [&](PolicyAttrInterface policy) {
      return [&op, &b, policy] {
        auto attends = cast<AttentionOp>(b.clone(*op));
        attends.setPolicyAttr(policy);
        if (policy.getSummaryLevels().empty())
          attends.getSummariesMutable().clear();
        return llvm::to_vector(ValueRange(attends->getResults()));
      };
    };
    auto dense = DenseAttr::get(op.getContext(), kAllRows);
    rewriter.replaceOp(op, b.ifElse(isShort, op->getResultTypes(), by(dense),
                                    by(choice.getPolicy())));
    return success();
  }
};

struct ExpandAttention
    : mlir::hip::impl::HipExpandAttentionBase<ExpandAttention> {
  void runOnOperation() override {
    // Sizes of views are those of what they view.
    WalkResult readable = getOperation()->walk([](AttentionOp op) {
      return failed(checkReadable(op)) ? WalkResult::interrupt()
                                       : WalkResult::advance();
    });
    if (readable.wasInterrupted())
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<Choose>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    // What a choice made is not visited again.
    RewritePatternSet steps(&getContext());
    steps.add<Expand>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(steps));
    getOperation()->walk([&](AttentionOp op) {
      op.emitOpError() << "is on memrefs; expand before bufferising";
      signalPassFailure();
    });
  }
};

} // namespace
