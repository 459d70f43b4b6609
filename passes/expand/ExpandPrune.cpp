//===- expand/ExpandPrune.cpp - hip.prune to its fixed composition
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/PruneSteps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/expand/ListArrays.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEXPANDPRUNE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Builds the steps of one hip.prune, or of one part of its union.
class Composer : public PruneSteps {
public:
  /// `summaries` are those of the levels of `part`.
  Composer(ScalarBuilder &b, PruneOp op, PolicyAttrInterface part,
           BandAttr band, ValueRange outs, ValueRange summaries)
      : b(b), op(op), part(part), band(band), outs(outs), summaries(summaries),
        arrays(b, op.getQuery(), op.getKey(), op.getHeads(),
               /*apart=*/part != op.getPolicy()) {}

  List chunks(int64_t granule, int64_t size) override;
  List chunksOf(int64_t granule, int64_t count) override;
  List split(const List &list, int64_t ways, int64_t queryWays) override;
  Value score(const List &list, const Sampling &sampling) override;
  Value bound(const List &list, int64_t box, int64_t granule,
              int64_t qStride) override;
  Value descend(const List &list, const Sampling &sampling, int64_t levels,
                PathScore score) override;
  List select(const List &list, Value scores, int64_t keep, int64_t size,
              const List *over) override;
  List halve(const List &list, int64_t granule, int64_t chunks,
             function_ref<List(const List &)> step) override;
  SmallVector<Value> blocks(const List &list, int64_t granule) override;
  SmallVector<Value> unite(ArrayRef<PolicyAttrInterface> parts) override;

private:
  List partition(int64_t granule, OpFoldResult width, IntegerAttr chunks,
                 IntegerAttr size);

  IntegerAttr i64(int64_t value) { return b.getI64IntegerAttr(value); }

  ScalarBuilder &b;
  PruneOp op;
  PolicyAttrInterface part;
  BandAttr band;
  ValueRange outs, summaries;
  ListArrays arrays;
};

/// How many of at most `most` ranges an op has to make that has room for
/// `width`: no more than there may be.
static int64_t fewest(OpFoldResult width, int64_t most) {
  int64_t capacity = getConstantIntValue(width).value_or(most);
  return std::max<int64_t>(std::min(capacity, most), 1);
}

PruneSteps::List Composer::partition(int64_t granule, OpFoldResult width,
                                     IntegerAttr chunks, IntegerAttr size) {
  int64_t blockQ = part.getBandBlockQ();
  SmallVector<Value> into = arrays.ranges(blockQ, width);
  auto made = PartitionOp::create(b, ValueRange(into).getTypes(), op.getQuery(),
                                  op.getKey(), op.getPositions(),
                                  op.getDynamicSink(), op.getDynamicWindow(),
                                  into, band, i64(granule), chunks, size);
  return {made.getResult(0), made.getResult(1), width, blockQ};
}

PruneSteps::List Composer::chunks(int64_t granule, int64_t size) {
  return partition(granule, arrays.chunksOf(size), IntegerAttr(), i64(size));
}

PruneSteps::List Composer::chunksOf(int64_t granule, int64_t count) {
  OpFoldResult width = arrays.chunksOf(granule, count);
  return partition(granule, width, i64(fewest(width, count)), IntegerAttr());
}

PruneSteps::List Composer::split(const List &list, int64_t ways,
                                 int64_t queryWays) {
  if (ways == 1 && queryWays == 1)
    return list;
  Value from = getValueOrCreateConstantIndexOp(b, b.getLoc(), list.width);
  OpFoldResult width = getAsOpFoldResult(b.mul(from, b.index(ways)));
  int64_t blockQ = list.blockQ / queryWays;
  SmallVector<Value> into = arrays.ranges(blockQ, width);
  auto made = SplitOp::create(b, ValueRange(into).getTypes(), list.ranges,
                              list.counts, into, ways, queryWays);
  return {made.getResult(0), made.getResult(1), width, blockQ};
}

PruneSteps::List Composer::select(const List &list, Value scores, int64_t keep,
                                  int64_t size, const List *over) {
  OpFoldResult width = arrays.chunksOf(size, keep / size);
  SmallVector<Value> into = over
                                ? SmallVector<Value>{over->ranges, over->counts}
                                : arrays.ranges(list.blockQ, width);
  auto made =
      SelectOp::create(b, ValueRange(into).getTypes(), list.ranges, list.counts,
                       scores, into, fewest(width, keep / size));
  return {made.getResult(0), made.getResult(1), width, list.blockQ};
}

Value Composer::score(const List &list, const Sampling &sampling) {
  Value out = arrays.scores(list.blockQ, list.width);
  return ScoreOp::create(b, out.getType(), op.getQuery(), op.getKey(),
                         list.ranges, list.counts, out, list.blockQ,
                         sampling.granule, sampling.representative,
                         sampling.qStride, sampling.kStride, sampling.reduce,
                         TokenScoreAttr::get(b.getContext()))
      .getResult(0);
}

