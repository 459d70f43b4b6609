//===- HipOps.h - Ops of the hip dialect
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPOPS_H
#define HIP_DIALECT_HIPOPS_H

#include "dialect/HipDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "dialect/HipOps.h.inc"

namespace mlir::hip {
/// Makes ops on tensors tile over batch entries and groups of heads.
void attachTilingModels(MLIRContext *context);
} // namespace mlir::hip

#endif // HIP_DIALECT_HIPOPS_H
