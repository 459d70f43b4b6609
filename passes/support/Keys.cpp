//===- support/Keys.cpp - Positions, lengths and stored keys
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Keys.h"
#include "dialect/HipVerify.h"
#include <numeric>

using namespace mlir;
using namespace mlir::hip;

int64_t mlir::hip::headsOf(Value array) { return shapeOf(array.getType())[1]; }

int64_t mlir::hip::headsWithOneList(BlockSparseAttentionOp op) {
  int64_t heads = headsOf(op.getQuery());
  int64_t lists =
      op.getCounts() ? headsOf(op.getCounts()) : headsOf(op.getKey());
  int64_t readers = std::max(lists, headsOf(op.getKey()));
  return ShapedType::isDynamic(heads) || ShapedType::isDynamic(lists)
             ? 1
             : heads / readers;
}

int64_t mlir::hip::packedHeads(int64_t sharing, int64_t capacity) {
  int64_t heads = std::clamp<int64_t>(capacity, 1, sharing);
  while (sharing % heads != 0)
    --heads;
  return heads;
}

int64_t mlir::hip::keyRuns(BlockSparseAttentionOp op, int64_t columns) {
  for (Value array : {op.getKey(), op.getValue()})
    if (!isa<MemRefType>(array.getType()))
      return 1;
  BandAttr band = op.getBand();
  int64_t sink = op.getDynamicSink() ? band.getChunk() : band.getSink();
  int64_t runs = std::gcd(columns, sink);
  return op.getBlocks() ? std::gcd(runs, int64_t(op.getBlockK())) : runs;
}

/// Whether key j lies in the same row of the same page of both.
static bool haveSamePages(const KeyStorage &one, const KeyStorage &other) {
  return one.table == other.table && one.pageSize() == other.pageSize();
}

Value mlir::hip::keyCount(ScalarBuilder &b, Value keys, Value batch) {
  KeyStorage from(keys);
  if (from.starts) {
    Value first = startOf(b, from.starts, batch, from.rows);
    Value end = b.loadIndex(from.starts, b.add(batch, b.index(1)));
    return b.sub(b.clamp(end, first, b.size(from.rows, 0)), first);
  }
  if (from.table && from.keysOfRow() > 1) {
    Value length = b.max(b.loadIndex(from.lengths, batch), b.index(0));
    return b.min(b.div(length, b.index(from.keysOfRow())), b.size(keys, 2));
  }
  if (from.table)
    return b.clamp(b.loadIndex(from.lengths, batch), b.index(0),
                   b.size(keys, 2));
  return b.size(keys, 2);
}

/// Whether two views have the same number of keys in every entry, by how they
/// are made. Of arrays sizes are checked before a run.
static bool haveSameLengths(const KeyStorage &one, const KeyStorage &other) {
  if (one.table)
    return other.table && haveSamePages(one, other) &&
           one.lengths == other.lengths;
  if (one.starts)
    return one.starts == other.starts && one.rows == other.rows;
  return !other.table && !other.starts;
}

ReadableKeys::ReadableKeys(ScalarBuilder &b, Value keys, Value batch,
                           Value beside)
    : batch(batch) {
  KeyStorage from(keys);
  if (from.table) {
    paged = from;
    pages = b.size(paged.rows, 0);
  }
  if (!beside)
    return;
  KeyStorage other(beside);
  if (!haveSameLengths(from, other))
    lengthBeside = keyCount(b, beside, batch);
  if (!other.table)
    return;
  if (paged.table && haveSamePages(paged, other))
    // One look into the table does for both.
    pages = b.min(pages, b.size(other.rows, 0));
  else
    pagedBeside = other;
}

/// Whether the table names a stored page for key `j`.
static Value hasPage(ScalarBuilder &b, const KeyStorage &paged, Value batch,
                     Value j, Value pages) {
  Value page = b.size(paged.rows, 1);
  Value which = pageOf(b, paged.table, batch, j, page, paged.pagesOfRow());
  return b.compare(arith::CmpIPredicate::ult, which, pages);
}

Value ReadableKeys::has(ScalarBuilder &b, Value j) const {
  Value has;
  if (paged.table)
    has = hasPage(b, paged, batch, j, pages);
  if (lengthBeside) {
    Value inside = b.compare(arith::CmpIPredicate::slt, j, lengthBeside);
    has = has ? b.both(has, inside) : inside;
  }
  if (!pagedBeside.table)
    return has;
  auto look = [&]() -> SmallVector<Value> {
    return {hasPage(b, pagedBeside, batch, j, b.size(pagedBeside.rows, 0))};
  };
  auto none = [&]() -> SmallVector<Value> {
    return {arith::ConstantOp::create(b, b.getBoolAttr(false))};
  };
  return has ? b.ifElse(has, b.getI1Type(), look, none)[0] : look()[0];
}

