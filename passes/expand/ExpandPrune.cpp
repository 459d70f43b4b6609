//===- expand/ExpandPrune.cpp - hip.prune to its fixed composition
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/expand/ListArrays.h"
#include "passes/support/Debug.h"
#include "passes/support/Keys.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPEXPANDPRUNE
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// A range list in flight: its two arrays, capacity and rows a list.
struct List {
  Value ranges, counts;
  OpFoldResult width;
  int64_t blockQ;
};

/// Builds the steps of one hip.prune, or of one part of its union.
class Composer {
public:
  Composer(ScalarBuilder &b, PruneOp op, PolicyAttrInterface part,
           ValueRange outs)
      : b(b), op(op), part(part), outs(outs),
        arrays(b, op.getQuery(), op.getKey(), op.getHeads(),
               /*apart=*/part != op.getPolicy()) {}

  /// `summaries` are those of the levels of the part.
  SmallVector<Value> compose(ValueRange summaries);

private:
  SmallVector<Value> compose(TreeAttr policy);
  SmallVector<Value> compose(StagesAttr policy);
  SmallVector<Value> compose(BoxesAttr policy, ValueRange summaries);
  List partition(int64_t granule, OpFoldResult width,
                 std::optional<int64_t> size);
  List split(const List &list, int64_t ways, int64_t queryWays = 1);
  List select(const List &list, Value scores, int64_t keep, int64_t size,
              ValueRange outs = {});
  Value score(const List &list, int64_t granule, Representative representative,
              int64_t qStride, int64_t kStride, RowReduce reduce);
  Value boxScore(const List &list, Value summary, int64_t box, int64_t granule,
                 int64_t qStride);
  Value descend(const List &list, StagesAttr policy, const Stage &stage);
  SmallVector<Value> blocks(const List &list, int64_t granule);
  List treeStep(const List &list, TreeAttr policy);

  IntegerAttr i64(int64_t value) { return b.getI64IntegerAttr(value); }

  ScalarBuilder &b;
  PruneOp op;
  PolicyAttrInterface part;
  ValueRange outs;
  ListArrays arrays;
};

/// How many of at most `most` ranges an op has to make that has room for
/// `width`: no more than there may be.
static int64_t fewest(OpFoldResult width, int64_t most) {
  int64_t room = getConstantIntValue(width).value_or(most);
  return std::max<int64_t>(std::min(room, most), 1);
}

/// Chunks of `size` keys, or as many as the policy keeps blocks.
List Composer::partition(int64_t granule, OpFoldResult width,
                         std::optional<int64_t> size) {
  int64_t blockQ = part.getBandBlockQ();
  IntegerAttr chunks;
  if (!size)
    chunks = i64(fewest(width, part.getKeptKeys() / granule));
  SmallVector<Value> into = arrays.ranges(blockQ, width);
  auto made = PartitionOp::create(b, ValueRange(into).getTypes(), op.getQuery(),
                                  op.getKey(), op.getPositions(), into,
                                  op.getBand(), i64(granule), chunks,
                                  size ? i64(*size) : IntegerAttr());
  return {made.getResult(0), made.getResult(1), width, blockQ};
}

