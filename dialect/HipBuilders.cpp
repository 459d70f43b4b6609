//===- HipBuilders.cpp - Ops from what a host has at hand
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builders on tensors that make the destinations, with every size that is known
// in their types.
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hip;

using Sizes = SmallVector<OpFoldResult>;

/// The score regions of attention without a score: none.
constexpr unsigned kNoScore = 0;

/// A size of packed queries that is not in their type (S1b).
static OpFoldResult sizeOf(OpBuilder &b, Location loc, QueryRaggedOp packed,
                           int64_t dimension) {
  if (dimension == 2)
    return getAsOpFoldResult(packed.getMost());
  AffineExpr offsets = b.getAffineDimExpr(0);
  return affine::makeComposedFoldedAffineApply(
      b, loc, offsets - 1,
      {tensor::getMixedSize(b, loc, packed.getOffsets(), 0)});
}

static OpFoldResult sizeOf(OpBuilder &b, Location loc, Value array,
                           int64_t dimension) {
  auto packed = array.getDefiningOp<QueryRaggedOp>();
  if (packed &&
      ShapedType::isDynamic(packed.getView().getType().getShape()[dimension]))
    return sizeOf(b, loc, packed, dimension);
  if (packed)
    return b.getIndexAttr(packed.getView().getType().getShape()[dimension]);
  if (auto view = dyn_cast<KvType>(array.getType())) {
    assert(!ShapedType::isDynamic(view.getShape()[dimension]) &&
           "a size of a view that only its arrays know");
    return b.getIndexAttr(view.getShape()[dimension]);
  }
  return tensor::getMixedSize(b, loc, array, dimension);
}

/// The array that has the rows of the queries.
static Value arrayOf(Value query) {
  auto packed = query.getDefiningOp<QueryRaggedOp>();
  return packed ? packed.getStorage() : query;
}

static Type elementOf(Value array) {
  return cast<ShapedType>(array.getType()).getElementType();
}

static OpFoldResult ceilDiv(OpBuilder &b, Location loc, OpFoldResult x,
                            int64_t divisor) {
  AffineExpr d = b.getAffineDimExpr(0);
  return affine::makeComposedFoldedAffineApply(b, loc, d.ceilDiv(divisor), {x});
}

/// Capacity in blocks of a list of the policy (S16).
static OpFoldResult listCapacity(OpBuilder &b, Location loc,
                                 PolicyAttrInterface policy,
                                 OpFoldResult keys) {
  int64_t known = policy.getListCapacity(
      getConstantIntValue(keys).value_or(ShapedType::kDynamic));
  if (!ShapedType::isDynamic(known))
    return b.getIndexAttr(known);
  int64_t kept = policy.getKeptKeys(), block = policy.getListBlockK();
  OpFoldResult all = ceilDiv(b, loc, keys, block);
  if (ShapedType::isDynamic(kept))
    return all;
  AffineExpr d = b.getAffineDimExpr(0),
             most = b.getAffineConstantExpr(kept / block);
  return affine::makeComposedFoldedAffineMin(
      b, loc, AffineMap::get(1, 0, {d, most}, b.getContext()), {all});
}

/// Makes an empty destination and the result that is tied to it.
static void addOut(OpBuilder &b, OperationState &state,
                   SmallVectorImpl<Value> &outs, ArrayRef<OpFoldResult> sizes,
                   Type element) {
  outs.push_back(tensor::EmptyOp::create(b, state.location, sizes, element));
  state.addTypes(outs.back().getType());
}

/// out [B, Hq, Tq, Dv] in the type of the query, and lse [B, Hq, Tq] if it is
/// requested; packed like the query.
static SmallVector<Value> attentionOuts(OpBuilder &b, OperationState &state,
                                        Value query, Value value, bool lse) {
  Sizes sizes;
  Value rows = arrayOf(query);
  for (int64_t i : {0, 1, 2})
    sizes.push_back(sizeOf(b, state.location, rows, i));
  SmallVector<Value> outs;
  Sizes wide(sizes);
  wide.push_back(sizeOf(b, state.location, value, 3));
  addOut(b, state, outs, wide, elementOf(rows));
  if (lse)
    addOut(b, state, outs, sizes, b.getF32Type());
  return outs;
}

static FloatAttr asF32(OpBuilder &b, std::optional<float> number) {
  return number ? b.getF32FloatAttr(*number) : FloatAttr();
}

void AttentionOp::build(OpBuilder &b, OperationState &state, Value query,
                        Value key, Value value, PolicyAttrInterface policy,
                        const AttentionOptions &options) {
  OperationState own(state.location, state.name);
  SmallVector<Value> outs = attentionOuts(b, own, query, value, options.lse);
  build(b, state, own.types, query, key, value, options.summaries,
        options.positions, options.dynamicSink, options.dynamicWindow,
        options.dynamicScale, outs, policy, options.sink, options.window,
        options.causal, options.heads, asF32(b, options.scale),
        asF32(b, options.softcap), kNoScore);
}

void PruneOp::build(OpBuilder &b, OperationState &state, Value query, Value key,
                    PolicyAttrInterface policy,
                    const AttentionOptions &options) {
  OperationState own(state.location, state.name);
  Location loc = state.location;
  OpFoldResult lists = b.getIndexAttr(1);
  if (Value owner = ownerOf(options.heads, query, key, Value()))
    lists = sizeOf(b, loc, owner, 1);
  OpFoldResult rows = sizeOf(b, loc, query, 2);
  Sizes counts{sizeOf(b, loc, query, 0), lists,
               ceilDiv(b, loc, rows, policy.getListBlockQ())};
  Sizes blocks(counts);
  blocks.push_back(listCapacity(b, loc, policy, sizeOf(b, loc, key, 2)));
  SmallVector<Value> outs;
  addOut(b, own, outs, blocks, b.getI32Type());
  addOut(b, own, outs, counts, b.getI32Type());
  build(b, state, own.types, query, key, options.summaries, options.positions,
        options.dynamicSink, options.dynamicWindow, outs, policy, options.sink,
        options.window, options.causal, options.heads, /*chunk=*/IntegerAttr());
}

void BlockSparseAttentionOp::build(OpBuilder &b, OperationState &state,
                                   Value query, Value key, Value value,
                                   PruneOp list,
                                   const AttentionOptions &options) {
  OperationState own(state.location, state.name);
  SmallVector<Value> outs = attentionOuts(b, own, query, value, options.lse);
  PolicyAttrInterface policy = list.getPolicy();
  build(b, state, own.types, query, key, value, list.getResult(0),
        list.getResult(1), list.getPositions(), /*band_start=*/Value(),
        list.getDynamicSink(), list.getDynamicWindow(), options.dynamicScale,
        outs, list.getBand(), policy.getListBlockQ(), policy.getListBlockK(),
        asF32(b, options.scale), asF32(b, options.softcap), kNoScore);
}

void MergeOp::build(OpBuilder &b, OperationState &state, ValueRange partials,
                    ValueRange lses, Type element) {
  OperationState own(state.location, state.name);
  SmallVector<Value> outs;
  addOut(b, own, outs,
         tensor::getMixedSizes(b, state.location, partials.front()), element);
  addOut(b, own, outs, tensor::getMixedSizes(b, state.location, lses.front()),
         b.getF32Type());
  build(b, state, own.types, partials, lses, outs);
}