Value Composer::bound(const List &list, int64_t box, int64_t granule,
                      int64_t qStride) {
  Value summary = summaries.front();
  summaries = summaries.drop_front();
  Value out = arrays.scores(list.blockQ, list.width);
  return ScoreOp::create(b, out.getType(), op.getQuery(), summary, list.ranges,
                         list.counts, out, list.blockQ, granule,
                         Representative::First, qStride, /*k_stride=*/1,
                         RowReduce::Max, BoxScoreAttr::get(b.getContext(), box))
      .getResult(0);
}

Value Composer::descend(const List &list, const Sampling &sampling,
                        int64_t levels, PathScore score) {
  Value out = arrays.scores(list.blockQ, list.width);
  return DescendOp::create(b, out.getType(), op.getQuery(), op.getKey(),
                           list.ranges, list.counts, out, list.blockQ,
                           sampling.granule, sampling.representative,
                           sampling.qStride, sampling.kStride, sampling.reduce,
                           levels, score)
      .getResult(0);
}

/// ceil(log2(longest chunk there can be)) steps; one changes no list whose
/// ranges are single granules already, so the longest list rules.
PruneSteps::List Composer::halve(const List &list, int64_t granule,
                                 int64_t chunks,
                                 function_ref<List(const List &)> step) {
  Value granules = b.ceilDiv(b.size(op.getKey(), 2), b.index(granule));
  Value steps = b.ceilLog2(b.ceilDiv(granules, b.index(chunks)));
  auto last = b.loop(b.index(0), steps, b.index(1), {list.ranges, list.counts},
                     [&](Value, ValueRange carried) {
                       List next = step(
                           {carried[0], carried[1], list.width, list.blockQ});
                       return SmallVector<Value>{next.ranges, next.counts};
                     });
  return {last[0], last[1], list.width, list.blockQ};
}

SmallVector<Value> Composer::blocks(const List &list, int64_t granule) {
  auto made = BlocksOp::create(b, outs.getTypes(), list.ranges, list.counts,
                               outs, granule, part.getListBlockK());
  return llvm::to_vector_of<Value>(made.getResults());
}

SmallVector<Value> Composer::unite(ArrayRef<PolicyAttrInterface> parts) {
  if (parts.size() == 1) {
    Composer steps(b, op, parts[0], band, outs, summaries);
    return parts[0].expand(steps);
  }
  ListArrays lists(b, op.getQuery(), op.getKey(), op.getHeads(),
                   /*apart=*/true);
  SmallVector<Value> blocks, counts;
  SmallVector<int64_t> blockKs;
  for (PolicyAttrInterface each : parts) {
    SmallVector<Value> into = lists.blockList(each);
    size_t levels = each.getSummaryLevels().size();
    Composer steps(b, op, each, band, into, summaries.take_front(levels));
    summaries = summaries.drop_front(levels);
    SmallVector<Value> list = each.expand(steps);
    blocks.push_back(list[0]);
    counts.push_back(list[1]);
    blockKs.push_back(each.getListBlockK());
  }
  auto made =
      UnionOp::create(b, outs.getTypes(), op.getQuery(), op.getKey(), blocks,
                      counts, op.getPositions(), /*band_start=*/Value(),
                      op.getDynamicSink(), op.getDynamicWindow(), outs, band,
                      part.getListBlockQ(), part.getListBlockK(), blockKs);
  return llvm::to_vector_of<Value>(made.getResults());
}

/// One of each level of all parts, before any step: the steps of all can then
/// be one kernel.
SmallVector<Value> summariesFor(ScalarBuilder &b, PruneOp op) {
  if (!op.getSummaries().empty())
    return llvm::to_vector_of<Value>(op.getSummaries());
  ListArrays arrays(b, op.getQuery(), op.getKey(), op.getHeads());
  SmallVector<Value> made;
  for (const Level &level : op.getPolicy().getSummaryLevels()) {
    Value out = arrays.summary(level.box);
    made.push_back(
        SummarizeOp::create(b, out.getType(), op.getKey(), out, level.box)
            .getResult(0));
  }
  return made;
}

SmallVector<Value> expand(ScalarBuilder &b, PruneOp op) {
  SmallVector<Value> summaries = summariesFor(b, op);
  Composer steps(b, op, op.getPolicy(), op.getBand(), op.getOuts(), summaries);
  return op.getPolicy().expand(steps);
}

struct Expand : OpRewritePattern<PruneOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PruneOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "is on memrefs");
    ScalarBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> list = expand(b, op);
    debug(DebugTag::Expand, op, [&](llvm::raw_ostream &out) {
      out << op.getPolicy() << " with " << op.getBand();
    });
    rewriter.replaceOp(op, list);
    return success();
  }
};

struct ExpandPrune : mlir::hip::impl::HipExpandPruneBase<ExpandPrune> {
  void runOnOperation() override {
    // Sizes of views are those of what they view.
    WalkResult readable = getOperation()->walk([](PruneOp op) {
      bool fails = failed(checkReadable(op));
      return fails ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (readable.wasInterrupted())
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<Expand>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    getOperation()->walk([&](PruneOp op) {
      op.emitOpError() << "is on memrefs; expand before bufferising";
      signalPassFailure();
    });
  }
};

} // namespace
