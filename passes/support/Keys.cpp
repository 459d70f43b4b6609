//===- support/Keys.cpp - Positions, lengths and stored keys
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Keys.h"

using namespace mlir;
using namespace mlir::hip;

int64_t mlir::hip::headsOf(Value array) {
  if (auto view = dyn_cast<KvType>(array.getType()))
    return view.getShape()[1];
  return cast<ShapedType>(array.getType()).getDimSize(1);
}

Value mlir::hip::keyCount(ScalarBuilder &b, Value keys, Value batch) {
  Operation *def = keys.getDefiningOp();
  if (auto ragged = dyn_cast_or_null<KvRaggedOp>(def)) {
    Value next = b.add(batch, b.index(1));
    return b.sub(b.loadIndex(ragged.getOffsets(), next),
                 b.loadIndex(ragged.getOffsets(), batch));
  }
  if (auto paged = dyn_cast_or_null<KvPagedOp>(def))
    return b.loadIndex(paged.getLengths(), batch);
  return b.size(keys, 2);
}

StoredRow mlir::hip::storedRow(ScalarBuilder &b, Value keys, Value batch,
                               Value head, Value j) {
  Operation *def = keys.getDefiningOp();
  if (auto ragged = dyn_cast_or_null<KvRaggedOp>(def)) {
    Value row = b.add(b.loadIndex(ragged.getOffsets(), batch), j);
    return {ragged.getStorage(), {row, head}};
  }
  if (auto paged = dyn_cast_or_null<KvPagedOp>(def)) {
    Value page = b.size(paged.getPages(), 1);
    Value which = b.loadIndex(paged.getTable(), {batch, b.div(j, page)});
    Value row = arith::RemUIOp::create(b, j, page);
    return {paged.getPages(), {which, row, head}};
  }
  if (auto contiguous = dyn_cast_or_null<KvContiguousOp>(def)) {
    if (contiguous.getLayout() == KvLayout::Bthd)
      return {contiguous.getStorage(), {batch, j, head}};
    return {contiguous.getStorage(), {batch, head, j}};
  }
  return {keys, {batch, head, j}};
}

Value mlir::hip::loadKey(ScalarBuilder &b, Value keys, Value batch, Value head,
                         Value j, Value d) {
  StoredRow row = storedRow(b, keys, batch, head, j);
  row.indices.push_back(d);
  return b.load(row.storage, row.indices);
}

LogicalResult mlir::hip::checkReadable(Operation *op) {
  for (Value operand : op->getOperands()) {
    auto view = dyn_cast<KvType>(operand.getType());
    if (!view)
      continue;
    Operation *def = operand.getDefiningOp();
    if (!isa_and_nonnull<KvContiguousOp, KvRaggedOp, KvPagedOp>(def))
      return op->emitOpError()
             << "reads a KV view that is made elsewhere; make "
                "it with hip.kv.* in the same function";
    if (view.getElementType().getIntOrFloatBitWidth() < 16)
      return op->emitOpError() << "S23: " << view.getElementType()
                               << " storage has no lowering to the CPU; store "
                                  "f16, bf16 or f32";
  }
  return success();
}

Value mlir::hip::firstPosition(ScalarBuilder &b, Value positions,
                               Value queryRows, Value keys, Value batch) {
  if (positions)
    return b.loadIndex(positions, batch);
  return b.sub(keys, queryRows);
}

Value mlir::hip::bandStart(ScalarBuilder &b, BandAttr band, int64_t blockQ,
                           Value block, Value position0, Value keys) {
  Value last = b.sub(keys, b.index(1));
  Value least = last;
  if (band.getCausal()) {
    // The first row of the coarse block that shares this band.
    Value coarse =
        b.div(b.mul(block, b.index(blockQ)), b.index(band.getBlockQ()));
    Value row = b.mul(coarse, b.index(band.getBlockQ()));
    least = b.min(b.add(position0, row), last);
  }
  Value reach = b.sub(least, b.index(band.getWindow() + band.getSink() - 1));
  Value chunks = b.div(b.max(b.index(0), reach), b.index(band.getChunk()));
  return b.add(b.index(band.getSink()),
               b.mul(chunks, b.index(band.getChunk())));
}
