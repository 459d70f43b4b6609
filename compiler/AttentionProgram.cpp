//===- AttentionProgram.cpp - Attention as a module
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/AttentionBuilder.h"

#include "compiler/Diagnostics.h"
#include "compiler/LlvmScope.h"
#include "compiler/PolicyText.h"
#include "compiler/ScoreText.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::hip;

namespace hipc {

Heads dialectHeads(ListHeads heads) {
  switch (heads) {
  case ListHeads::Query:
    return Heads::Query;
  case ListHeads::Kv:
    return Heads::Kv;
  case ListHeads::All:
    return Heads::All;
  }
  llvm_unreachable("unknown heads");
}

RankedTensorType AttentionBuilder::inputType(const TensorSpec &spec) {
  auto shape = llvm::map_to_vector(spec.dims, [](int64_t size) {
    return size == kDynamic ? ShapedType::kDynamic : size;
  });
  Type element = parseType(dtypeName(spec.dtype), b.getContext());
  return RankedTensorType::get(shape, element);
}

RankedTensorType AttentionBuilder::integers(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, b.getI32Type());
}

SmallVector<Type> AttentionBuilder::inputTypes() {
  SmallVector<Type> types = {inputType(program.query), inputType(program.key),
                             inputType(program.value)};
  llvm::append_range(types, placeTypes());
  if (program.takesKvScales)
    types.append(2, scalesType());
  llvm::append_range(types, packingTypes());
  if (program.takesPositions)
    types.push_back(integers({batch()}));
  if (program.takesList) {
    SmallVector<int64_t> shape = {batch(), selectionHeads(),
                                  ShapedType::kDynamic, ShapedType::kDynamic};
    types.push_back(integers(shape));
    types.push_back(integers(ArrayRef(shape).drop_back()));
  }
  llvm::append_range(types, refreshTypes());
  if (program.takesSummaries)
    llvm::append_range(types, summaryTypes());
  llvm::append_range(types, readTypes());
  if (program.takesScale)
    types.push_back(b.getF32Type());
  types.append(program.takesSink + program.takesWindow, b.getI32Type());
  return types;
}

/// Types of what the score reads besides its position.
SmallVector<Type> AttentionBuilder::readTypes() {
  if (!score)
    return {};
  return SmallVector<Type>(
      llvm::drop_begin(score->getArgumentTypes(), kScoreArguments));
}

/// Types of the arrays that say where keys are stored.
SmallVector<Type> AttentionBuilder::placeTypes() {
  constexpr int64_t any = ShapedType::kDynamic;
  switch (program.storage) {
  case KvStorage::Contiguous:
    return {};
  case KvStorage::Ragged:
    return {integers({any})};
  case KvStorage::Paged:
    return {integers({any, any}), integers({any})};
  }
  llvm_unreachable("unknown storage");
}

/// Types of the offsets that divide the rows among entries, and of an array
/// without numbers, whose first size is the most rows of an entry.
SmallVector<Type> AttentionBuilder::packingTypes() {
  if (!program.packsQueries)
    return {};
  constexpr int64_t any = ShapedType::kDynamic;
  return {integers({any}), integers({any, 0})};
}

/// Scales [Hkv] of keys or of values.
Type AttentionBuilder::scalesType() {
  return RankedTensorType::get({kvHeads()}, b.getF32Type());
}

/// 8-bit floats are read in the type of the queries (S23).
Value AttentionBuilder::viewOf(Value stored, Value scales) {
  TypeAttr as;
  if (isFloat8(cast<RankedTensorType>(stored.getType()).getElementType()))
    as = TypeAttr::get(inputType(program.query).getElementType());
  switch (program.storage) {
  case KvStorage::Contiguous:
    return as ? KvContiguousOp::create(b, loc, stored, scales, KvLayoutAttr(),
                                       as)
                    .getResult()
              : stored;
  case KvStorage::Ragged:
    return KvRaggedOp::create(b, loc, stored, places[0], scales, as);
  case KvStorage::Paged:
    return KvPagedOp::create(b, loc, stored, places[0], places[1], scales, as);
  }
  llvm_unreachable("unknown storage");
}

/// The most keys that an entry may have.
Value AttentionBuilder::keyCapacity() {
  switch (program.storage) {
  case KvStorage::Contiguous:
    return tensor::DimOp::create(b, loc, storedKeys, kRows);
  case KvStorage::Ragged:
    return tensor::DimOp::create(b, loc, storedKeys, 0);
  case KvStorage::Paged: {
    Value pages = tensor::DimOp::create(b, loc, places[0], 1),
          page =
              arith::ConstantIndexOp::create(b, loc, program.key.dims[kPage]);
    return arith::MulIOp::create(b, loc, pages, page);
  }
  }
  llvm_unreachable("unknown storage");
}

