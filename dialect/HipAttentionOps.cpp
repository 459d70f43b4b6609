//===- HipAttentionOps.cpp - Verifiers of the attention ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

BandAttr AttentionOp::getBand() {
  return BandAttr::get(getContext(), getPolicy().getBandBlockQ(),
                       getPolicy().getChunk(), getSink(), getWindow(),
                       getCausal());
}

//===----------------------------------------------------------------------===//
// Checks of both attention ops
//===----------------------------------------------------------------------===//

template <typename OpTy> static LogicalResult checkAttention(OpTy op) {
  Type query = op.getQuery().getType(), key = op.getKey().getType();
  Type value = op.getValue().getType();
  if (failed(checkOuts(op, 1, 2)) ||
      failed(checkQueryKey(op, query, key, op.getPositions())))
    return failure();
  ArrayRef<int64_t> q = shapeOf(query), k = shapeOf(key), v = shapeOf(value);
  // Outs are packed as queries are (S1b).
  bool isPacked = isa<QueryType>(query);
  SmallVector<int64_t> rows = {isPacked ? 1 : q[0], q[1], q[2]}, wide(rows);
  wide.push_back(v[3]);
  if (ShapedType::isDynamic(v[3]))
    return op.emitOpError() << "needs a static head size of the values "
                               "(dimension 3), got "
                            << value;
  if (failed(checkSize(op, "S18", "value batch", v[0], "key batch", k[0])) ||
      failed(checkHeadSize(op, "the head size of the values", v[3])) ||
      failed(checkSize(op, "S18", "value heads", v[1], "key heads", k[1])) ||
      failed(checkSize(op, "S18", "number of values", v[2], "number of keys",
                       k[2])) ||
      failed(checkElement(op, "S19", "value", elementOf(value), elementOf(key),
                          "key")) ||
      failed(checkShape(op, "S18", "out", op.getOut().getType(), wide,
                        isPacked ? "[1, Hq, total, Dv]" : "[B, Hq, Tq, Dv]")))
    return failure();
  if (ShapedType::isDynamic(shapeOf(op.getOut().getType())[3]))
    return op.emitOpError() << "needs a static head size of out (dimension 3), "
                               "which is "
                            << v[3] << ", got " << op.getOut().getType();
  Type out = elementOf(op.getOut().getType());
  if (!out.isF32() &&
      failed(checkElement(op, "S19", "out", out, elementOf(query), "query")))
    return failure();
  if (op.getLse() &&
      (failed(checkShape(op, "S19", "lse", op.getLse().getType(), rows,
                         isPacked ? "[1, Hq, total]" : "[B, Hq, Tq]")) ||
       failed(checkElement(op, "S19", "lse", elementOf(op.getLse().getType()),
                           Float32Type::get(op.getContext()), "S19"))))
    return failure();
  if (op.getSoftcap() &&
      !(op.getSoftcap()->isFinite() && op.getSoftcap()->convertToFloat() > 0))
    return op.emitOpError()
           << "S18: softcap = " << op.getSoftcap()->convertToFloat()
           << ", but it has to be above 0 and finite; leave it out for none";
  if (op.getScale() && !op.getScale()->isFinite())
    return op.emitOpError() << "S18: scale has to be finite, got "
                            << op.getScale()->convertToDouble()
                            << "; leave it out for 1 / sqrt(D)";
  if (op.getScale() && op.getDynamicScale())
    return op.emitOpError()
           << "S18: has scale = " << op.getScale()->convertToDouble()
           << " as an attribute and a scale operand; keep one";
  if (op.getSoftcap() && op.hasScore())
    return op.emitOpError() << "S18: takes softcap or a score region, not both";
  return checkScoreRegion(op, op.getScoreRegions());
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

LogicalResult AttentionOp::verify() {
  if (failed(checkAttention(*this)) ||
      failed(checkSink(*this, getSink(), getWindow(), getPolicy())) ||
      failed(checkBandNumbers(*this)))
    return failure();
  return checkSummaries(*this, getKey().getType(), getSummaries(), getPolicy());
}

/// Block sizes against the band, and where the band starts.
template <typename OpTy> static LogicalResult checkBand(OpTy op) {
  BandAttr band = op.getBand();
  if (failed(checkRange(op, "S16", "block_q", op.getBlockQ(), 1)) ||
      failed(checkRange(op, "S16", "block_k", op.getBlockK(), 1)) ||
      failed(checkMultiple(op, "S14", "band block_q", band.getBlockQ(),
                           "block_q", op.getBlockQ())) ||
      failed(checkMultiple(op, "S3", "sink", band.getSink(), "block_k",
                           op.getBlockK())) ||
      failed(checkMultiple(op, "S3", "band chunk", band.getChunk(), "block_k",
                           op.getBlockK())) ||
      failed(checkBandNumbers(op)))
    return failure();
  if (!op.getBandStart())
    return success();
  ArrayRef<int64_t> q = shapeOf(op.getQuery().getType());
  return checkShape(op, "S17", "band_start", op.getBandStart().getType(),
                    {q[0], ceilDivSize(q[2], op.getBlockQ())},
                    "[B, ceil(Tq / block_q)]");
}

LogicalResult CheckListOp::verify() {
  Type query = getQuery().getType(), key = getKey().getType();
  Type counts = getCounts().getType();
  if (failed(checkOuts(*this, 1, 1)) ||
      failed(checkQueryKey(*this, query, key, getPositions())) ||
      failed(checkBand(*this)) ||
      failed(checkList(*this, getBlocks().getType(), counts, 4)) ||
      failed(checkListHeads(*this, query, key, counts, getBlockQ())) ||
      failed(checkArray(*this, "S24", "faults", getOuts()[0].getType(), 3,
                        IntegerType::get(getContext(), 32))))
    return failure();
  return checkShape(*this, "S24", "faults", getOuts()[0].getType(),
                    shapeOf(counts), "counts");
}

/// One list of a union against the shape of the result (S16b).
static LogicalResult checkUnionPart(UnionOp op, size_t i,
                                    ArrayRef<int64_t> result) {
  Type list = op.getLists()[i].getType(), counts = op.getCounts()[i].getType();
  std::string name = "list " + std::to_string(i);
  if (failed(checkList(op, list, counts, 4)) ||
      failed(checkShape(op, "S16b", "counts of " + name, counts,
                        result.take_front(3), "the result")))
    return failure();
  int64_t blockK = op.getListBlockK()[i];
  if (failed(checkRange(op, "S16b", "list_block_k of " + name, blockK, 1)))
    return failure();
  return checkMultiple(op, "S16b", "list_block_k of " + name, blockK, "block_k",
                       op.getBlockK());
}

/// The most blocks that a union may have, or kDynamic.
static int64_t mostBlocks(UnionOp op) {
  int64_t keys = shapeOf(op.getKey().getType())[2], sum = 0;
  for (auto [list, blockK] : llvm::zip(op.getLists(), op.getListBlockK())) {
    int64_t length = shapeOf(list.getType())[3], blocks;
    if (ShapedType::isDynamic(length))
      return ShapedType::kDynamic;
    if (llvm::MulOverflow<int64_t>(length, blockK / op.getBlockK(), blocks) ||
        llvm::AddOverflow<int64_t>(sum, blocks, sum))
      sum = std::numeric_limits<int64_t>::max();
  }
  return ShapedType::isDynamic(keys)
             ? sum
             : std::min(sum, ceilDivSize(keys, op.getBlockK()));
}

static LogicalResult checkUnionParts(UnionOp op) {
  size_t lists = op.getLists().size();
  if (lists == 0)
    return op.emitOpError() << "S16b: a union has at least one list, got none";
  if (lists != op.getCounts().size() || lists != op.getListBlockK().size())
    return op.emitOpError()
           << "S16b: " << lists << " lists have " << op.getCounts().size()
           << " counts and " << op.getListBlockK().size()
           << " numbers in list_block_k; give one of each for every list";
  ArrayRef<int64_t> result = shapeOf(op.getOuts()[0].getType());
  for (size_t i = 0; i < lists; ++i)
    if (failed(checkUnionPart(op, i, result)))
      return failure();
  int64_t most = mostBlocks(op);
  if (!ShapedType::isDynamic(most) && !ShapedType::isDynamic(result[3]) &&
      result[3] < most)
    return op.emitOpError() << "S16b: the result holds " << result[3]
                            << " blocks, but there may be " << most
                            << "; make its dimension 3 at least that";
  return success();
}

LogicalResult UnionOp::verify() {
  Type query = getQuery().getType(), key = getKey().getType();
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkQueryKey(*this, query, key, getPositions())) ||
      failed(checkBand(*this)) ||
      failed(
          checkList(*this, getOuts()[0].getType(), getOuts()[1].getType(), 4)))
    return failure();
  if (failed(checkListHeads(*this, query, key, getOuts()[1].getType(),
                            getBlockQ())))
    return failure();
  return checkUnionParts(*this);
}

