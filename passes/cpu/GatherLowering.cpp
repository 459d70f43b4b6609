//===- cpu/GatherLowering.cpp - Rows of stored keys to scratch
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/cpu/TileLowering.h"
#include "passes/support/RowMap.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::hip::cpu;

/// A row as a one-dimensional, dense memref.
static Value denseRow(ScalarBuilder &b, const RowPlace &row) {
  auto type = cast<MemRefType>(row.storage.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, row.storage);
  Value offset = metadata.getOffset();
  for (auto [index, stride] : llvm::zip(row.indices, metadata.getStrides()))
    offset = b.add(offset, b.mul(index, stride));
  int64_t size = type.getShape().back();
  auto layout =
      StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1});
  auto rowType = MemRefType::get({size}, type.getElementType(), layout);
  return memref::ReinterpretCastOp::create(
      b, rowType, metadata.getBaseBuffer(), OpFoldResult(offset),
      {b.getIndexAttr(size)}, {b.getIndexAttr(1)});
}

/// Numbers of a row, or vectors of them, as scratch has them.
static Value asScratch(ScalarBuilder &b, Value stored) {
  Type element = getElementTypeOrSelf(stored);
  Type scratch = isFloat8(element) ? Type(b.getI8Type()) : b.getF32Type();
  if (element == scratch)
    return stored;
  Type type = scratch;
  if (auto wide = dyn_cast<VectorType>(stored.getType()))
    type = wide.clone(scratch);
  if (isFloat8(element))
    return arith::BitcastOp::create(b, type, stored);
  return arith::ExtFOp::create(b, type, stored);
}

void TileLowering::gather(TileGatherOp op, Value to) {
  TileType type = op.getTile().getType();
  RowMap map(viewOf(op.getView()));
  Type element = cast<MemRefType>(to.getType()).getElementType();
  Value rows = buffers.lookup(op.getRows()), zero = b.index(0);
  int64_t columns = type.getColumns(), whole = columns / lanes * lanes;
  b.loop(b.index(type.getRows()), [&](Value x) {
    Value j = b.loadIndex(rows, {zero, x});
    Value live = b.compare(arith::CmpIPredicate::sge, j, zero);
    auto fill = [&](function_ref<Value(Value)> wide,
                    function_ref<Value(Value)> single) {
      b.loop(zero, b.index(whole), b.index(lanes),
             [&](Value c) { storeVector(wide(c), to, {x, c}); });
      b.loop(b.index(whole), b.index(columns), b.index(1),
             [&](Value c) { b.store(single(c), to, {x, c}); });
    };
    b.ifElse(
        live, TypeRange{},
        [&] {
          Value row = denseRow(b, map.at(b, j));
          fill([&](Value c) { return asScratch(b, loadVector(row, c)); },
               [&](Value c) { return asScratch(b, b.load(row, c)); });
          return SmallVector<Value>{};
        },
        [&] {
          Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
          Value none = spread(zero, element);
          fill([&](Value) { return none; }, [&](Value) { return zero; });
          return SmallVector<Value>{};
        });
  });
}