/// Entries: packed queries have one array for all.
int64_t AttentionBuilder::batch() {
  return program.packsQueries ? ShapedType::kDynamic
                              : inputType(program.query).getDimSize(kBatch);
}

/// The batch size, if it is open.
SmallVector<Value> AttentionBuilder::batchSize() {
  if (!ShapedType::isDynamic(batch()))
    return {};
  if (program.packsQueries) {
    Value offsets = tensor::DimOp::create(b, loc, packing[0], 0),
          one = arith::ConstantIndexOp::create(b, loc, 1);
    return {arith::SubIOp::create(b, loc, offsets, one)};
  }
  return {tensor::DimOp::create(b, loc, query, kBatch)};
}

Value AttentionBuilder::ceilDiv(Value size, int64_t divisor) {
  Value by = arith::ConstantIndexOp::create(b, loc, divisor);
  return arith::CeilDivUIOp::create(b, loc, size, by);
}

Value AttentionBuilder::empty(ArrayRef<int64_t> shape, Type element,
                              ValueRange sizes) {
  return tensor::EmptyOp::create(b, loc, shape, element, sizes);
}

FloatAttr AttentionBuilder::optionalFloat(std::optional<float> value) {
  return value ? b.getF32FloatAttr(*value) : FloatAttr();
}

void AttentionBuilder::addScore(MutableArrayRef<Region> regions) {
  if (!score)
    return;
  IRMapping mapping; // what is mapped is no argument of the copy
  mapping.map(score->getArguments().drop_front(kScoreArguments), read);
  score->cloneInto(&regions.front(), mapping);
}

static int64_t kvHeadsOf(const AttentionProgram &program) {
  bool paged = program.storage == KvStorage::Paged;
  return program.key.dims[paged ? kPageHeads : kHeads];
}

int64_t selectionHeadsOf(const AttentionProgram &program) {
  return ownerOf<int64_t>(dialectHeads(program.heads),
                          program.query.dims[kHeads], kvHeadsOf(program), 1);
}

int64_t AttentionBuilder::kvHeads() { return kvHeadsOf(program); }

int64_t AttentionBuilder::selectionHeads() { return selectionHeadsOf(program); }

/// Destinations of out and, if it is requested, of lse.
SmallVector<Value> AttentionBuilder::emptyAttention() {
  SmallVector<int64_t> shape(query.getType().getShape());
  shape.back() = inputType(program.value).getShape().back();
  SmallVector<Value> sizes;
  for (int64_t dim : {kBatch, kRows})
    if (query.getType().isDynamicDim(dim))
      sizes.push_back(tensor::DimOp::create(b, loc, query, dim));
  SmallVector<Value> outs = {
      empty(shape, query.getType().getElementType(), sizes)};
  if (program.lse)
    outs.push_back(empty(ArrayRef(shape).drop_back(), b.getF32Type(), sizes));
  return outs;
}

SmallVector<Value> AttentionBuilder::attention() {
  SmallVector<Value> outs = emptyAttention();
  auto attends = AttentionOp::create(
      b, loc, ValueRange(outs).getTypes(), queries, key, value, summaries,
      positions, sink, window, scale, outs, policy, program.sink,
      program.window, program.causal, dialectHeads(program.heads),
      optionalFloat(program.scale), optionalFloat(program.softcap),
      scoreRegions());
  addScore(attends.getScoreRegions());
  return SmallVector<Value>(attends->getResults());
}

/// The minimum of ceil(Tk / block) and, if it is not null, `most`.
Value AttentionBuilder::listCapacity(Value most, int64_t block) {
  Value all = ceilDiv(keyCapacity(), block);
  return most ? arith::MinSIOp::create(b, loc, most, all) : all;
}

/// The most rows of an entry.
Value AttentionBuilder::queryRows() {
  if (program.packsQueries)
    return tensor::DimOp::create(b, loc, packing[1], 0);
  return tensor::DimOp::create(b, loc, query, kRows);
}

/// Blocks and counts of a policy; M = ceil(Tq / block_q), N as S16 says.
SmallVector<Type> AttentionBuilder::listTypes(Policy of) {
  SmallVector<int64_t> shape = {batch(), selectionHeads(),
                                ShapedType::kDynamic};
  Type counts = integers(shape);
  // For views, lists are as long as the longest entry may need.
  RankedTensorType keys = inputType(program.key);
  bool isArray = program.storage == KvStorage::Contiguous &&
                 !isFloat8(keys.getElementType());
  shape.push_back(of.getListCapacity(isArray ? keys.getDimSize(kRows)
                                             : ShapedType::kDynamic));
  return {integers(shape), counts};
}

