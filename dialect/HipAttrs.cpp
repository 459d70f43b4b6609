//===- HipAttrs.cpp - Policies and the band
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/PruneSteps.h"
#include "dialect/gpu/Chips.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace mlir::hip;

#include "dialect/HipAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/HipAttrs.cpp.inc"

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
  return checkRange(emitError, rule, name, value, 1);
}

/// Whether a step that keeps this many keys, kDynamic for all, drops none.
static bool keepsEvery(int64_t keep, int64_t candidates) {
  return ShapedType::isDynamic(keep) || keep >= candidates;
}

//===----------------------------------------------------------------------===//
// #hip.tree
//===----------------------------------------------------------------------===//

int64_t TreeAttr::getChunk() const { return getBlockK(); }
int64_t TreeAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t TreeAttr::getListBlockQ() const { return getBlockQ(); }
int64_t TreeAttr::getListBlockK() const { return getBlockK(); }
int64_t TreeAttr::getKeptKeys() const { return getKeep(); }
bool TreeAttr::keepsAll(int64_t candidates) const {
  return keepsEvery(getKeep(), candidates);
}

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
  return checkRows(emitError, qStride, reduce);
}

//===----------------------------------------------------------------------===//
// #hip.stages
//===----------------------------------------------------------------------===//

int64_t StagesAttr::getChunk() const { return getStages().front().chunk; }
int64_t StagesAttr::getBandBlockQ() const { return getStages().front().blockQ; }
int64_t StagesAttr::getListBlockQ() const { return getStages().back().blockQ; }
int64_t StagesAttr::getListBlockK() const { return getStages().back().chunk; }
int64_t StagesAttr::getKeptKeys() const { return getStages().back().keep; }
bool StagesAttr::keepsAll(int64_t candidates) const {
  return llvm::all_of(getStages(), [&](const Stage &stage) {
    return keepsEvery(stage.keep, candidates);
  });
}

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
  return checkRows(emitError, stage.qStride, reduce);
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
SinkUnit BoxesAttr::getSinkUnit() const {
  return {getChunk(), "the first box"};
}
SmallVector<Level> BoxesAttr::getSummaryLevels() const {
  return llvm::to_vector(getLevels());
}
bool BoxesAttr::keepsAll(int64_t candidates) const {
  return keepsEvery(getKeep(), candidates) &&
         llvm::all_of(getLevels(), [&](const Level &level) {
           return keepsEvery(level.keep, candidates);
         });
}

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
  return checkRows(emitError, qStride, RowReduce::Max);
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
bool WindowAttr::keepsAll(int64_t candidates) const { return candidates == 0; }
LogicalResult WindowAttr::verify(EmitError emitError, int64_t blockQ) {
  return checkPositive(emitError, "S15", "block_q", blockQ);
}

int64_t DenseAttr::getChunk() const { return 1; }
int64_t DenseAttr::getBandBlockQ() const { return getBlockQ(); }
int64_t DenseAttr::getListBlockQ() const { return getBlockQ(); }
int64_t DenseAttr::getListBlockK() const { return 1; }
int64_t DenseAttr::getKeptKeys() const { return ShapedType::kDynamic; }
bool DenseAttr::makesList() const { return false; }
bool DenseAttr::keepsAll(int64_t) const { return true; }
LogicalResult DenseAttr::verify(EmitError emitError, int64_t blockQ) {
  return checkPositive(emitError, "S15", "block_q", blockQ);
}

//===----------------------------------------------------------------------===//
// #hip.union
//===----------------------------------------------------------------------===//

int64_t UnionAttr::getChunk() const {
  int64_t chunk = 1;
  for (PolicyAttrInterface part : getParts())
    chunk = std::lcm(chunk, part.getChunk());
  return chunk;
}

/// The first part that has a block_q, which dense attention may lack.
static PolicyAttrInterface blocked(ArrayRef<PolicyAttrInterface> parts) {
  auto has = [](PolicyAttrInterface part) {
    return part.getBandBlockQ() != kAllRows;
  };
  const PolicyAttrInterface *first = llvm::find_if(parts, has);
  return first == parts.end() ? parts.front() : *first;
}

int64_t UnionAttr::getBandBlockQ() const {
  return blocked(getParts()).getBandBlockQ();
}
int64_t UnionAttr::getListBlockQ() const {
  return blocked(getParts()).getListBlockQ();
}

