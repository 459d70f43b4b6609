//===- AttentionSummaries.cpp - Summaries that are kept (S17b)
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/AttentionBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hip;

namespace hipc {

/// One for each level of the policy, [B, Hkv, entries, 2, D] (S10b), or beside
/// pages [P, entries, Hkv, 2, D] (S17b).
SmallVector<Type> AttentionBuilder::summaryTypes() {
  constexpr int64_t kBounds = 2, any = ShapedType::kDynamic;
  int64_t size = inputType(program.key).getShape().back();
  Type element = inputType(program.query).getElementType();
  return llvm::map_to_vector(
      policy.getSummaryLevels(), [&](const Level &level) -> Type {
        SmallVector<int64_t> shape = {batch(), kvHeads(), any, kBounds, size};
        if (program.storage == KvStorage::Paged)
          shape = {any,
                   std::max<int64_t>(1, program.key.dims[kPage] / level.box),
                   kvHeads(), kBounds, size};
        return RankedTensorType::get(shape, element);
      });
}

/// Those beside pages are found by the table of the keys.
void AttentionBuilder::readSummaries(ValueRange given) {
  summaries = Values(given);
  if (program.storage != KvStorage::Paged)
    return;
  for (auto [kept, level] : llvm::zip(summaries, policy.getSummaryLevels()))
    kept = KvSummariesOp::create(b, loc, kept, places[0], places[1],
                                 program.key.dims[kPage], level.box);
}

/// The batch size, from the keys alone.
Value AttentionBuilder::keyBatch() {
  switch (program.storage) {
  case KvStorage::Contiguous:
    return tensor::DimOp::create(b, loc, storedKeys, kBatch);
  case KvStorage::Ragged: {
    Value offsets = tensor::DimOp::create(b, loc, places[0], 0),
          one = arith::ConstantIndexOp::create(b, loc, 1);
    return arith::SubIOp::create(b, loc, offsets, one);
  }
  case KvStorage::Paged:
    return tensor::DimOp::create(b, loc, places[0], 0);
  }
  llvm_unreachable("unknown storage");
}

/// The summaries that `rows` more keys of each entry complete, written into the
/// arrays beside pages.
SmallVector<Value> AttentionBuilder::keepSummaries(ValueRange pools,
                                                   Value rows) {
  Value most = tensor::DimOp::create(b, loc, rows, 0);
  Values kept;
  for (auto [pool, level] : llvm::zip(pools, policy.getSummaryLevels()))
    kept.push_back(UpdateSummariesOp::create(b, loc, pool.getType(), key, most,
                                             pool, level.box)
                       .getResult(0));
  return kept;
}

/// Summaries of all keys that an entry may have.
SmallVector<Value> AttentionBuilder::makeSummaries() {
  Value capacity = keyCapacity();
  Values made;
  for (auto [level, type] :
       llvm::zip(policy.getSummaryLevels(), summaryTypes())) {
    SmallVector<Value> sizes;
    if (cast<RankedTensorType>(type).isDynamicDim(kBatch))
      sizes.push_back(keyBatch());
    Value box = arith::ConstantIndexOp::create(b, loc, level.box);
    sizes.push_back(arith::DivUIOp::create(b, loc, capacity, box));
    Value out = tensor::EmptyOp::create(b, loc, type, sizes);
    made.push_back(
        SummarizeOp::create(b, loc, type, key, out, level.box).getResult(0));
  }
  return made;
}

OwningOpRef<ModuleOp> AttentionBuilder::buildSummaries() {
  OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
  b.setInsertionPointToEnd(module->getBody());
  bool paged = program.storage == KvStorage::Paged;
  SmallVector<Type> inputs = {inputType(program.key)}, types = summaryTypes();
  llvm::append_range(inputs, placeTypes());
  size_t stored = inputs.size();
  if (program.takesKvScales)
    inputs.push_back(scalesType());
  size_t rows = inputs.size();
  if (paged) {
    inputs.push_back(integers({ShapedType::kDynamic, 0}));
    llvm::append_range(inputs, types);
  }
  auto entry = func::FuncOp::create(b, loc, "summarize",
                                    b.getFunctionType(inputs, types));
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToEnd(body);
  ValueRange given = body->getArguments();
  storedKeys = given.front();
  places = given.take_front(stored).drop_front();
  key = viewOf(storedKeys, program.takesKvScales ? given[stored] : Value());
  func::ReturnOp::create(
      b, loc,
      paged ? keepSummaries(given.drop_front(rows + 1), given[rows])
            : makeSummaries());
  return module;
}

} // namespace hipc