SmallVector<Value> AttentionBuilder::emptyList(Policy of) {
  SmallVector<Type> types = listTypes(of);
  auto blocks = cast<RankedTensorType>(types[0]),
       counts = cast<RankedTensorType>(types[1]);
  SmallVector<Value> sizes = batchSize();
  sizes.push_back(ceilDiv(queryRows(), of.getListBlockQ()));
  Value sized = empty(counts.getShape(), b.getI32Type(), sizes);
  if (ShapedType::isDynamic(blocks.getShape().back())) {
    int64_t kept = of.getKeptKeys(), block = of.getListBlockK();
    Value most;
    if (!ShapedType::isDynamic(kept))
      most = arith::ConstantIndexOp::create(b, loc, kept / block);
    sizes.push_back(listCapacity(most, block));
  }
  return {empty(blocks.getShape(), b.getI32Type(), sizes), sized};
}

PruneOp AttentionBuilder::prune(Policy of, ValueRange outs,
                                ValueRange summaries) {
  return PruneOp::create(b, loc, outs.getTypes(), queries, key, summaries,
                         positions, sink, window, outs, of, program.sink,
                         program.window, program.causal,
                         dialectHeads(program.heads), /*chunk=*/IntegerAttr());
}

/// Null, after an error, if its numbers are out of range.
BandAttr AttentionBuilder::makeBand() {
  return BandAttr::getChecked([&] { return mlir::emitError(loc); },
                              b.getContext(), policy.getBandBlockQ(),
                              policy.getChunk(), program.sink, program.window,
                              program.causal);
}

/// The caller's list in ascending order and without repeats, as attention
/// requires it (S5).
SmallVector<Value> AttentionBuilder::inOrder() {
  constexpr int64_t kLists = 2, kEntries = 3;
  Value entries = tensor::DimOp::create(b, loc, blocks, kEntries);
  SmallVector<Value> sizes = batchSize();
  sizes.push_back(tensor::DimOp::create(b, loc, counts, kLists));
  ArrayRef<int64_t> shape = cast<ShapedType>(blocks.getType()).getShape();
  Value made = empty(shape.drop_back(), b.getI32Type(), sizes);
  sizes.push_back(listCapacity(entries, policy.getListBlockK()));
  SmallVector<Value> outs = {empty(shape, b.getI32Type(), sizes), made};
  return SmallVector<Value>(
      UnionOp::create(b, loc, ValueRange(outs).getTypes(), queries, key, blocks,
                      counts, positions, /*band_start=*/Value(), sink, window,
                      outs, band, policy.getListBlockQ(),
                      policy.getListBlockK(), policy.getListBlockK())
          ->getResults());
}

SmallVector<Value> AttentionBuilder::sparseAttention(Value blocks,
                                                     Value counts) {
  SmallVector<Value> outs = emptyAttention();
  auto attends = BlockSparseAttentionOp::create(
      b, loc, ValueRange(outs).getTypes(), queries, key, value, blocks, counts,
      positions, /*band_start=*/Value(), sink, window, scale, outs, band,
      policy.getListBlockQ(), policy.getListBlockK(),
      optionalFloat(program.scale), optionalFloat(program.softcap),
      scoreRegions());
  addScore(attends.getScoreRegions());
  return SmallVector<Value>(attends->getResults());
}

void AttentionBuilder::readInputs(Block *body) {
  ValueRange left = body->getArguments();
  auto take = [&](size_t count) {
    ValueRange taken = left.take_front(count);
    left = left.drop_front(count);
    return taken;
  };
  query = cast<TypedValue<RankedTensorType>>(take(1)[0]);
  storedKeys = take(1)[0];
  Value storedValues = take(1)[0];
  places = take(placeTypes().size());
  ValueRange scales = take(program.takesKvScales ? 2 : 0);
  key = viewOf(storedKeys, scales.empty() ? Value() : scales[0]);
  value = viewOf(storedValues, scales.empty() ? Value() : scales[1]);
  packing = take(packingTypes().size());
  queries = query;
  if (program.packsQueries)
    queries = QueryRaggedOp::create(b, loc, query, packing[0], queryRows());
  auto takeIf = [&](bool taken) { return taken ? take(1)[0] : Value(); };
  positions = takeIf(program.takesPositions);
  blocks = takeIf(program.takesList);
  counts = takeIf(program.takesList);
  kept = take(refreshTypes().size());
  if (program.takesSummaries)
    readSummaries(take(policy.getSummaryLevels().size()));
  read = take(readTypes().size());
  scale = takeIf(program.takesScale);
  sink = takeIf(program.takesSink);
  window = takeIf(program.takesWindow);
}

