//===- OutputSizes.cpp - Sizes of results from those of inputs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/OutputSizes.h"

#include "compiler/PlanNumbers.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;

namespace hipc {

static Status unknown() {
  return Status(Code::Unsupported, "the size does not follow from the inputs'");
}

/// Whichever branch runs, a result has one size: a kept list, or a new one in
/// its place.
static Expected<Expr> findSizeOfBranches(scf::IfOp branch, OpResult result,
                                         int64_t dim) {
  unsigned number = result.getResultNumber();
  Expected<Expr> yes = findSize(branch.thenYield().getOperand(number), dim),
                 no = findSize(branch.elseYield().getOperand(number), dim);
  return yes && no && *yes == *no ? yes : unknown();
}

/// Destinations have the sizes of their results, so that a walk up them ends
/// at an argument or at a tensor.empty.
Expected<Expr> findSize(Value tensor, int64_t dim) {
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type || dim >= type.getRank())
    return unknown();
  if (!type.isDynamicDim(dim))
    return Expr(type.getDimSize(dim));
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    if (!isa<func::FuncOp>(argument.getOwner()->getParentOp()))
      return unknown();
    return Expr::dim(argument.getArgNumber(), dim);
  }
  Operation *op = tensor.getDefiningOp();
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return findNumber(empty.getDynamicSize(dim));
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return findSize(cast.getSource(), dim);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
      slice && slice.getDroppedDims().none()) {
    OpFoldResult size = slice.getMixedSizes()[dim];
    return findNumber(cast<Value>(size));
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return findSizeOfBranches(branch, cast<OpResult>(tensor), dim);
  if (auto into = dyn_cast<DestinationStyleOpInterface>(op))
    return findSize(into.getTiedOpOperand(cast<OpResult>(tensor))->get(), dim);
  return unknown();
}

Expected<Expr> findNumber(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return unknown();
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    if (!index || !type || *index < 0 || *index >= type.getRank())
      return unknown();
    return findSize(dim.getSource(), *index);
  }
  if (std::optional<Expr> number = numberOf(op, findNumber))
    return *number;
  return unknown();
}

static ExprScope scopeOf(func::FuncOp entry) {
  ExprScope scope;
  for (Type type : entry.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    scope.inputRanks.push_back(tensor ? tensor.getRank() : 0);
  }
  return scope;
}

std::vector<std::vector<Expr>> findOutputSizes(func::FuncOp entry) {
  if (!entry.getBody().hasOneBlock())
    return {};
  ExprScope scope = scopeOf(entry);
  std::vector<std::vector<Expr>> sizes;
  for (Value result : entry.front().getTerminator()->getOperands()) {
    std::vector<Expr> &dims = sizes.emplace_back();
    auto type = dyn_cast<RankedTensorType>(result.getType());
    for (int64_t dim = 0; type && dim < type.getRank(); ++dim) {
      Expected<Expr> size = findSize(result, dim);
      if (!size || !size->verify(scope).ok())
        return {};
      dims.push_back(std::move(*size));
    }
  }
  return sizes;
}

} // namespace hipc
