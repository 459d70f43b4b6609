//===- HipPruneOps.cpp - Verifiers of the pruning ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

//===----------------------------------------------------------------------===//
// prune
//===----------------------------------------------------------------------===//

BandAttr PruneOp::getBand() {
  return BandAttr::get(getContext(), getPolicy().getBandBlockQ(),
                       getChunk().value_or(getPolicy().getChunk()), getSink(),
                       getWindow(), getCausal());
}

static LogicalResult checkChunk(PruneOp op) {
  std::optional<int64_t> chunk = op.getChunk();
  if (!chunk)
    return success();
  if (failed(checkRange(op, "S17", "chunk", *chunk, 1)))
    return failure();
  return checkMultiple(op, "S17", "chunk", *chunk, "the policy's chunk",
                       op.getPolicy().getChunk());
}

/// The list has the capacity for all that the policy may keep.
static LogicalResult checkCapacity(PruneOp op, int64_t keys) {
  int64_t block = op.getPolicy().getListBlockK(),
          kept = op.getPolicy().getKeptKeys(),
          capacity = shapeOf(op.getBlocks().getType())[3];
  int64_t all = ceilDivSize(keys, block);
  int64_t least = ShapedType::isDynamic(kept) ? all : kept / block;
  if (!ShapedType::isDynamic(all))
    least = std::min(least, all);
  if (ShapedType::isDynamic(least) || ShapedType::isDynamic(capacity) ||
      capacity >= least)
    return success();
  return op.emitOpError() << "S16: blocks holds " << capacity
                          << " blocks per list, but the policy may keep "
                          << least << "; make its dimension 3 at least that";
}

LogicalResult PruneOp::verify() {
  if (!getPolicy().makesList())
    return emitOpError() << "S15: " << getPolicy()
                         << " makes no list; use hip.block_sparse_attention "
                            "without one";
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkQueryKey(*this, getQuery().getType(), getKey().getType(),
                           getPositions())) ||
      failed(checkSink(*this, getSink(), getWindow(), getPolicy())) ||
      failed(checkChunk(*this)) || failed(checkBandNumbers(*this)))
    return failure();
  ArrayRef<int64_t> q = shapeOf(getQuery().getType());
  ArrayRef<int64_t> k = shapeOf(getKey().getType());
  int64_t lists = ceilDivSize(q[2], getPolicy().getListBlockQ());
  int64_t heads = ownerOf<int64_t>(getHeads(), q[1], k[1], 1);
  if (failed(
          checkList(*this, getBlocks().getType(), getCounts().getType(), 4)) ||
      failed(checkShape(*this, "S16", "blocks", getBlocks().getType(),
                        {q[0], heads, lists, ShapedType::kDynamic},
                        "the policy")) ||
      failed(checkCapacity(*this, k[2])) ||
      failed(checkShape(*this, "S16", "counts", getCounts().getType(),
                        {q[0], heads, lists}, "the policy")))
    return failure();
  return checkSummaries(*this, getKey().getType(), getSummaries(), getPolicy());
}

//===----------------------------------------------------------------------===//
// summarize, partition, split, blocks
//===----------------------------------------------------------------------===//

LogicalResult SummarizeOp::verify() {
  if (failed(checkOuts(*this, 1, 1)) ||
      failed(checkRange(*this, "S10b", "granule", getGranule(), 1)))
    return failure();
  ArrayRef<int64_t> k = shapeOf(getKey().getType());
  if (ShapedType::isDynamic(k[1]) || ShapedType::isDynamic(k[3]))
    return emitOpError() << "needs static heads and head size (dimensions 1 "
                            "and 3), got "
                         << getKey().getType();
  if (failed(checkHeadSize(*this, "the head size of the keys", k[3])))
    return failure();
  int64_t boxes = ShapedType::isDynamic(k[2]) ? k[2] : k[2] / getGranule();
  Type out = getOuts()[0].getType();
  if (failed(checkShape(*this, "S10b", "boxes", out,
                        {k[0], k[1], boxes, 2, k[3]},
                        "[B, Hkv, floor(Tk / granule), 2, D]")))
    return failure();
  return checkElement(*this, "S10b", "boxes", elementOf(out),
                      elementOf(getKey().getType()), "key");
}

