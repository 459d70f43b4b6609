//===- HipVerify.h - Checks that several verifiers share
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPVERIFY_H
#define HIP_DIALECT_HIPVERIFY_H

#include "dialect/HipOps.h"

namespace mlir::hip {

/// Shape of a tensor, a memref or a view.
ArrayRef<int64_t> shapeOf(Type type);
/// Element type of a tensor, a memref or a view.
Type elementOf(Type type);
/// ceil(size / unit), dynamic where `size` is.
int64_t ceilDivSize(int64_t size, int64_t unit);

/// Fails if both sizes are static and differ; dynamic sizes are checked
/// before launch (S24).
LogicalResult checkSize(Operation *op, StringRef rule, const Twine &what,
                        int64_t got, const Twine &source, int64_t expected);
LogicalResult checkShape(Operation *op, StringRef rule, StringRef what,
                         Type type, ArrayRef<int64_t> expected,
                         StringRef source);
LogicalResult checkElement(Operation *op, StringRef rule, StringRef what,
                           Type got, Type expected, StringRef source);
/// Starts the error of an attribute or an op.
using EmitError = function_ref<InFlightDiagnostic()>;
LogicalResult checkRange(EmitError emitError, StringRef rule, StringRef name,
                         int64_t value, int64_t least,
                         int64_t most = kMostKeys);
LogicalResult checkRange(Operation *op, StringRef rule, StringRef name,
                         int64_t value, int64_t least,
                         int64_t most = kMostKeys);
LogicalResult checkMultiple(EmitError emitError, StringRef rule, StringRef name,
                            int64_t value, StringRef unitName, int64_t unit);
LogicalResult checkMultiple(Operation *op, StringRef rule, StringRef name,
                            int64_t value, StringRef unitName, int64_t unit);

/// `count` to `most` outs, all tensors (each with a result of its type) or all
/// memrefs (and no result), like the other arrays of the op.
LogicalResult checkOuts(DestinationStyleOpInterface op, size_t least,
                        size_t most);
/// Query and keys agree in batch, head size and element type, the heads divide,
/// and positions fit.
LogicalResult checkQueryKey(Operation *op, Type query, Type key,
                            Value positions);
/// Hs of a list is Hq, Hkv or 1; batch and M fit `blockQ` rows per list.
LogicalResult checkListHeads(Operation *op, Type query, Type key, Type counts,
                             int64_t blockQ);
/// The region takes numbers and yields one of type `element` for `result`.
LogicalResult checkYield(Operation *op, Block &body, Type element, Type result);
/// Rows are read as they are: `columns` numbers of type `element` each.
LogicalResult checkRowsRead(Operation *op, RowsType rows, int64_t columns,
                            Type element);

/// `rows` rows can be in runs of `runs`.
LogicalResult checkRuns(Operation *op, int64_t runs, int64_t rows);

/// The memory has one stage, of this shape and type.
LogicalResult checkHolds(Operation *op, SmemType memory,
                         ArrayRef<int64_t> shape, Type element);

/// The memory consists of words that can be mbarriers.
LogicalResult checkMbarriers(Operation *op, SmemType memory);
/// Rank and element type of an out.
LogicalResult checkArray(Operation *op, StringRef rule, StringRef what,
                         Type type, size_t rank, Type element);
/// Ranges (rank 5) or blocks (rank 4) fit their counts.
LogicalResult checkList(Operation *op, Type entries, Type counts,
                        size_t rank = 5);
/// Sampling of the query rows (S9).
LogicalResult checkRows(EmitError emitError, int64_t qStride, RowReduce reduce);
/// A head size is no larger than programs can hold.
LogicalResult checkHeadSize(Operation *op, StringRef what, int64_t size);
/// At most one region, the score region of an attention (S18, S18b).
LogicalResult checkScoreRegion(Operation *op, MutableArrayRef<Region> regions);
/// The region of a mask (S16c, S18b).
LogicalResult checkMaskRegion(Operation *op, Region &region);
/// Sinks and window under a policy (S3).
LogicalResult checkSink(Operation *op, int64_t sink, int64_t window,
                        PolicyAttrInterface policy);
/// A number that is an operand is not an attribute as well (S3).
LogicalResult checkOnce(Operation *op, StringRef name, int64_t value,
                        Value operand);
/// The same for sink and window of a band.
template <typename OpTy> LogicalResult checkBandNumbers(OpTy op) {
  BandAttr band = op.getBand();
  return success(
      succeeded(checkOnce(op, "sink", band.getSink(), op.getDynamicSink())) &&
      succeeded(
          checkOnce(op, "window", band.getWindow(), op.getDynamicWindow())));
}
/// Boxes of `box` keys are stored beside pages of `page` keys, `rows` for each
/// page (S17b).
LogicalResult checkKeptBoxes(Operation *op, int64_t page, int64_t box,
                             int64_t rows);
/// No summaries, or one for each level of the policy, of these keys (S10b,
/// S14b).
LogicalResult checkSummaries(Operation *op, Type key, ValueRange summaries,
                             PolicyAttrInterface policy);

} // namespace mlir::hip

#endif // HIP_DIALECT_HIPVERIFY_H
