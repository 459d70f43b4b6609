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
  /// Its instruction, as diagnostics name it.
  StringRef instruction;
  /// Which types operands may have, whether the two may differ, and a name for
  /// these types.
  bool (*takes)(Type type);
  bool mixesTypes;
  StringRef operands;
  /// Rows, columns and inner size of one instruction, and the most columns that
  /// it can have.
  int64_t rows, columns, inner, mostColumns;
  /// Warps that multiply together, each for a part of the rows.
  int64_t warps;
  /// Whether `a` may be in registers, as accumulators hold it.
  bool leftInRegisters;
  /// Whether it runs asynchronously to the threads that start it, and reads
  /// swizzled rows of shared memory through the async proxy.
  bool isAsync;
};

/// The units, the best one first.
ArrayRef<MatrixUnitRow> matrixUnits();
const MatrixUnitRow &rowOf(MatrixUnit unit);

/// A product of matrices: the types of its factors, the shape of the result,
/// and the size that is summed over.
struct Product {
  Type a, b;
  int64_t rows, columns, inner;
  /// Where the result is.
  MmaLayoutAttr layout;
};

/// The best unit for a product, `best` or a lesser one. If it is not `best`,
/// `why` is set to the reason.
MatrixUnit unitFor(const Product &product, MatrixUnit best,
                   std::string *why = nullptr);

/// Rejects products that a unit does not compute.
LogicalResult checkUnit(Operation *op, MatrixUnit unit, const Product &product);

} // namespace mlir::hip

#endif // HIP_DIALECT_MATRIXUNITS_H
