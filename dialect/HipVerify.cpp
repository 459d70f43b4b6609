//===- HipVerify.cpp - Checks that several verifiers share
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

ArrayRef<int64_t> mlir::hip::shapeOf(Type type) {
  if (auto view = dyn_cast<KvType>(type))
    return view.getShape();
  if (auto view = dyn_cast<QueryType>(type))
    return view.getShape();
  return cast<ShapedType>(type).getShape();
}

Type mlir::hip::elementOf(Type type) {
  if (auto view = dyn_cast<KvType>(type))
    return view.getElementType();
  if (auto view = dyn_cast<QueryType>(type))
    return view.getElementType();
  return cast<ShapedType>(type).getElementType();
}

int64_t mlir::hip::ceilDivSize(int64_t size, int64_t unit) {
  return ShapedType::isDynamic(size) ? size : llvm::divideCeil(size, unit);
}

static std::string textOf(int64_t size) {
  return ShapedType::isDynamic(size) ? "?" : std::to_string(size);
}

LogicalResult mlir::hip::checkSize(Operation *op, StringRef rule,
                                   const Twine &what, int64_t got,
                                   const Twine &source, int64_t expected) {
  if (ShapedType::isDynamic(got) || ShapedType::isDynamic(expected) ||
      got == expected)
    return success();
  return op->emitOpError() << rule << ": " << what << " is " << got << ", but "
                           << source << " is " << expected;
}

LogicalResult mlir::hip::checkShape(Operation *op, StringRef rule,
                                    StringRef what, Type type,
                                    ArrayRef<int64_t> expected,
                                    StringRef source) {
  ArrayRef<int64_t> shape = shapeOf(type);
  if (shape.size() != expected.size())
    return op->emitOpError()
           << rule << ": " << what << " has " << shape.size()
           << " dimensions, but " << source << " needs " << expected.size();
  for (size_t i = 0; i < shape.size(); ++i)
    if (failed(checkSize(op, rule, Twine(what) + " dimension " + Twine(i),
                         shape[i], Twine("its size by ") + source,
                         expected[i])))
      return failure();
  return success();
}

LogicalResult mlir::hip::checkElement(Operation *op, StringRef rule,
                                      StringRef what, Type got, Type expected,
                                      StringRef source) {
  if (got == expected)
    return success();
  return op->emitOpError() << rule << ": " << what << " has element type "
                           << got << ", but " << source << " has " << expected
                           << "; make them the same";
}

LogicalResult mlir::hip::checkRange(EmitError emitError, StringRef rule,
                                    StringRef name, int64_t value,
                                    int64_t least, int64_t most) {
  if (value >= least && value <= most)
    return success();
  InFlightDiagnostic error = emitError();
  error << rule << ": " << name << " = " << value << ", but it has to be at ";
  if (value < least)
    return error << "least " << least;
  error << "most " << most;
  return most == kMostKeys ? error << "; positions are i32 (S5)" : error;
}

LogicalResult mlir::hip::checkRange(Operation *op, StringRef rule,
                                    StringRef name, int64_t value,
                                    int64_t least, int64_t most) {
  return checkRange([op] { return op->emitOpError(); }, rule, name, value,
                    least, most);
}

LogicalResult mlir::hip::checkMultiple(EmitError emitError, StringRef rule,
                                       StringRef name, int64_t value,
                                       StringRef unitName, int64_t unit) {
  if (failed(checkRange(emitError, rule, unitName, unit, 1)) ||
      failed(checkRange(emitError, rule, name, value, 0)))
    return failure();
  if (value % unit == 0)
    return success();
  int64_t below = value / unit * unit, above = below + unit;
  return emitError() << rule << ": " << name << " = " << value
                     << " is not a multiple of " << unitName << " = " << unit
                     << "; use " << (above <= kMostKeys ? above : below);
}

LogicalResult mlir::hip::checkMultiple(Operation *op, StringRef rule,
                                       StringRef name, int64_t value,
                                       StringRef unitName, int64_t unit) {
  return checkMultiple([op] { return op->emitOpError(); }, rule, name, value,
                       unitName, unit);
}

LogicalResult mlir::hip::checkHeadSize(Operation *op, StringRef what,
                                       int64_t size) {
  return checkRange(op, "S1", what, size, 1, kMostHeadSize);
}