int64_t UnionAttr::getListBlockK() const {
  int64_t blockK = 0;
  for (PolicyAttrInterface part : getParts())
    blockK = std::gcd(blockK, part.getListBlockK());
  return blockK;
}

int64_t UnionAttr::getKeptKeys() const {
  int64_t kept = 0;
  for (PolicyAttrInterface part : getParts()) {
    if (ShapedType::isDynamic(part.getKeptKeys()))
      return ShapedType::kDynamic;
    kept += part.getKeptKeys();
  }
  return kept;
}

bool UnionAttr::makesList() const {
  return llvm::all_of(
      getParts(), [](PolicyAttrInterface part) { return part.makesList(); });
}

SinkUnit UnionAttr::getSinkUnit() const {
  int64_t keys = 1;
  for (PolicyAttrInterface part : getParts())
    keys = std::lcm(keys, part.getSinkUnit().keys);
  return {keys, "what the parts of the union need"};
}

bool UnionAttr::keepsAll(int64_t candidates) const {
  return llvm::any_of(getParts(), [&](PolicyAttrInterface part) {
    return part.keepsAll(candidates);
  });
}

SmallVector<Level> UnionAttr::getSummaryLevels() const {
  SmallVector<Level> levels;
  for (PolicyAttrInterface part : getParts())
    llvm::append_range(levels, part.getSummaryLevels());
  return levels;
}

/// The parts have one block_q, that of the band and that of the lists.
static LogicalResult checkOneBlockQ(EmitError emitError,
                                    PolicyAttrInterface first,
                                    PolicyAttrInterface part) {
  if (part.getBandBlockQ() != first.getBandBlockQ())
    return emitError() << "S14c: a part has block_q = " << part.getBandBlockQ()
                       << ", but the first has " << first.getBandBlockQ()
                       << "; give all parts of a union the same";
  if (part.getListBlockQ() != first.getListBlockQ())
    return emitError() << "S14c: lists of a part are for "
                       << part.getListBlockQ()
                       << " query rows, but those of the first for "
                       << first.getListBlockQ()
                       << "; give the last stage of all parts the same block_q";
  return success();
}

LogicalResult UnionAttr::verify(EmitError emitError,
                                ArrayRef<PolicyAttrInterface> parts) {
  if (parts.empty())
    return emitError() << "S14c: a union needs at least one part, got none";
  int64_t chunk = 1, kept = 0;
  for (PolicyAttrInterface part : parts) {
    if (isa<AutoAttr>(part))
      return emitError()
             << "S14d: " << part
             << " cannot be part of a union; put the union inside it";
    if (part.getKeptKeys() == 0)
      return emitError() << "S14c: " << part
                         << " keeps nothing; leave it out of the union";
    bool open = !part.makesList() && part.getBandBlockQ() == kAllRows;
    if (!open && failed(checkOneBlockQ(emitError, blocked(parts), part)))
      return failure();
    chunk = std::lcm(chunk, part.getChunk());
    if (!ShapedType::isDynamic(part.getKeptKeys()))
      kept += part.getKeptKeys();
    if (failed(checkPositive(emitError, "S14c",
                             "least common multiple of the parts' chunks",
                             chunk)) ||
        failed(checkRange(emitError, "S14c", "keep of all parts", kept, 0)))
      return failure();
  }
  return success();
}

SmallVector<PolicyAttrInterface>
mlir::hip::distinctParts(ArrayRef<PolicyAttrInterface> parts) {
  llvm::SmallSetVector<PolicyAttrInterface, 4> distinct;
  for (PolicyAttrInterface part : parts)
    if (auto several = dyn_cast<UnionAttr>(part))
      distinct.insert_range(several.getParts());
    else
      distinct.insert(part);
  return distinct.takeVector();
}

//===----------------------------------------------------------------------===//
// #hip.auto
//===----------------------------------------------------------------------===//

