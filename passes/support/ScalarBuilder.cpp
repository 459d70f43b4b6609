//===- support/ScalarBuilder.cpp - Short names for scalar and index arithmetic
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/ScalarBuilder.h"
#include "dialect/HipOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/support/KeyStorage.h"

#include <limits>

using namespace mlir;
using namespace mlir::hip;

Value ScalarBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}
Value ScalarBuilder::i32(int64_t value) {
  return arith::ConstantOp::create(*this, getI32IntegerAttr(int32_t(value)));
}
Value ScalarBuilder::f32(double value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(float(value)));
}
Value ScalarBuilder::add(Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::AddFOp::create(*this, a, b);
  return createOrFold<arith::AddIOp>(a, b);
}
Value ScalarBuilder::sub(Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::SubFOp::create(*this, a, b);
  return createOrFold<arith::SubIOp>(a, b);
}
Value ScalarBuilder::mul(Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::MulFOp::create(*this, a, b);
  return createOrFold<arith::MulIOp>(a, b);
}
Value ScalarBuilder::div(Value a, Value b) {
  return createOrFold<arith::DivUIOp>(a, b);
}
Value ScalarBuilder::ceilDiv(Value a, Value b) {
  return createOrFold<arith::CeilDivUIOp>(a, b);
}
Value ScalarBuilder::min(Value a, Value b) {
  return createOrFold<arith::MinSIOp>(a, b);
}
Value ScalarBuilder::max(Value a, Value b) {
  return createOrFold<arith::MaxSIOp>(a, b);
}
Value ScalarBuilder::clamp(Value value, Value least, Value most) {
  return max(least, min(value, most));
}
Value ScalarBuilder::compare(arith::CmpIPredicate predicate, Value a, Value b) {
  return createOrFold<arith::CmpIOp>(predicate, a, b);
}
Value ScalarBuilder::compare(arith::CmpFPredicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(*this, predicate, a, b);
}
Value ScalarBuilder::greater(Value x, Value y) {
  Value above = compare(arith::CmpFPredicate::OGT, x, y);
  Value yIsNan = compare(arith::CmpFPredicate::UNO, y, y);
  Value xIsNumber = compare(arith::CmpFPredicate::ORD, x, x);
  return either(above, both(yIsNan, xIsNumber));
}

Value ScalarBuilder::both(Value a, Value b) {
  return createOrFold<arith::AndIOp>(a, b);
}
Value ScalarBuilder::either(Value a, Value b) {
  return createOrFold<arith::OrIOp>(a, b);
}
Value ScalarBuilder::select(Value condition, Value a, Value b) {
  return createOrFold<arith::SelectOp>(condition, a, b);
}

Value ScalarBuilder::ceilLog2(Value value) {
  // The width of value - 1 in bits.
  Type i64 = getI64Type();
  Value least = max(value, index(1));
  Value below = arith::IndexCastOp::create(*this, i64, sub(least, index(1)));
  Value zeros = math::CountLeadingZerosOp::create(*this, below);
  Value width = arith::ConstantIntOp::create(*this, i64, 64);
  return toIndex(arith::SubIOp::create(*this, width, zeros));
}

Value ScalarBuilder::toIndex(Value value) {
  if (value.getType().isIndex())
    return value;
  return createOrFold<arith::IndexCastOp>(getIndexType(), value);
}
Value ScalarBuilder::toI32(Value value) {
  return createOrFold<arith::IndexCastOp>(getI32Type(), value);
}
Value ScalarBuilder::widen(Value value) {
  if (value.getType().isF32())
    return value;
  return arith::ExtFOp::create(*this, getF32Type(), value);
}
Value ScalarBuilder::narrow(Value value, Type type) {
  if (value.getType() == type)
    return value;
  return arith::TruncFOp::create(*this, type, value);
}