LogicalResult mlir::hip::checkSink(Operation *op, int64_t sink, int64_t window,
                                   PolicyAttrInterface policy) {
  if (failed(checkRange(op, "S3", "sink", sink, 0)) ||
      failed(checkRange(op, "S3", "window", window, 0)))
    return failure();
  SinkUnit unit = policy.getSinkUnit();
  return checkMultiple(op, "S3", "sink", sink, unit.name, unit.keys);
}

LogicalResult mlir::hip::checkOnce(Operation *op, StringRef name, int64_t value,
                                   Value operand) {
  if (!operand || value == 0)
    return success();
  return op->emitOpError() << "S3: has " << name << " = " << value
                           << " as an attribute and a " << name
                           << " operand; keep one";
}

LogicalResult mlir::hip::checkKeptBoxes(Operation *op, int64_t page,
                                        int64_t box, int64_t rows) {
  if (failed(checkRange(op, "S17b", "box", box, 1)) ||
      failed(checkRange(op, "S17b", "page", page, 1)))
    return failure();
  if (!llvm::isPowerOf2_64(page))
    return op->emitOpError()
           << "S23: page = " << page << " has to be a power of two";
  if (page % box != 0 && box % page != 0)
    return op->emitOpError()
           << "S17b: boxes of " << box << " keys and pages of " << page
           << "; one of the two has to divide the other: summarise at each "
              "search, or use boxes of a power of two";
  return checkSize(op, "S17b", "number of summaries of a page", rows,
                   "max(1, page / box)", std::max<int64_t>(1, page / box));
}

/// A view of summaries has the boxes of the level.
static LogicalResult checkLevel(Operation *op, Value summary, int64_t box) {
  auto view = summary.getDefiningOp<KvSummariesOp>();
  if (!view || int64_t(view.getBox()) == box)
    return success();
  return op->emitOpError() << "S17b: a summary is of boxes of " << view.getBox()
                           << " keys, but its level has boxes of " << box;
}

LogicalResult mlir::hip::checkSummaries(Operation *op, Type key,
                                        ValueRange summaries,
                                        PolicyAttrInterface policy) {
  if (summaries.empty())
    return success();
  ArrayRef<int64_t> k = shapeOf(key);
  SmallVector<Level> levels = policy.getSummaryLevels();
  if (levels.empty())
    return op->emitOpError()
           << "S14b: " << policy << " reads no summaries, got "
           << summaries.size() << "; leave them out";
  if (summaries.size() != levels.size())
    return op->emitOpError()
           << "S14b: " << summaries.size() << " summaries for " << levels.size()
           << " levels; give one hip.summarize result a "
              "level, or none";
  for (auto [summary, level] : llvm::zip(summaries, levels)) {
    Type type = summary.getType();
    int64_t boxes = ShapedType::isDynamic(k[2]) ? k[2] : k[2] / level.box;
    if (failed(checkShape(op, "S10b", "summary", type,
                          {k[0], k[1], boxes, 2, k[3]}, "hip.summarize")) ||
        failed(checkElement(op, "S10b", "summary", elementOf(type),
                            elementOf(key), "key")) ||
        failed(checkLevel(op, summary, level.box)))
      return failure();
  }
  return success();
}

LogicalResult mlir::hip::checkOuts(DestinationStyleOpInterface op, size_t least,
                                   size_t most) {
  OperandRange outs = op.getDpsInits();
  if (outs.size() < least || outs.size() > most)
    return op.emitOpError()
           << "expects " << least << (least == most ? "" : " or ")
           << (least == most ? "" : std::to_string(most)) << " outs, got "
           << outs.size();
  bool tensors = isa<RankedTensorType>(outs.front().getType());
  size_t expected = tensors ? outs.size() : 0;
  if (op->getNumResults() != expected)
    return op.emitOpError()
           << "expects a result for each tensor in outs and none for memrefs: "
           << expected << " results, got " << op->getNumResults();
  for (Value operand : op->getOperands())
    if (isa<ShapedType>(operand.getType()) &&
        isa<RankedTensorType>(operand.getType()) != tensors)
      return op.emitOpError()
             << "mixes tensors and memrefs: " << operand.getType() << " beside "
             << outs.front().getType();
  for (auto [result, out] : llvm::zip(op->getResultTypes(), outs))
    if (result != out.getType())
      return op.emitOpError() << "has result type " << result
                              << ", but its out has type " << out.getType();
  return success();
}