LogicalResult UpdateSummariesOp::verify() {
  if (failed(checkOuts(*this, 1, 1)) ||
      failed(checkRange(*this, "S10b", "granule", getGranule(), 1)))
    return failure();
  ArrayRef<int64_t> k = shapeOf(getKey().getType());
  Type out = getOuts()[0].getType();
  if (failed(checkHeadSize(*this, "the head size of the keys", k[3])) ||
      failed(checkShape(
          *this, "S17b", "summaries", out,
          {ShapedType::kDynamic, ShapedType::kDynamic, k[1], 2, k[3]},
          "[P, max(1, page / granule), Hkv, 2, D]")) ||
      failed(checkElement(*this, "S10b", "summaries", elementOf(out),
                          elementOf(getKey().getType()), "key")))
    return failure();
  if (shapeOf(out)[1] == ShapedType::kDynamic)
    return emitOpError() << "S17b: needs a static number of summaries of a "
                            "page (dimension 1), got "
                         << out;
  // What made a view may be elsewhere yet.
  Operation *maker = getKey().getDefiningOp();
  if (!maker)
    return success();
  auto paged = dyn_cast<KvPagedOp>(maker);
  if (!paged)
    return emitOpError() << "S17b: keeps summaries beside pages, but its keys "
                            "are of "
                         << maker->getName()
                         << "; give it a view of hip.kv.paged";
  return checkKeptBoxes(*this, shapeOf(paged.getPages().getType())[1],
                        getGranule(), shapeOf(out)[1]);
}

LogicalResult PartitionOp::verify() {
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkQueryKey(*this, getQuery().getType(), getKey().getType(),
                           getPositions())) ||
      failed(checkRange(*this, "S5", "granule", getGranule(), 1)))
    return failure();
  if (getChunks().has_value() == getSize().has_value())
    return emitOpError() << "S6: give either chunks or size, got "
                         << (getChunks() ? "both" : "neither");
  if (getChunks() &&
      failed(checkRange(*this, "S6", "chunks", int64_t(*getChunks()), 1)))
    return failure();
  if (getSize() &&
      (failed(checkRange(*this, "S6", "size", int64_t(*getSize()), 1)) ||
       failed(checkMultiple(*this, "S6", "size", *getSize(), "granule",
                            getGranule())) ||
       failed(checkMultiple(*this, "S6", "band chunk", getBand().getChunk(),
                            "size", *getSize()))))
    return failure();
  if (failed(checkMultiple(*this, "S3", "band chunk", getBand().getChunk(),
                           "granule", getGranule())) ||
      failed(checkMultiple(*this, "S3", "sink", getBand().getSink(), "granule",
                           getGranule())) ||
      failed(checkBandNumbers(*this)) ||
      failed(checkList(*this, getOuts()[0].getType(), getOuts()[1].getType())))
    return failure();
  return checkListHeads(*this, getQuery().getType(), getKey().getType(),
                        getOuts()[1].getType(), getBand().getBlockQ());
}

LogicalResult SplitOp::verify() {
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkRange(*this, "S7", "ways", getWays(), 1)) ||
      failed(checkRange(*this, "S14", "query_ways", getQueryWays(), 1)) ||
      failed(checkList(*this, getRanges().getType(), getCounts().getType())) ||
      failed(checkList(*this, getOuts()[0].getType(), getOuts()[1].getType())))
    return failure();
  ArrayRef<int64_t> from = shapeOf(getRanges().getType());
  ArrayRef<int64_t> to = shapeOf(getOuts()[0].getType());
  int64_t width =
      ShapedType::isDynamic(from[3]) ? from[3] : from[3] * int64_t(getWays());
  for (int i = 0; i < 2; ++i)
    if (failed(checkSize(*this, "S7", Twine("output dimension ") + Twine(i),
                         to[i], "the same dimension of the input", from[i])))
      return failure();
  if (getQueryWays() == 1 &&
      failed(checkSize(*this, "S7", "number of output lists", to[2],
                       "the number of input lists", from[2])))
    return failure();
  return checkSize(*this, "S7", "capacity of the output", to[3],
                   "ways * capacity of the input", width);
}

