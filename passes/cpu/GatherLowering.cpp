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

void TileLowering::gather(TileGatherOp op, Value to) {
  TileType type = op.getTile().getType();
  RowMap map(viewOf(op.getView()));
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
          fill(
              [&](Value c) -> Value {
                Value numbers = loadVector(row, c);
                if (numbers.getType() == vectorOf(b.getF32Type()))
                  return numbers;
                return arith::ExtFOp::create(b, vectorOf(b.getF32Type()),
                                             numbers);
              },
              [&](Value c) { return b.widen(b.load(row, c)); });
          return SmallVector<Value>{};
        },
        [&] {
          Value none = spread(b.f32(0), b.getF32Type());
          fill([&](Value) { return none; }, [&](Value) { return b.f32(0); });
          return SmallVector<Value>{};
        });
  });
}
