//===- HipAttrs.cpp - Policies and the band
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

#include "dialect/HipAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/HipAttrs.cpp.inc"

using EmitError = function_ref<InFlightDiagnostic()>;

void HipDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/HipAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Checks shared by the policies
//===----------------------------------------------------------------------===//

static LogicalResult checkPositive(EmitError emitError, StringRef rule,
                                   StringRef name, int64_t value) {
  if (value >= 1)
    return success();
  return emitError() << rule << ": " << name << " = " << value
                     << ", but it has to be at least 1";
}

static LogicalResult checkMultiple(EmitError emitError, StringRef rule,
                                   StringRef name, int64_t value,
                                   StringRef unitName, int64_t unit) {
  if (value % unit == 0)
    return success();
  return emitError() << rule << ": " << name << " = " << value
                     << " is not a multiple of " << unitName << " = " << unit
                     << "; use " << llvm::alignTo(value, unit);
}

static LogicalResult checkRowSampling(EmitError emitError, int64_t qStride,
                                      RowReduce reduce) {
  if (failed(checkPositive(emitError, "S9", "q_stride", qStride)))
    return failure();
  if (reduce == RowReduce::Mean && !llvm::isPowerOf2_64(qStride))
    return emitError() << "S9: reduce = mean needs a q_stride that is a power "
                          "of two, got "
                       << qStride;
  return success();
}

//===----------------------------------------------------------------------===//
// #hip.tree
//===----------------------------------------------------------------------===//

int64_t TreeAttr::getChunk() const { return getBlockK(); }
int64_t TreeAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t TreeAttr::getListBlockQ() const { return getBlockQ(); }
int64_t TreeAttr::getListBlockK() const { return getBlockK(); }
int64_t TreeAttr::getKeptKeys() const { return getKeep(); }

LogicalResult TreeAttr::verify(EmitError emitError, int64_t blockQ,
                               int64_t blockK, int64_t keep, Representative,
                               int64_t qStride, int64_t kStride,
                               RowReduce reduce) {
  if (failed(checkPositive(emitError, "S13", "block_q", blockQ)) ||
      failed(checkPositive(emitError, "S13", "block_k", blockK)) ||
      failed(checkPositive(emitError, "S13", "keep", keep)) ||
      failed(checkPositive(emitError, "S8", "k_stride", kStride)) ||
      failed(checkMultiple(emitError, "S13", "keep", keep, "block_k", blockK)))
    return failure();
  return checkRowSampling(emitError, qStride, reduce);
}

//===----------------------------------------------------------------------===//
// #hip.stages
//===----------------------------------------------------------------------===//

int64_t StagesAttr::getChunk() const { return getStages().front().chunk; }
int64_t StagesAttr::getBandBlockQ() const { return getStages().front().blockQ; }
int64_t StagesAttr::getListBlockQ() const { return getStages().back().blockQ; }
int64_t StagesAttr::getListBlockK() const { return getStages().back().chunk; }
int64_t StagesAttr::getKeptKeys() const { return getStages().back().keep; }

static LogicalResult checkStage(EmitError emitError, const Stage &stage,
                                int64_t granule, RowReduce reduce) {
  if (failed(checkPositive(emitError, "S14", "block_q", stage.blockQ)) ||
      failed(checkPositive(emitError, "S14", "chunk", stage.chunk)) ||
      failed(checkMultiple(emitError, "S14", "chunk", stage.chunk, "granule",
                           granule)))
    return failure();
  if (stage.keep != Stage::kAll &&
      (failed(checkPositive(emitError, "S14", "keep", stage.keep)) ||
       failed(checkMultiple(emitError, "S14", "keep", stage.keep, "chunk",
                            stage.chunk))))
    return failure();
  return checkRowSampling(emitError, stage.qStride, reduce);
}

