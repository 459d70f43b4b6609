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
  /// Types of both operands, which may differ or not, and their name.
  bool (*takes)(Type type);
  bool mixesTypes;
  StringRef operands;
  /// Rows, columns and inner numbers of one instruction; of its columns the
  /// most as well.
  int64_t rows, columns, inner, mostColumns;
  /// Warps that multiply together, each a part of the rows.
  int64_t warps;
  /// Whether `a` may be in registers, as accumulators hold it.
  bool leftInRegisters;
  /// Whether it goes on beside the threads that begin it, and reads swizzled
  /// rows of shared memory as the async proxy does.
  bool isAsync;
};

/// The units, the best one first.
ArrayRef<MatrixUnitRow> matrixUnits();
const MatrixUnitRow &rowOf(MatrixUnit unit);

/// A product of matrices: the types of its factors, the shape of the result,
/// and over how many numbers it sums.
struct Product {
  Type a, b;
  int64_t rows, columns, inner;
  /// Where the result is.
  MmaLayoutAttr layout;
};

/// The best unit for a product, `best` or a lesser one; where that is not the
/// first of them, `why` gets the reason.
MatrixUnit unitFor(const Product &product, MatrixUnit best,
                   std::string *why = nullptr);

/// Refuses products that a unit does not compute.
LogicalResult checkUnit(Operation *op, MatrixUnit unit, const Product &product);

} // namespace mlir::hip

#endif // HIP_DIALECT_MATRIXUNITS_H
