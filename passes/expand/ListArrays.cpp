//===- expand/ListArrays.cpp - Destinations of lists, scores and summaries
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/expand/ListArrays.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::hip;

ListArrays::ListArrays(ScalarBuilder &b, Value query, Value key, Heads heads,
                       bool apart)
    : b(b), query(query), key(key), heads(heads), apart(apart) {}

OpFoldResult ListArrays::sizeOf(Value array, int64_t dimension) {
  return getAsOpFoldResult(b.size(array, dimension));
}

/// A constant where `value` is one, so that types stay static.
static OpFoldResult folded(Value value) { return getAsOpFoldResult(value); }

SmallVector<OpFoldResult> ListArrays::listSizes(int64_t blockQ) {
  OpFoldResult selection = b.getIndexAttr(1);
  if (Value owner = ownerOf(heads, query, key, Value()))
    selection = sizeOf(owner, 1);
  Value lists = b.ceilDiv(b.size(query, 2), b.index(blockQ));
  return {sizeOf(query, 0), selection, folded(lists)};
}

Value ListArrays::empty(ArrayRef<OpFoldResult> sizes, Type element) {
  if (!apart)
    return tensor::EmptyOp::create(b, sizes, element);
  SmallVector<Value> dynamic;
  SmallVector<int64_t> shape;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  return bufferization::AllocTensorOp::create(
      b, RankedTensorType::get(shape, element), dynamic);
}

SmallVector<Value> ListArrays::blockList(PolicyAttrInterface policy) {
  int64_t kept = policy.getKeptKeys(), block = policy.getListBlockK();
  if (!ShapedType::isDynamic(kept) && kept / block <= kStaticEntries)
    return blocks(policy.getListBlockQ(), b.getIndexAttr(kept / block));
  Value capacity = b.ceilDiv(b.size(key, 2), b.index(block));
  if (!ShapedType::isDynamic(kept))
    capacity = b.min(capacity, b.index(kept / block));
  return blocks(policy.getListBlockQ(), folded(capacity));
}

SmallVector<Value> ListArrays::ranges(int64_t blockQ, OpFoldResult width) {
  SmallVector<OpFoldResult> sizes = listSizes(blockQ);
  Value counts = empty(sizes, b.getI32Type());
  sizes.append({width, b.getIndexAttr(2)});
  return {empty(sizes, b.getI32Type()), counts};
}

SmallVector<Value> ListArrays::blocks(int64_t blockQ, OpFoldResult width) {
  SmallVector<OpFoldResult> sizes = listSizes(blockQ);
  Value counts = empty(sizes, b.getI32Type());
  sizes.push_back(width);
  return {empty(sizes, b.getI32Type()), counts};
}

Value ListArrays::scores(int64_t blockQ, OpFoldResult width) {
  SmallVector<OpFoldResult> sizes = listSizes(blockQ);
  sizes.push_back(width);
  return empty(sizes, b.getF32Type());
}

Value ListArrays::summary(int64_t box) {
  Value boxes = b.div(b.size(key, 2), b.index(box));
  SmallVector<OpFoldResult> sizes{sizeOf(key, 0), sizeOf(key, 1), folded(boxes),
                                  b.getIndexAttr(2), sizeOf(key, 3)};
  Type element = isa<KvType>(key.getType())
                     ? cast<KvType>(key.getType()).getElementType()
                     : cast<ShapedType>(key.getType()).getElementType();
  return empty(sizes, element);
}

OpFoldResult ListArrays::chunksOf(int64_t size) {
  return folded(b.div(b.size(key, 2), b.index(size)));
}

OpFoldResult ListArrays::chunksOf(int64_t size, int64_t most) {
  if (most <= kStaticEntries)
    return b.getIndexAttr(most);
  return folded(b.min(b.div(b.size(key, 2), b.index(size)), b.index(most)));
}
