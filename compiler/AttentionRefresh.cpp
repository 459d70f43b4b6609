//===- AttentionRefresh.cpp - Searches of some steps alone (S17)
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/AttentionBuilder.h"

#include "compiler/PolicyText.h"
#include "passes/support/Names.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace mlir::hip;

namespace hipc {

SmallVector<PolicyAttrInterface> partsOf(PolicyAttrInterface policy) {
  if (auto several = dyn_cast<UnionAttr>(policy))
    return llvm::to_vector(several.getParts());
  return {policy};
}

Value AttentionBuilder::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, loc, value, 32);
}

/// The number of the step, then blocks and counts of each part that is not
/// searched in every step.
SmallVector<Type> AttentionBuilder::refreshTypes() {
  SmallVector<Type> types;
  if (program.refresh.empty())
    return types;
  types.push_back(integers({1}));
  for (auto [part, every] : llvm::zip(partsOf(policy), program.refresh))
    if (every > 1)
      llvm::append_range(types, listTypes(part));
  return types;
}

/// Steps since a part was searched: 0 if it is due.
Value AttentionBuilder::ageOf(Value step, int64_t every) {
  return arith::RemUIOp::create(b, loc, step, i32(every));
}

/// The list of a part, in the arrays of the last one: that of a search if the
/// part is due, else the last one.
SmallVector<Value> AttentionBuilder::searchIfDue(Policy part, Value age,
                                                 ValueRange kept,
                                                 ValueRange summaries) {
  Value due =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, age, i32(0));
  auto branch = scf::IfOp::create(b, loc, kept.getTypes(), due,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  PruneOp found = search(part, kept, summaries);
  scf::YieldOp::create(b, loc, found->getResults());
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, kept);
  return SmallVector<Value>(branch->getResults());
}

/// A part has the candidates of the whole policy.
PruneOp AttentionBuilder::search(Policy part, ValueRange outs,
                                 ValueRange summaries) {
  PruneOp found = prune(part, outs, summaries);
  if (part.getChunk() != policy.getChunk())
    found.setChunk(policy.getChunk());
  return found;
}

/// The band starts where it did when the oldest list was made: it has grown by
/// the rows of each step since (S17).
void AttentionBuilder::growWindow(Value age) {
  Value rows = arith::IndexCastOp::create(b, loc, b.getI32Type(), queryRows()),
        more = arith::MulIOp::create(b, loc, age, rows), least = i32(0),
        most = i32(std::numeric_limits<int32_t>::max()),
        limit = arith::SubIOp::create(b, loc, most, more);
  Value old = window ? arith::MaxSIOp::create(b, loc, window, least).getResult()
                     : i32(program.window);
  old = arith::MinSIOp::create(b, loc, old, limit);
  window = arith::AddIOp::create(b, loc, old, more);
  band = BandAttr::get(b.getContext(), band.getBlockQ(), band.getChunk(),
                       band.getSink(), /*window=*/0, band.getCausal());
}

/// The lists of all parts as one, without what has become part of the band.
SmallVector<Value> AttentionBuilder::unite(ArrayRef<Policy> parts,
                                           ArrayRef<Values> lists) {
  if (parts.size() == 1)
    return lists.front();
  SmallVector<Value> blocks, counts, outs = emptyList(policy);
  SmallVector<int64_t> sizes;
  for (auto [part, list] : llvm::zip(parts, lists)) {
    blocks.push_back(list[0]);
    counts.push_back(list[1]);
    sizes.push_back(part.getListBlockK());
  }
  return SmallVector<Value>(
      UnionOp::create(b, loc, ValueRange(outs).getTypes(), queries, key, blocks,
                      counts, positions, /*band_start=*/Value(), sink, window,
                      outs, band, policy.getListBlockQ(),
                      policy.getListBlockK(), sizes)
          ->getResults());
}

/// Attention, then the lists that are passed to the next call.
SmallVector<Value> AttentionBuilder::refreshedAttention() {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0),
        step = tensor::ExtractOp::create(b, loc, kept.front(), zero),
        oldest = i32(0);
  SmallVector<Policy> parts = partsOf(policy);
  SmallVector<Values> lists;
  SmallVector<Value> last;
  ValueRange old = kept.drop_front(), boxes = summaries;
  for (auto [part, every] : llvm::zip(parts, program.refresh)) {
    size_t levels = boxes.empty() ? 0 : part.getSummaryLevels().size();
    ValueRange its = boxes.take_front(levels);
    boxes = boxes.drop_front(levels);
    if (every == 1) {
      SmallVector<Value> outs = emptyList(part);
      lists.push_back(Values(search(part, outs, its)->getResults()));
      continue;
    }
    Value age = ageOf(step, every);
    oldest = arith::MaxUIOp::create(b, loc, oldest, age);
    lists.push_back(searchIfDue(part, age, old.take_front(2), its));
    llvm::append_range(last, lists.back());
    old = old.drop_front(2);
  }
  growWindow(oldest);
  SmallVector<Value> list = unite(parts, lists),
                     results = sparseAttention(list[0], list[1]);
  llvm::append_range(results, last);
  return results;
}

Status checkRefresh(const AttentionProgram &program,
                    PolicyAttrInterface policy) {
  if (program.refresh.empty())
    return {};
  if (!policy.makesList())
    return error(Code::Invalid, "policy '", program.policy,
                 "': makes no lists that could be refreshed; leave the "
                 "intervals out, or name another policy (S17)");
  size_t parts = partsOf(policy).size(), given = program.refresh.size();
  if (given == parts)
    return {};
  return error(Code::Invalid, "policy '", program.policy, "' has ", parts,
               " parts, but there are ", given,
               " intervals; give one for each (S17)");
}

Expected<std::vector<Dims>> refreshShapes(const AttentionProgram &program,
                                          int64_t batch, int64_t rows,
                                          int64_t keys) {
  for (auto [name, size] :
       {std::pair("batch", batch), {"rows", rows}, {"keys", keys}})
    if (size < 0)
      return error(Code::Invalid, name, " is ", size, ", but the least is 0");
  OwnPolicy own(program.policy);
  const Expected<PolicyAttrInterface> &policy = own.get();
  if (!policy)
    return policy.status();
  HIPC_RETURN_IF_ERROR(checkRefresh(program, *policy));
  std::vector<Dims> shapes;
  for (auto [part, every] : llvm::zip(partsOf(*policy), program.refresh)) {
    if (every == 1)
      continue;
    int64_t lists = llvm::divideCeil(rows, part.getListBlockQ());
    Dims counts = {batch, selectionHeadsOf(program), lists}, blocks = counts;
    blocks.push_back(part.getListCapacity(keys));
    shapes.push_back(blocks);
    shapes.push_back(counts);
  }
  return shapes;
}

} // namespace hipc
