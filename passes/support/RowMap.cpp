//===- support/RowMap.cpp - Where rows of a view lie
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/RowMap.h"
#include "mlir/IR/Matchers.h"
#include "passes/support/KeyStorage.h"

using namespace mlir;
using namespace mlir::hip;

TileViewOp mlir::hip::viewOf(Value rows) {
  return cast<TileViewOp>(rows.getDefiningOp());
}

Value mlir::hip::startOf(ScalarBuilder &b, Value starts, Value entry,
                         Value storage) {
  return b.clamp(b.loadIndex(starts, entry), b.index(0), b.size(storage, 0));
}

Value mlir::hip::pageOf(ScalarBuilder &b, Value table, Value entry, Value r,
                        Value page, int64_t span) {
  Value place = b.div(r, page);
  if (span > 1)
    place = b.add(b.mul(place, b.index(span)), b.index(span - 1));
  return b.loadIndex(table, {entry, place});
}

RowMap::RowMap(TileViewOp view)
    : source(view.getSource()), indices(view.getIndices()), map(view.getMap()),
      end(view.getEnd()), table(view.getTable()), entry(view.getEntry()),
      page(view.getPage()) {
  for (Value &index : indices)
    if (matchPattern(index, m_Zero()))
      index = Value();
}

RowMap::RowMap(Value keys, Value batch, Value head, Value side) {
  KeyStorage from(keys);
  span = from.pagesOfRow();
  source = from.rows;
  MLIRContext *context = keys.getContext();
  AffineExpr none = getAffineConstantExpr(0, context);
  AffineExpr row = getAffineDimExpr(0, context);
  AffineExpr said = getAffineDimExpr(1, context);
  auto set = [&](ArrayRef<Value> at, ArrayRef<AffineExpr> results) {
    indices.assign(at.begin(), at.end());
    map = AffineMap::get(table ? 2 : 1, /*symbolCount=*/0, results, context);
  };
  if (from.starts || from.table) {
    table = from.starts ? from.starts : from.table;
    entry = batch;
  }
  if (from.table)
    page = from.pageSize();
  if (from.starts) {
    set({Value(), head}, {row + said, none});
  } else if (from.table && side) {
    set({Value(), Value(), head, side}, {said, row % *page, none, none});
  } else if (from.table) {
    set({Value(), Value(), head}, {said, row % *page, none});
  } else {
    SmallVector<Value> at{batch, Value(), Value()};
    SmallVector<AffineExpr> results(3, none);
    at[from.axes.heads] = head;
    results[from.axes.rows] = row;
    set(at, results);
  }
}

/// The table of the last page of each row.
Value RowMap::lastPages(ScalarBuilder &b) const {
  if (span == 1)
    return table;
  SmallVector<OpFoldResult> offsets{b.getIndexAttr(0),
                                    b.getIndexAttr(span - 1)},
      strides{b.getIndexAttr(1), b.getIndexAttr(span)},
      sizes{getAsOpFoldResult(b.size(table, 0)),
            getAsOpFoldResult(b.div(b.size(table, 1), b.index(span)))};
  return memref::SubViewOp::create(b, table, offsets, sizes, strides);
}

Value RowMap::view(ScalarBuilder &b) const {
  SmallVector<Value> known;
  for (Value index : indices)
    known.push_back(index ? index : b.index(0));
  auto memory = cast<MemRefType>(source.getType());
  Type element = memory.getElementType();
  if (isFloat8(element))
    element = b.getI8Type();
  auto rows =
      RowsType::get(b.getContext(), memory.getShape().take_back(), element);
  return TileViewOp::create(b, rows, source, known, end, lastPages(b), entry,
                            AffineMapAttr::get(map),
                            page ? b.getI64IntegerAttr(*page) : IntegerAttr());
}

Value RowMap::lookUp(ScalarBuilder &b, Value r, Value live) const {
  if (!page)
    return startOf(b, table, entry, source);
  auto look = [&]() -> SmallVector<Value> {
    return {pageOf(b, table, entry, r, b.index(*page), span)};
  };
  auto any = [&]() -> SmallVector<Value> { return {b.index(0)}; };
  return live ? b.ifElse(live, b.getIndexType(), look, any)[0] : look()[0];
}

/// An expression of a map, all of whose numbers are from 0 on.
static Value compute(ScalarBuilder &b, AffineExpr expr, ValueRange dims) {
  if (auto known = dyn_cast<AffineConstantExpr>(expr))
    return b.index(known.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  auto both = cast<AffineBinaryOpExpr>(expr);
  Value left = compute(b, both.getLHS(), dims);
  Value right = compute(b, both.getRHS(), dims);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return b.add(left, right);
  case AffineExprKind::Mul:
    return b.mul(left, right);
  case AffineExprKind::Mod:
    return arith::RemUIOp::create(b, left, right);
  case AffineExprKind::FloorDiv:
    return b.div(left, right);
  default:
    llvm_unreachable("a map that the verifier refuses");
  }
}

RowPlace RowMap::at(ScalarBuilder &b, Value r, Value live) const {
  SmallVector<Value> dims{r};
  if (table)
    dims.push_back(lookUp(b, r, live));
  RowPlace place{source, {}, {}};
  for (auto [index, expr] : llvm::zip(indices, map.getResults())) {
    auto known = dyn_cast<AffineConstantExpr>(expr);
    if (known && known.getValue() == 0) {
      place.indices.push_back(index ? index : b.index(0));
      place.fixed.push_back(place.indices.back());
      continue;
    }
    Value more = compute(b, expr, dims);
    place.indices.push_back(index ? b.add(index, more) : more);
  }
  return place;
}

RowPlace RowMap::held(ScalarBuilder &b, Value r, Value last) const {
  RowPlace place = at(b, r);
  if (last)
    place.indices.back() = b.min(place.indices.back(), last);
  return place;
}

Value RowMap::lastIndex(ScalarBuilder &b, Boundary boundary) const {
  return end && boundary == Boundary::Clamp ? b.sub(end, b.index(1)) : Value();
}

Value RowMap::isThere(ScalarBuilder &b, const RowPlace &place) const {
  if (!end)
    return arith::ConstantOp::create(b, b.getBoolAttr(true));
  return b.compare(arith::CmpIPredicate::slt, place.indices.back(), end);
}