Value ReadableKeys::orNone(ScalarBuilder &b, Value j) const {
  if (!mayLack())
    return j;
  Value none = b.i32(-1);
  return b.ifElse(
      b.compare(arith::CmpIPredicate::sge, j, b.i32(0)), b.getI32Type(),
      [&] {
        return SmallVector<Value>{b.select(has(b, b.toIndex(j)), j, none)};
      },
      [&] { return SmallVector<Value>{none}; })[0];
}

Value mlir::hip::readNarrow(ScalarBuilder &b, Value number, Value scale,
                            Type type) {
  Value wide = b.widen(number);
  return b.narrow(scale ? b.mul(wide, scale) : wide, type);
}

Value mlir::hip::loadKey(ScalarBuilder &b, Value keys, Value batch, Value head,
                         Value j, Value d) {
  RowPlace place = RowMap(keys, batch, head).at(b, j);
  place.indices.push_back(d);
  return asKey(b, keys, head, b.load(place.storage, place.indices));
}

Value mlir::hip::asKey(ScalarBuilder &b, Value keys, Value head, Value number) {
  if (!isFloat8(number.getType()))
    return number;
  Value scale;
  if (Value scales = KeyStorage(keys).scales)
    scale = b.load(scales, head);
  return readNarrow(b, number, scale, elementOf(keys.getType()));
}

LogicalResult mlir::hip::checkReadable(Operation *op) {
  for (Value operand : op->getOperands()) {
    Operation *maker = operand.getDefiningOp();
    if (isa<KvType>(operand.getType()) && !KeyStorage::isView(maker))
      return op->emitOpError()
             << "reads a KV view that is made elsewhere; make "
                "it with hip.kv.* in the same function";
    if (isa<QueryType>(operand.getType()) && !QueryRows::isView(maker))
      return op->emitOpError()
             << "reads a view of queries that is made elsewhere; make it with "
                "hip.query.ragged in the same function";
  }
  return success();
}

Value mlir::hip::firstPosition(ScalarBuilder &b, Value positions,
                               Value queryRows, Value keys, Value batch) {
  if (positions)
    return b.clamp(b.loadIndex(positions, batch), b.sub(b.index(0), queryRows),
                   keys);
  return b.sub(keys, queryRows);
}

Band::Band(ScalarBuilder &b, BandAttr attribute, Value dynamicSink,
           Value dynamicWindow)
    : attribute(attribute) {
  Value zero = b.index(0);
  if (dynamicSink) {
    Value chunk = b.index(attribute.getChunk());
    Value held = b.clamp(b.toIndex(dynamicSink), zero,
                         b.index(attribute.getMostSinks()));
    sink = b.mul(b.ceilDiv(held, chunk), chunk);
  } else {
    sink = b.index(attribute.getSink());
  }
  window = dynamicWindow ? b.max(b.toIndex(dynamicWindow), zero)
                         : b.index(attribute.getWindow());
}

Value mlir::hip::bandStart(ScalarBuilder &b, const Band &band, int64_t blockQ,
                           Value block, Value position0, Value keys) {
  Value last = b.sub(keys, b.index(1));
  Value least = last;
  if (band.attribute.getCausal()) {
    // The first row of the coarse block that shares this band.
    Value rows = b.index(band.attribute.getBlockQ());
    Value coarse = b.div(b.mul(block, b.index(blockQ)), rows);
    least = b.min(b.add(position0, b.mul(coarse, rows)), last);
  }
  Value before = b.sub(b.add(band.window, band.sink), b.index(1));
  Value reach = b.sub(least, before),
        chunk = b.index(band.attribute.getChunk());
  Value chunks = b.div(b.max(b.index(0), reach), chunk);
  return b.add(band.sink, b.mul(chunks, chunk));
}

std::pair<Value, Value> mlir::hip::candidateBlocks(ScalarBuilder &b,
                                                   const Band &band,
                                                   int64_t blockK, Value start,
                                                   Value keys) {
  Value size = b.index(blockK), end = b.max(b.min(start, keys), b.index(0));
  return {b.ceilDiv(band.sink, size), b.div(end, size)};
}