LogicalResult MaskBlocksOp::verify() {
  Type query = getQuery().getType(), key = getKey().getType();
  if (failed(checkOuts(*this, 2, 2)) ||
      failed(checkQueryKey(*this, query, key, getPositions())) ||
      failed(checkBand(*this)))
    return failure();
  Type blocks = getOuts()[0].getType(), counts = getOuts()[1].getType();
  if (failed(checkList(*this, blocks, counts, 4)) ||
      failed(checkListHeads(*this, query, key, counts, getBlockQ())))
    return failure();
  int64_t keys = shapeOf(key)[2], capacity = shapeOf(blocks)[3];
  if (!ShapedType::isDynamic(keys) && !ShapedType::isDynamic(capacity) &&
      capacity < keys / int64_t(getBlockK()))
    return emitOpError() << "S16c: the result holds " << capacity
                         << " blocks, but there may be "
                         << keys / int64_t(getBlockK())
                         << "; make its dimension 3 at least that";
  return checkMaskRegion(*this, getMask());
}

LogicalResult CheckKeysOp::verify() {
  if (failed(checkOuts(*this, 1, 1)) ||
      failed(checkArray(*this, "S24", "faults", getOuts()[0].getType(), 1,
                        IntegerType::get(getContext(), 32))))
    return failure();
  return checkShape(*this, "S24", "faults", getOuts()[0].getType(),
                    shapeOf(getKeys().getType()).take_front(1), "the keys");
}