LogicalResult StagesAttr::verify(EmitError emitError, ArrayRef<Stage> stages,
                                 int64_t granule, Representative,
                                 int64_t kStride, PathScore, RowReduce reduce) {
  if (stages.empty())
    return emitError() << "S14: a stages policy needs at least one stage "
                          "(block_q, chunk, keep, q_stride), got none";
  if (failed(checkPositive(emitError, "S14", "granule", granule)) ||
      failed(checkPositive(emitError, "S8", "k_stride", kStride)))
    return failure();
  for (auto [i, stage] : llvm::enumerate(stages)) {
    if (failed(checkStage(emitError, stage, granule, reduce)))
      return failure();
    if (i == 0)
      continue;
    const Stage &coarser = stages[i - 1];
    if (failed(checkMultiple(emitError, "S14", "chunk of a stage",
                             coarser.chunk, "the next stage's chunk",
                             stage.chunk)) ||
        failed(checkMultiple(emitError, "S14", "block_q of a stage",
                             coarser.blockQ, "the next stage's block_q",
                             stage.blockQ)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// #hip.boxes
//===----------------------------------------------------------------------===//

int64_t BoxesAttr::getChunk() const { return getLevels().front().box; }
int64_t BoxesAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t BoxesAttr::getListBlockQ() const { return getBlockQ(); }
int64_t BoxesAttr::getListBlockK() const { return getBlockK(); }
int64_t BoxesAttr::getKeptKeys() const { return getKeep(); }
int64_t BoxesAttr::getSinkMultiple() const { return getChunk(); }

LogicalResult BoxesAttr::verify(EmitError emitError, int64_t blockQ,
                                int64_t blockK, ArrayRef<Level> levels,
                                int64_t keep, int64_t qStride) {
  if (levels.empty())
    return emitError() << "S14b: a boxes policy needs at least one level (box, "
                          "keys kept), got none";
  if (failed(checkPositive(emitError, "S14b", "block_q", blockQ)) ||
      failed(checkPositive(emitError, "S14b", "block_k", blockK)) ||
      failed(checkPositive(emitError, "S14b", "keep", keep)) ||
      failed(checkMultiple(emitError, "S14b", "keep", keep, "block_k", blockK)))
    return failure();
  for (auto [i, level] : llvm::enumerate(levels)) {
    int64_t finer = i + 1 < levels.size() ? levels[i + 1].box : blockK;
    if (failed(checkPositive(emitError, "S14b", "box", level.box)) ||
        failed(checkPositive(emitError, "S14b", "next box", finer)) ||
        failed(
            checkPositive(emitError, "S14b", "keep of a level", level.keep)) ||
        failed(checkMultiple(emitError, "S14b", "box", level.box,
                             "the next finer box or block_k", finer)) ||
        failed(checkMultiple(emitError, "S14b", "keep of a level", level.keep,
                             "its box", level.box)))
      return failure();
  }
  return checkRowSampling(emitError, qStride, RowReduce::Max);
}

//===----------------------------------------------------------------------===//
// #hip.window, #hip.dense
//===----------------------------------------------------------------------===//

int64_t WindowAttr::getChunk() const { return 1; }
int64_t WindowAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t WindowAttr::getListBlockQ() const { return getBlockQ(); }
int64_t WindowAttr::getListBlockK() const { return 1; }
int64_t WindowAttr::getKeptKeys() const { return 0; }
bool WindowAttr::makesList() const { return false; }
LogicalResult WindowAttr::verify(EmitError emitError, int64_t blockQ) {
  return checkPositive(emitError, "S15", "block_q", blockQ);
}

int64_t DenseAttr::getChunk() const { return 1; }
int64_t DenseAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t DenseAttr::getListBlockQ() const { return getBlockQ(); }
int64_t DenseAttr::getListBlockK() const { return 1; }
int64_t DenseAttr::getKeptKeys() const { return ShapedType::kDynamic; }
bool DenseAttr::makesList() const { return false; }
LogicalResult DenseAttr::verify(EmitError emitError, int64_t blockQ) {
  return checkPositive(emitError, "S15", "block_q", blockQ);
}

//===----------------------------------------------------------------------===//
// #hip.band
//===----------------------------------------------------------------------===//

int64_t BandAttr::getBandStart(int64_t firstPosition) const {
  int64_t reach =
      std::max<int64_t>(0, firstPosition + 1 - getWindow() - getSink());
  return getSink() + reach / getChunk() * getChunk();
}

LogicalResult ScheduleAttr::verify(EmitError emitError, int64_t threads,
                                   int64_t rows, int64_t columns,
                                   int64_t splitKeys, int64_t splitRows) {
  if (threads < 1 || (threads > 1 && threads % 32 != 0))
    return emitError() << "threads = " << threads
                       << " have to be 1 or whole warps of 32";
  if (rows < 1 || columns < 1)
    return emitError() << "rows = " << rows << " and columns = " << columns
                       << " have to be at least 1";
  if (splitKeys < 0 || splitRows < 1)
    return emitError() << "split_keys = " << splitKeys
                       << " has to be at least 0 and split_rows = " << splitRows
                       << " at least 1";
  return success();
}

LogicalResult BandAttr::verify(EmitError emitError, int64_t blockQ,
                               int64_t chunk, int64_t sink, int64_t window,
                               bool) {
  if (failed(checkPositive(emitError, "S3", "block_q", blockQ)) ||
      failed(checkPositive(emitError, "S3", "chunk", chunk)))
    return failure();
  if (sink < 0 || window < 0)
    return emitError() << "S3: sink = " << sink << " and window = " << window
                       << " have to be at least 0";
  return success();
}
