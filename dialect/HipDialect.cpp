//===- HipDialect.cpp - Registration
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "dialect/HipOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hip;

#include "dialect/HipDialect.cpp.inc"
#include "dialect/HipEnums.cpp.inc"

void HipDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialect/HipOps.cpp.inc"
      >();
  attachTilingModels(getContext());
}