OwningOpRef<ModuleOp> AttentionBuilder::build() {
  OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
  b.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> types = inputTypes();
  auto entry =
      func::FuncOp::create(b, loc, "attention", b.getFunctionType(types, {}));
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToEnd(body);
  readInputs(body);
  if (program.takesList || program.list || !program.refresh.empty()) {
    band = makeBand();
    if (!band)
      return {};
  }
  SmallVector<Value> results;
  if (program.takesList) {
    SmallVector<Value> list = inOrder();
    results = sparseAttention(list[0], list[1]);
  } else if (!program.refresh.empty()) {
    results = refreshedAttention();
  } else if (program.list) {
    SmallVector<Value> outs = emptyList(policy);
    PruneOp list = prune(policy, outs, summaries);
    results = sparseAttention(list->getResult(0), list->getResult(1));
    llvm::append_range(results, list->getResults());
  } else {
    results = attention();
  }
  func::ReturnOp::create(b, loc, results);
  entry.setFunctionType(
      b.getFunctionType(types, ValueRange(results).getTypes()));
  return module;
}

Expected<PolicySizes> policySizes(const AttentionProgram &program) {
  OwnPolicy own(program.policy);
  const Expected<PolicyAttrInterface> &policy = own.get();
  if (!policy)
    return policy.status();
  bool lists = policy->makesList();
  return PolicySizes{policy->getBandBlockQ(),
                     policy->getChunk(),
                     policy->getListBlockQ(),
                     policy->getListBlockK(),
                     lists,
                     !lists && ShapedType::isDynamic(policy->getKeptKeys())};
}

static Status checkLists(const AttentionProgram &program,
                         PolicyAttrInterface policy) {
  if (policy.makesList() || (!program.list && !program.takesList))
    return {};
  return error(Code::Invalid, "policy '", program.policy,
               "': makes no lists, so it can neither return nor take any; ",
               "leave them out, or name another policy (S15)");
}

static Status checkSummaries(const AttentionProgram &program,
                             PolicyAttrInterface policy) {
  if (!policy.getSummaryLevels().empty() ||
      (!program.takesSummaries && !program.makesSummaries))
    return {};
  return error(Code::Invalid, "policy '", program.policy,
               "': has no boxes, so it reads no summaries; name one that has, ",
               "such as boxes or hip, or leave them out (S17b)");
}

/// A number with all of its bits, so that different numbers have different
/// texts.
static std::string spell(std::optional<float> number) {
  return number ? join(std::bit_cast<uint32_t>(*number)) : "none";
}

std::string describe(const AttentionProgram &program) {
  std::string text = join(
      "attention; sink ", program.sink, "; window ", program.window,
      "; causal ", program.causal, "; heads ", int(dialectHeads(program.heads)),
      "; scale ", spell(program.scale), "; softcap ", spell(program.softcap),
      "; takes ", program.takesKvScales, " ", program.packsQueries, " ",
      program.takesPositions, " ", program.takesList, " ",
      program.takesSummaries, " ", program.takesScale, " ", program.takesSink,
      " ", program.takesWindow, "; refresh ",
      llvm::join(llvm::map_range(program.refresh,
                                 [](int64_t n) { return std::to_string(n); }),
                 " "),
      "; makes ", program.makesSummaries, "; lse ", program.lse, "; list ",
      program.list, "; storage ", int(program.storage));
  for (const TensorSpec *spec :
       {&program.query, &program.key, &program.value}) {
    text += join("; ", dtypeName(spec->dtype));
    for (int64_t size : spec->dims)
      text += join(" ", size);
  }
  return join(text, "; policy ", program.policy.size(), " ", program.policy,
              "; score ", program.score);
}

Expected<std::string> writeProgram(const AttentionProgram &program) {
  LlvmScope scope;
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context
      .loadDialect<HipDialect, arith::ArithDialect, func::FuncDialect,
                   math::MathDialect, scf::SCFDialect, tensor::TensorDialect>();
  auto policy = parsePolicy(program.policy, &context);
  if (!policy)
    return policy.status();
  HIPC_RETURN_IF_ERROR(checkLists(program, *policy));
  HIPC_RETURN_IF_ERROR(checkSummaries(program, *policy));
  HIPC_RETURN_IF_ERROR(checkRefresh(program, *policy));
  OwningOpRef<ModuleOp> scoreModule;
  Region *score = nullptr;
  if (!program.score.empty()) {
    auto parsed = parseScore(program.score, &context);
    if (!parsed)
      return parsed.status();
    scoreModule = std::move(*parsed);
    score = &scoreModule->getBody()->front().getRegion(0);
  }
  FirstError errors(&context);
  AttentionBuilder builder(&context, program, *policy, score);
  OwningOpRef<ModuleOp> module =
      program.makesSummaries ? builder.buildSummaries() : builder.build();
  if (!module || failed(verify(*module)))
    return errors.status(Code::Invalid, "the program is not valid");
  std::string text;
  llvm::raw_string_ostream(text) << *module << "\n";
  return text;
}

} // namespace hipc