LogicalResult mlir::hip::checkQueryKey(Operation *op, Type query, Type key,
                                       Value positions) {
  ArrayRef<int64_t> q = shapeOf(query), k = shapeOf(key);
  for (Type type : {query, key})
    if (ShapedType::isDynamic(shapeOf(type)[1]) ||
        ShapedType::isDynamic(shapeOf(type)[3]))
      return op->emitOpError()
             << "needs static heads and head size (dimensions "
                "1 and 3), got "
             << type;
  if (q[1] < 1 || k[1] < 1 || q[1] % k[1] != 0)
    return op->emitOpError() << "S1: " << k[1] << " key heads do not divide "
                             << q[1] << " query heads; repeat or drop heads";
  if (failed(checkHeadSize(op, "the head size of the queries", q[3])) ||
      failed(checkSize(op, "S1", "key batch", k[0], "query batch", q[0])) ||
      failed(
          checkSize(op, "S18", "key head size", k[3], "query head size", q[3])))
    return failure();
  Type element = elementOf(key);
  if (element.getIntOrFloatBitWidth() > 8 &&
      failed(
          checkElement(op, "S19", "key", element, elementOf(query), "query")))
    return failure();
  if (positions)
    return checkShape(op, "S1", "positions", positions.getType(), {q[0]},
                      "batch");
  return success();
}

LogicalResult mlir::hip::checkListHeads(Operation *op, Type query, Type key,
                                        Type counts, int64_t blockQ) {
  ArrayRef<int64_t> q = shapeOf(query), k = shapeOf(key), c = shapeOf(counts);
  if (c[1] != q[1] && c[1] != k[1] && c[1] != 1)
    return op->emitOpError() << "S16: the list has " << textOf(c[1])
                             << " selection heads, but it takes " << q[1]
                             << " (one per query head), " << k[1]
                             << " (one per key head) or 1 (one for all)";
  if (failed(checkRange(op, "S1", "block_q", blockQ, 1)) ||
      failed(checkSize(op, "S16", "counts batch", c[0], "query batch", q[0])))
    return failure();
  return checkSize(op, "S16", "number of lists", c[2], "ceil(Tq / block_q)",
                   ceilDivSize(q[2], blockQ));
}

LogicalResult mlir::hip::checkArray(Operation *op, StringRef rule,
                                    StringRef what, Type type, size_t rank,
                                    Type element) {
  if (shapeOf(type).size() == rank && elementOf(type) == element)
    return success();
  return op->emitOpError() << rule << ": " << what << " has to have " << rank
                           << " dimensions of " << element << ", got " << type;
}

LogicalResult mlir::hip::checkList(Operation *op, Type entries, Type counts,
                                   size_t rank) {
  Type i32 = IntegerType::get(op->getContext(), 32);
  if (failed(checkArray(op, "S5", rank == 5 ? "ranges" : "blocks", entries,
                        rank, i32)) ||
      failed(checkArray(op, "S5", "counts", counts, 3, i32)))
    return failure();
  ArrayRef<int64_t> e = shapeOf(entries), c = shapeOf(counts);
  for (int i = 0; i < 3; ++i)
    if (failed(checkSize(op, "S5", Twine("counts dimension ") + Twine(i), c[i],
                         "the same dimension of the list", e[i])))
      return failure();
  if (rank == 5 && e[4] != 2)
    return op->emitOpError() << "S5: a range is a pair (start, length), so the "
                                "last dimension is 2, got "
                             << textOf(e[4]);
  return success();
}

LogicalResult mlir::hip::checkRows(EmitError emitError, int64_t qStride,
                                   RowReduce reduce) {
  if (failed(checkRange(emitError, "S9", "q_stride", qStride, 1)))
    return failure();
  if (reduce == RowReduce::Mean && !llvm::isPowerOf2_64(qStride))
    return emitError() << "S9: reduce = mean needs a q_stride that is a power "
                          "of two, got "
                       << qStride;
  return success();
}