Value ScalarBuilder::mean(Value sum, Value weight, Type type) {
  using P = arith::CmpFPredicate;
  Value quotient = arith::DivFOp::create(*this, sum, weight);
  llvm::APFloat end =
      llvm::APFloat::getLargest(cast<FloatType>(type).getFloatSemantics());
  double most = end.convertToDouble();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Value finite = both(compare(P::OLT, sum, f32(kInfinity)),
                      compare(P::OGT, sum, f32(-kInfinity)));
  Value held = arith::MaximumFOp::create(
      *this, arith::MinimumFOp::create(*this, quotient, f32(most)), f32(-most));
  return select(finite, held, quotient);
}

Value ScalarBuilder::load(Value memref, ValueRange indices) {
  return memref::LoadOp::create(*this, memref, indices);
}
Value ScalarBuilder::loadIndex(Value memref, ValueRange indices) {
  return toIndex(load(memref, indices));
}
void ScalarBuilder::store(Value value, Value memref, ValueRange indices) {
  memref::StoreOp::create(*this, value, memref, indices);
}
void ScalarBuilder::storeIndex(Value value, Value memref, ValueRange indices) {
  store(toI32(value), memref, indices);
}

Value ScalarBuilder::size(Value array, int64_t dimension) {
  if (auto view = dyn_cast<KvType>(array.getType())) {
    if (!ShapedType::isDynamic(view.getShape()[dimension]))
      return index(view.getShape()[dimension]);
    KeyStorage from(array);
    if (from.starts)
      return dimension == 0 ? sub(size(from.starts, 0), index(1))
                            : size(from.rows, 0);
    if (from.table && dimension == 0)
      return size(from.table, 0);
    if (from.table && from.pagesOfRow() > 1)
      return div(size(from.table, 1), index(from.pagesOfRow()));
    if (from.table)
      return mul(size(from.table, 1), size(from.rows, 1));
    int64_t stored[] = {0, from.axes.heads, from.axes.rows, 3};
    return size(from.rows, stored[dimension]);
  }
  if (auto view = dyn_cast<QueryType>(array.getType())) {
    if (!ShapedType::isDynamic(view.getShape()[dimension]))
      return index(view.getShape()[dimension]);
    auto packed = array.getDefiningOp<QueryRaggedOp>();
    return dimension == 0 ? sub(size(packed.getOffsets(), 0), index(1))
                          : packed.getMost();
  }
  auto type = cast<ShapedType>(array.getType());
  if (!type.isDynamicDim(dimension))
    return index(type.getDimSize(dimension));
  if (isa<TensorType>(type))
    return tensor::DimOp::create(*this, array, dimension);
  return memref::DimOp::create(*this, array, dimension);
}

void ScalarBuilder::loop(Value from, Value to, Value step,
                         function_ref<void(Value)> body) {
  auto op = scf::ForOp::create(*this, from, to, step);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

void ScalarBuilder::loop(Value to, function_ref<void(Value)> body) {
  loop(index(0), to, index(1), body);
}

SmallVector<Value>
ScalarBuilder::loop(Value from, Value to, Value step, ValueRange carried,
                    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto op = scf::ForOp::create(*this, from, to, step, carried);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
  // Without carried values the loop is built with its terminator.
  if (!carried.empty())
    scf::YieldOp::create(*this, next);
  return llvm::to_vector_of<Value>(op.getResults());
}

void ScalarBuilder::when(Value condition, function_ref<void()> body) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  body();
}

SmallVector<Value>
ScalarBuilder::ifElse(Value condition, TypeRange types,
                      function_ref<SmallVector<Value>()> yes,
                      function_ref<SmallVector<Value>()> no) {
  auto op = scf::IfOp::create(*this, types, condition, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(*this);
  // Without results the branches are built with their terminators.
  auto fill = [&](Block *block, function_ref<SmallVector<Value>()> body) {
    setInsertionPointToStart(block);
    SmallVector<Value> values = body();
    if (!types.empty())
      scf::YieldOp::create(*this, values);
  };
  fill(op.thenBlock(), yes);
  fill(op.elseBlock(), no);
  return llvm::to_vector_of<Value>(op.getResults());
}
