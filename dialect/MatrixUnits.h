//===- MatrixUnits.h - What multiplies matrices on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_MATRIXUNITS_H
#define HIP_DIALECT_MATRIXUNITS_H

#include "dialect/HipDialect.h"
#include "dialect/layout/Layout.h"

namespace mlir::hip {

/// A row of the table: what a unit takes, and in which pieces.
struct MatrixUnitRow {
  MatrixUnit unit;
  /// Its instruction, as reasons name it.
  StringRef instruction;
  /// Types of both operands.
  bool (*takes)(Type type);
  /// Rows, columns and inner numbers of one instruction.
  int64_t rows, columns, inner;
  /// Whether `a` may be in registers, as accumulators hold it.
  bool leftInRegisters;
};

/// The units, the best one first.
ArrayRef<MatrixUnitRow> matrixUnits();
const MatrixUnitRow &rowOf(MatrixUnit unit);

/// The best unit for operands of these types whose products are summed over
/// `inner` numbers; where that is not the first one, `why` gets the reason.
MatrixUnit unitFor(Type a, Type b, int64_t inner, std::string *why = nullptr);

/// Refuses operands that a unit does not take.
LogicalResult checkUnit(Operation *op, MatrixUnit unit, Type a, Type b,
                        int64_t inner);

} // namespace mlir::hip

#endif // HIP_DIALECT_MATRIXUNITS_H