LogicalResult BlockSparseAttentionOp::verify() {
  if (failed(checkAttention(*this)) || failed(checkBand(*this)))
    return failure();
  if (!getBlocks() != !getCounts())
    return emitOpError() << "S16: a list is blocks and counts, got only "
                         << (getBlocks() ? "blocks" : "counts");
  if (!getBlocks())
    return success();
  if (failed(checkList(*this, getBlocks().getType(), getCounts().getType(), 4)))
    return failure();
  return checkListHeads(*this, getQuery().getType(), getKey().getType(),
                        getCounts().getType(), getBlockQ());
}

LogicalResult MergeOp::verify() {
  if (getPartials().empty() || getPartials().size() != getPartialLses().size())
    return emitOpError() << "S21: merges (out, lse) pairs, got "
                         << getPartials().size() << " outs and "
                         << getPartialLses().size() << " lses";
  if (failed(checkOuts(*this, 1, 2)))
    return failure();
  ArrayRef<int64_t> shape = shapeOf(getOuts()[0].getType());
  for (Value partial : getPartials())
    if (failed(checkShape(*this, "S21", "partial out", partial.getType(), shape,
                          "out")))
      return failure();
  for (Value lse : getPartialLses())
    if (failed(checkShape(*this, "S21", "partial lse", lse.getType(),
                          shape.take_front(3), "out")))
      return failure();
  if (!isa<Float16Type, BFloat16Type, Float32Type>(
          elementOf(getOuts()[0].getType())))
    return emitOpError() << "S21: out has to be f16, bf16 or f32, got "
                         << getOuts()[0].getType();
  if (getOuts().size() > 1 &&
      failed(checkArray(*this, "S21", "lse", getOuts()[1].getType(), 3,
                        Float32Type::get(getContext()))))
    return failure();
  if (getOuts().size() > 1)
    return checkShape(*this, "S21", "lse", getOuts()[1].getType(),
                      shape.take_front(3), "out");
  return success();
}
