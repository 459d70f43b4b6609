//===- support/Lanes.cpp - Ops on numbers, on vectors of them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Lanes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OpDefinition.h"

using namespace mlir;
using namespace mlir::hip;

bool mlir::hip::isLanewise(Operation &op) {
  auto isNumber = [](Type type) { return type.isIntOrIndexOrFloat(); };
  return OpTrait::hasElementwiseMappableTraits(&op) &&
         llvm::all_of(op.getOperandTypes(), isNumber) &&
         llvm::all_of(op.getResultTypes(), isNumber);
}

Type mlir::hip::laneTypes(Type like, Type type) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? vector.clone(type) : type;
}

Value mlir::hip::splatConstant(OpBuilder &b, Location loc, Type type,
                               Attribute value) {
  if (auto vector = dyn_cast<VectorType>(type))
    value = SplatElementsAttr::get(vector, value);
  return arith::ConstantOp::create(b, loc, cast<TypedAttr>(value));
}

Operation *mlir::hip::createLanewise(ImplicitLocOpBuilder &b, Operation &op,
                                     ValueRange vectors, int64_t lanes) {
  auto types = llvm::map_to_vector(op.getResultTypes(), [&](Type type) -> Type {
    return VectorType::get({lanes}, type);
  });
  OperationState state(b.getLoc(), op.getName().getStringRef(), vectors, types,
                       op.getAttrs());
  return b.create(state);
}