List Composer::split(const List &list, int64_t ways, int64_t queryWays) {
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

/// The best ranges, of `size` keys or more, that have `keep` keys.
List Composer::select(const List &list, Value scores, int64_t keep,
                      int64_t size, ValueRange reused) {
  OpFoldResult width = arrays.chunksOf(size, keep / size);
  SmallVector<Value> into = reused.empty() ? arrays.ranges(list.blockQ, width)
                                           : llvm::to_vector(reused);
  auto made =
      SelectOp::create(b, ValueRange(into).getTypes(), list.ranges, list.counts,
                       scores, into, fewest(width, keep / size));
  return {made.getResult(0), made.getResult(1), width, list.blockQ};
}

Value Composer::score(const List &list, int64_t granule,
                      Representative representative, int64_t qStride,
                      int64_t kStride, RowReduce reduce) {
  Value out = arrays.scores(list.blockQ, list.width);
  return ScoreOp::create(b, out.getType(), op.getQuery(), op.getKey(),
                         list.ranges, list.counts, out, list.blockQ, granule,
                         representative, qStride, kStride, reduce,
                         ScoreKind::Token, /*box=*/IntegerAttr())
      .getResult(0);
}

Value Composer::boxScore(const List &list, Value summary, int64_t box,
                         int64_t granule, int64_t qStride) {
  Value out = arrays.scores(list.blockQ, list.width);
  return ScoreOp::create(b, out.getType(), op.getQuery(), summary, list.ranges,
                         list.counts, out, list.blockQ, granule,
                         Representative::First, qStride, /*k_stride=*/1,
                         RowReduce::Max, ScoreKind::Box, i64(box))
      .getResult(0);
}

Value Composer::descend(const List &list, StagesAttr policy,
                        const Stage &stage) {
  int64_t levels = llvm::Log2_64_Ceil(stage.chunk / policy.getGranule());
  Value out = arrays.scores(list.blockQ, list.width);
  return DescendOp::create(b, out.getType(), op.getQuery(), op.getKey(),
                           list.ranges, list.counts, out, list.blockQ,
                           policy.getGranule(), policy.getRepresentative(),
                           stage.qStride, policy.getKStride(),
                           policy.getReduce(), levels, policy.getScore())
      .getResult(0);
}

SmallVector<Value> Composer::blocks(const List &list, int64_t granule) {
  auto made = BlocksOp::create(b, outs.getTypes(), list.ranges, list.counts,
                               outs, granule, part.getListBlockK());
  return llvm::to_vector_of<Value>(made.getResults());
}

//===----------------------------------------------------------------------===//
// S13: partition, then { split 2; score; select } until ranges are blocks
//===----------------------------------------------------------------------===//

List Composer::treeStep(const List &list, TreeAttr policy) {
  List halves = split(list, 2);
  Value scores =
      score(halves, policy.getBlockK(), policy.getRepresentative(),
            policy.getQStride(), policy.getKStride(), policy.getReduce());
  // The halves replace the list they came from: write over it.
  return select(halves, scores, policy.getKeep(), policy.getBlockK(),
                {list.ranges, list.counts});
}

SmallVector<Value> Composer::compose(TreeAttr policy) {
  int64_t chunks = policy.getKeep() / policy.getBlockK();
  List list =
      partition(policy.getBlockK(), arrays.chunksOf(policy.getBlockK(), chunks),
                std::nullopt);
  // ceil(log2(longest chunk there can be)); a step changes no list whose
  // ranges are single blocks already, so the longest list rules.
  Value granules =
      b.ceilDiv(b.size(op.getKey(), 2), b.index(policy.getBlockK()));
  Value steps = b.ceilLog2(b.ceilDiv(granules, b.index(chunks)));
  auto last =
      b.loop(b.index(0), steps, b.index(1), {list.ranges, list.counts},
             [&](Value, ValueRange carried) {
               List next = treeStep(
                   {carried[0], carried[1], list.width, list.blockQ}, policy);
               return SmallVector<Value>{next.ranges, next.counts};
             });
  return blocks({last[0], last[1], list.width, list.blockQ},
                policy.getBlockK());
}

//===----------------------------------------------------------------------===//
// S14: partition by size, then stages of { descend; select; split }
//===----------------------------------------------------------------------===//

SmallVector<Value> Composer::compose(StagesAttr policy) {
  ArrayRef<Stage> stages = policy.getStages();
  int64_t first = stages.front().chunk;
  List list = partition(policy.getGranule(), arrays.chunksOf(first), first);
  for (auto [i, stage] : llvm::enumerate(stages)) {
    if (stage.keep != Stage::kAll)
      list =
          select(list, descend(list, policy, stage), stage.keep, stage.chunk);
    if (i + 1 < stages.size())
      list = split(list, stage.chunk / stages[i + 1].chunk,
                   stage.blockQ / stages[i + 1].blockQ);
  }
  return blocks(list, policy.getGranule());
}

//===----------------------------------------------------------------------===//
// S14b: levels of { box score; select; split }, then exact scores
//===----------------------------------------------------------------------===//

SmallVector<Value> Composer::compose(BoxesAttr policy, ValueRange summaries) {
  int64_t granule = policy.getBlockK();
  ArrayRef<Level> levels = policy.getLevels();
  List list = partition(granule, arrays.chunksOf(levels.front().box),
                        levels.front().box);
  for (auto [i, level] : llvm::enumerate(levels)) {
    Value bounds =
        boxScore(list, summaries[i], level.box, granule, policy.getQStride());
    list = select(list, bounds, level.keep, level.box);
    int64_t finer = i + 1 < levels.size() ? levels[i + 1].box : granule;
    list = split(list, level.box / finer);
  }
  Value exact = score(list, granule, Representative::First, policy.getQStride(),
                      /*kStride=*/1, RowReduce::Max);
  return blocks(select(list, exact, policy.getKeep(), granule), granule);
}

SmallVector<Value> Composer::compose(ValueRange summaries) {
  return TypeSwitch<Attribute, SmallVector<Value>>(part)
      .Case<TreeAttr, StagesAttr>([&](auto policy) { return compose(policy); })
      .Case([&](BoxesAttr policy) { return compose(policy, summaries); });
}

//===----------------------------------------------------------------------===//
// S14c: a list of each part for the same candidates, and their union
//===----------------------------------------------------------------------===//

/// One of each level of all parts, before any step: the steps of all can then
/// be one kernel.
SmallVector<Value> summariesFor(ScalarBuilder &b, PruneOp op) {
  if (!op.getSummaries().empty())
    return llvm::to_vector_of<Value>(op.getSummaries());
  ListArrays arrays(b, op.getQuery(), op.getKey(), op.getHeads());
  SmallVector<Value> made;
  for (const Level &level : levelsOf(op.getPolicy())) {
    Value out = arrays.summary(level.box);
    made.push_back(
        SummarizeOp::create(b, out.getType(), op.getKey(), out, level.box)
            .getResult(0));
  }
  return made;
}

/// The union of {blocks, counts} of each part.
SmallVector<Value> unite(ScalarBuilder &b, PruneOp op,
                         ArrayRef<PolicyAttrInterface> parts,
                         ArrayRef<SmallVector<Value>> lists) {
  SmallVector<Value> blocks, counts;
  SmallVector<int64_t> blockKs;
  for (auto [part, list] : llvm::zip(parts, lists)) {
    blocks.push_back(list[0]);
    counts.push_back(list[1]);
    blockKs.push_back(part.getListBlockK());
  }
  auto made = UnionOp::create(
      b, op.getOuts().getTypes(), op.getQuery(), op.getKey(), blocks, counts,
      op.getPositions(), /*band_start=*/Value(), op.getOuts(), op.getBand(),
      op.getPolicy().getListBlockQ(), op.getPolicy().getListBlockK(), blockKs);
  return llvm::to_vector_of<Value>(made.getResults());
}

SmallVector<Value> expand(ScalarBuilder &b, PruneOp op) {
  SmallVector<PolicyAttrInterface> parts = partsOf(op.getPolicy());
  SmallVector<Value> boxes = summariesFor(b, op);
  ValueRange left = boxes;
  if (parts.size() == 1)
    return Composer(b, op, parts[0], op.getOuts()).compose(left);
  ListArrays arrays(b, op.getQuery(), op.getKey(), op.getHeads(),
                    /*apart=*/true);
  SmallVector<SmallVector<Value>> lists;
  for (PolicyAttrInterface part : parts) {
    size_t levels = levelsOf(part).size();
    SmallVector<Value> outs = arrays.blockList(part);
    lists.push_back(
        Composer(b, op, part, outs).compose(left.take_front(levels)));
    left = left.drop_front(levels);
  }
  return unite(b, op, parts, lists);
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
      return failed(checkReadable(op)) ? WalkResult::interrupt()
                                       : WalkResult::advance();
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
