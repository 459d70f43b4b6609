//===- HipScores.cpp - What each kind of hip.score reads
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult mlir::hip::verifyKeyScore(Attribute kind, Operation *op) {
  auto score = cast<ScoreOp>(op);
  Type key = score.getKey().getType();
  if (shapeOf(key).size() != 4)
    return op->emitOpError()
           << "S10: " << kind << " scores keys of 4 dimensions, got " << key
           << "; a hip.summarize result is scored by #hip.box";
  return checkQueryKey(score, score.getQuery().getType(), key, {});
}

//===----------------------------------------------------------------------===//
// #hip.box
//===----------------------------------------------------------------------===//

LogicalResult BoxScoreAttr::verify(EmitError emitError, int64_t keys) {
  return checkRange(emitError, "S10b", "box", keys, 1);
}

/// A bound is of all keys of a box.
static LogicalResult checkNoSample(ScoreOp op) {
  auto refuse = [&](StringRef name) {
    return op.emitOpError()
           << "S10b: " << op.getKind() << " bounds all keys of a box, so '"
           << name << "' says nothing; leave it out";
  };
  if (op.getKStride() > 1)
    return refuse("k_stride");
  if (op.getRepresentative() != Representative::First)
    return refuse("representative");
  return success();
}

/// Sizes that numbers of programs follow from.
static LogicalResult checkStatic(ScoreOp op, Type query, Type boxes) {
  ArrayRef<int64_t> q = shapeOf(query), k = shapeOf(boxes);
  for (int64_t size : {k[1], k[4], q[1], q[3]})
    if (ShapedType::isDynamic(size))
      return op.emitOpError() << "needs static heads and head sizes, got "
                              << query << " and " << boxes;
  return success();
}

LogicalResult BoxScoreAttr::verifyScore(Operation *scored) const {
  auto op = cast<ScoreOp>(scored);
  Type boxes = op.getKey().getType(), query = op.getQuery().getType();
  if (shapeOf(boxes).size() != 5)
    return op.emitOpError() << "S10b: " << *this
                            << " scores a hip.summarize result of 5 "
                               "dimensions, got "
                            << boxes;
  ArrayRef<int64_t> k = shapeOf(boxes), q = shapeOf(query);
  if (k[3] != 2)
    return op.emitOpError()
           << "S10b: dimension 3 of a summary holds minimum "
              "and maximum, so it is 2, got "
           << (ShapedType::isDynamic(k[3]) ? "?" : std::to_string(k[3]));
  if (failed(checkStatic(op, query, boxes)) ||
      failed(checkMultiple(op, "S10b", "box", getKeys(), "granule",
                           op.getGranule())) ||
      failed(checkNoSample(op)) ||
      failed(checkHeadSize(op, "the head size of the queries", q[3])) ||
      failed(checkSize(op, "S1", "summary batch", k[0], "query batch", q[0])) ||
      failed(checkSize(op, "S18", "summary head size", k[4], "query head size",
                       q[3])))
    return failure();
  if (q[1] < 1 || k[1] < 1 || q[1] % k[1] != 0)
    return op.emitOpError() << "S1: " << k[1] << " key heads do not divide "
                            << q[1] << " query heads";
  return checkElement(op, "S10b", "summary", elementOf(boxes), elementOf(query),
                      "query");
}