int64_t AutoAttr::getChunk() const { return getPolicy().getChunk(); }
int64_t AutoAttr::getBandBlockQ() const { return getPolicy().getBandBlockQ(); }
int64_t AutoAttr::getListBlockQ() const { return getPolicy().getListBlockQ(); }
int64_t AutoAttr::getListBlockK() const { return getPolicy().getListBlockK(); }
int64_t AutoAttr::getKeptKeys() const { return getPolicy().getKeptKeys(); }
bool AutoAttr::makesList() const { return false; }
SinkUnit AutoAttr::getSinkUnit() const { return getPolicy().getSinkUnit(); }
SmallVector<Level> AutoAttr::getSummaryLevels() const {
  return getPolicy().getSummaryLevels();
}
bool AutoAttr::keepsAll(int64_t candidates) const {
  return getPolicy().keepsAll(candidates);
}

LogicalResult AutoAttr::verify(EmitError emitError, PolicyAttrInterface policy,
                               int64_t until, int64_t stepUntil) {
  if (isa<AutoAttr, DenseAttr>(policy))
    return emitError() << "S14d: " << policy
                       << " leaves nothing to choose; give a policy that "
                          "prunes, such as #hip.tree";
  return failure(
      failed(checkPositive(emitError, "S14d", "until", until)) ||
      failed(checkPositive(emitError, "S14d", "step_until", stepUntil)));
}

//===----------------------------------------------------------------------===//
// #hip.band
//===----------------------------------------------------------------------===//

int64_t BandAttr::getBandStart(int64_t firstPosition) const {
  int64_t reach =
      std::max<int64_t>(0, firstPosition + 1 - getWindow() - getSink());
  return getSink() + reach / getChunk() * getChunk();
}

int64_t BandAttr::getMostSinks() const {
  return kMostKeys / getChunk() * getChunk();
}

BandAttr BandAttr::with(std::optional<int64_t> sink,
                        std::optional<int64_t> window) const {
  int64_t sinks = getSink(), newest = getWindow();
  if (sink)
    sinks = llvm::alignTo(std::clamp<int64_t>(*sink, 0, getMostSinks()),
                          getChunk());
  if (window)
    newest = std::clamp<int64_t>(*window, 0, kMostKeys);
  return get(getContext(), getBlockQ(), getChunk(), sinks, newest, getCausal());
}

/// Of a CUDA block, and of what a thread keeps at hand.
constexpr int64_t kMostThreads = 1024, kMostTileSide = 1024;
/// Thread blocks of a multiprocessor.
constexpr int64_t kMostBlocks = 32;
using layout::kWarpgroup;

ScheduleAttr ScheduleAttr::withThreads(int64_t threads) const {
  return get(getContext(), threads, getRows(), getColumns(), getSplitKeys(),
             getSplitRows(), getFewRows(), getMinBlocks(), getOrder(),
             /*stages=*/2, getSwizzled(), /*producers=*/0, getUnit(),
             CopyEngine::CpAsync, /*persistent=*/0, /*cluster=*/1);
}

ScheduleAttr ScheduleAttr::withMinBlocks(int64_t blocks) const {
  return get(getContext(), getThreads(), getRows(), getColumns(),
             getSplitKeys(), getSplitRows(), getFewRows(), blocks, getOrder(),
             getStages(), getSwizzled(), getProducers(), getUnit(), getEngine(),
             getPersistent(), getCluster());
}

/// Registers move between groups of four warps.
static LogicalResult checkProducers(EmitError emitError, int64_t threads,
                                    int64_t producers) {
  if (producers == 0)
    return success();
  if (producers < 0 || producers % kWarpgroup != 0 ||
      threads % kWarpgroup != 0 || threads + producers > kMostThreads)
    return emitError() << "producers = " << producers
                       << " beside threads = " << threads
                       << ", but both are multiples of " << kWarpgroup
                       << " and together at most " << kMostThreads;
  return success();
}

static LogicalResult checkTileSides(EmitError emitError, int64_t rows,
                                    int64_t columns, int64_t splitKeys,
                                    int64_t splitRows, int64_t fewRows) {
  for (auto [name, size, least] :
       {std::tuple<StringRef, int64_t, int64_t>("rows", rows, 1),
        {"columns", columns, 1},
        {"split_rows", splitRows, splitKeys > 0},
        {"few_rows", fewRows, 0}})
    if (size < least || size > kMostTileSide)
      return emitError() << name << " = " << size << ", but "
                         << (size < least ? "at least " : "a tile has at most ")
                         << (size < least ? least : kMostTileSide)
                         << (size < least ? " is needed" : "");
  return success();
}