LogicalResult BlocksOp::verify() {
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkRange(*this, "S5", "granule", getGranule(), 1)) ||
      failed(checkRange(*this, "S16", "block_k", getBlockK(), 1)) ||
      failed(checkList(*this, getRanges().getType(), getCounts().getType())) ||
      failed(
          checkList(*this, getOuts()[0].getType(), getOuts()[1].getType(), 4)))
    return failure();
  if (getGranule() % getBlockK() != 0 && getBlockK() % getGranule() != 0)
    return emitOpError() << "S16: granule = " << getGranule()
                         << " and block_k = " << getBlockK()
                         << "; one of them has to divide the other";
  ArrayRef<int64_t> from = shapeOf(getRanges().getType());
  return checkShape(*this, "S16", "output counts", getOuts()[1].getType(),
                    from.take_front(3), "the input list");
}

//===----------------------------------------------------------------------===//
// score, descend, select
//===----------------------------------------------------------------------===//

template <typename OpTy> static LogicalResult checkScoring(OpTy op, Type key) {
  Type counts = op.getCounts().getType(), ranges = op.getRanges().getType();
  if (failed(checkRange(op, "S5", "granule", op.getGranule(), 1)) ||
      failed(checkRange(op, "S8", "k_stride", op.getKStride(), 1)) ||
      failed(checkList(op, ranges, counts)) ||
      failed(checkListHeads(op, op.getQuery().getType(), key, counts,
                            op.getBlockQ())) ||
      failed(checkRows([&] { return op.emitOpError(); }, op.getQStride(),
                       op.getReduce())))
    return failure();
  if (failed(checkArray(op, "S10", "scores", op.getOuts()[0].getType(), 4,
                        Float32Type::get(op.getContext()))))
    return failure();
  return checkShape(op, "S10", "scores", op.getOuts()[0].getType(),
                    shapeOf(ranges).take_front(4), "the ranges");
}

LogicalResult ScoreOp::verify() {
  if (failed(checkOuts(*this, 1, 1)) || failed(getKind().verifyScore(*this)))
    return failure();
  return checkScoring(*this, getKey().getType());
}

/// How often a range of i32 granules can be halved until it is one granule.
constexpr int64_t kMostLevels = 31;

LogicalResult DescendOp::verify() {
  if (failed(checkOuts(*this, 1, 1)) ||
      failed(checkRange(*this, "S11", "levels", getLevels(), 0, kMostLevels)) ||
      failed(
          checkQueryKey(*this, getQuery().getType(), getKey().getType(), {})))
    return failure();
  return checkScoring(*this, getKey().getType());
}

LogicalResult SelectOp::verify() {
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkRange(*this, "S12", "keep", getKeep(), 1)) ||
      failed(checkList(*this, getRanges().getType(), getCounts().getType())) ||
      failed(checkList(*this, getOuts()[0].getType(), getOuts()[1].getType())))
    return failure();
  ArrayRef<int64_t> from = shapeOf(getRanges().getType());
  ArrayRef<int64_t> to = shapeOf(getOuts()[0].getType());
  if (failed(checkShape(*this, "S12", "scores", getScores().getType(),
                        from.take_front(4), "the ranges")) ||
      failed(checkShape(*this, "S12", "output counts", getOuts()[1].getType(),
                        from.take_front(3), "the input list")))
    return failure();
  if (ShapedType::isDynamic(to[3]) || ShapedType::isDynamic(from[3]))
    return success();
  int64_t least = std::min<int64_t>(getKeep(), from[3]);
  if (to[3] < least)
    return emitOpError() << "S12: the output holds " << to[3]
                         << " ranges, but min(keep, capacity) = " << least
                         << " may be kept; make its dimension 3 at least that";
  return success();
}