LogicalResult
ScheduleAttr::verify(EmitError emitError, int64_t threads, int64_t rows,
                     int64_t columns, int64_t splitKeys, int64_t splitRows,
                     int64_t fewRows, int64_t minBlocks, BlockOrder,
                     int64_t stages, bool, int64_t producers, MatrixUnit,
                     CopyEngine engine, int64_t persistent, int64_t cluster) {
  if (threads < 1 || threads > kMostThreads ||
      (threads > 1 && threads % 32 != 0))
    return emitError() << "threads = " << threads
                       << " have to be 1 or whole warps of 32, at most "
                       << kMostThreads;
  if (failed(checkTileSides(emitError, rows, columns, splitKeys, splitRows,
                            fewRows)))
    return failure();
  if (minBlocks < 0 || minBlocks > kMostBlocks)
    return emitError() << "min_blocks = " << minBlocks
                       << ", but a multiprocessor holds up to " << kMostBlocks
                       << " thread blocks; give 0 for any number";
  if (stages < 1 || stages > kMostLoopStages)
    return emitError() << "stages = " << stages << ", but a loop has 1 to "
                       << kMostLoopStages;
  if (splitKeys < 0 || splitKeys > kMostKeys)
    return emitError() << "split_keys = " << splitKeys
                       << " has to be from 0 to " << kMostKeys;
  if (persistent < 0 || persistent > kMostKeys)
    return emitError() << "persistent = " << persistent
                       << " thread blocks have to be from 0, for one each, to "
                       << kMostKeys;
  if (cluster < 1 || cluster > kMostCluster)
    return emitError() << "cluster = " << cluster << ", but a cluster has 1 to "
                       << kMostCluster << " thread blocks";
  if (engine == CopyEngine::Tma && producers == 0)
    return emitError() << "engine = tma without producers, which start the "
                          "copies; give a multiple of "
                       << kWarpgroup << ", or leave engine out";
  return checkProducers(emitError, threads, producers);
}

LogicalResult MmaLayoutAttr::verify(EmitError emitError, int64_t rowWarps,
                                    int64_t columnWarps) {
  constexpr int64_t kMostWarps = kMostThreads / layout::kWarp;
  if (rowWarps < 1 || rowWarps > kMostWarps || columnWarps < 1 ||
      columnWarps > kMostWarps || rowWarps * columnWarps > kMostWarps)
    return emitError() << "a grid of " << rowWarps << " by " << columnWarps
                       << " warps, but a kernel has 1 to " << kMostWarps;
  return success();
}

layout::Layout MmaLayoutAttr::getLayout(ArrayRef<int64_t> shape) const {
  return layout::mma(shape[0], shape[1], getRowWarps(), getColumnWarps());
}

LogicalResult SliceLayoutAttr::verify(EmitError emitError, int64_t axis,
                                      MmaLayoutAttr) {
  if (axis == 0 || axis == 1)
    return success();
  return emitError() << "a slice without axis " << axis
                     << ", but a matrix has 0 (rows) and 1 (columns)";
}

layout::Layout SliceLayoutAttr::getLayout(ArrayRef<int64_t> shape) const {
  int64_t rows = getAxis() == 1 ? shape[0] : 1,
          columns = getAxis() == 1 ? 1 : shape[0];
  return layout::slice(getParent().getLayout({rows, columns}), getAxis());
}

LogicalResult ThreadsLayoutAttr::verify(EmitError emitError, int64_t count) {
  if (count >= layout::kWarp && count <= kMostThreads &&
      count % layout::kWarp == 0)
    return success();
  return emitError()
         << "elements for " << count
         << " threads, but they are distributed over whole warps of "
         << layout::kWarp << ", at most " << kMostThreads << " threads";
}

layout::Layout ThreadsLayoutAttr::getLayout(ArrayRef<int64_t> shape) const {
  return layout::dealt(shape[0], getCount());
}

LogicalResult BandAttr::verify(EmitError emitError, int64_t blockQ,
                               int64_t chunk, int64_t sink, int64_t window,
                               bool) {
  if (failed(checkPositive(emitError, "S3", "block_q", blockQ)) ||
      failed(checkPositive(emitError, "S3", "chunk", chunk)))
    return failure();
  if (failed(checkRange(emitError, "S3", "sink", sink, 0)))
    return failure();
  return checkRange(emitError, "S3", "window", window, 0);
}
