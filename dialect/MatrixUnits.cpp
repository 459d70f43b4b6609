//===- MatrixUnits.cpp - What multiplies matrices on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/MatrixUnits.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hip;

ArrayRef<MatrixUnitRow> mlir::hip::matrixUnits() {
  static const MatrixUnitRow rows[] = {
      {MatrixUnit::MmaSync, "mma.sync",
       [](Type type) { return type.isF16() || type.isBF16(); },
       layout::kMmaRows, layout::kMmaColumns, layout::kMmaInner,
       /*leftInRegisters=*/true},
      {MatrixUnit::Fma, "fma", [](Type type) { return isa<FloatType>(type); },
       1, 1, 1,
       /*leftInRegisters=*/false}};
  return rows;
}

const MatrixUnitRow &mlir::hip::rowOf(MatrixUnit unit) {
  return *llvm::find_if(matrixUnits(), [&](const MatrixUnitRow &row) {
    return row.unit == unit;
  });
}

/// Why a unit does not take operands; empty if it does.
static std::string reasonAgainst(const MatrixUnitRow &row, Type a, Type b,
                                 int64_t inner) {
  bool sameTypes = a == b || row.unit == MatrixUnit::Fma;
  if (!sameTypes || !row.takes(a) || !row.takes(b))
    return llvm::formatv("the operands hold {0} and {1}, {2} takes two {3}", a,
                         b, row.instruction,
                         row.unit == MatrixUnit::Fma ? "of floats"
                                                     : "of f16 or of bf16");
  if (inner % row.inner != 0)
    return llvm::formatv("{0} columns are no multiple of {1}", inner,
                         row.inner);
  return {};
}

MatrixUnit mlir::hip::unitFor(Type a, Type b, int64_t inner, std::string *why) {
  for (const MatrixUnitRow &row : matrixUnits()) {
    std::string against = reasonAgainst(row, a, b, inner);
    if (against.empty())
      return row.unit;
    if (why && why->empty())
      *why = against;
  }
  return MatrixUnit::Fma;
}

LogicalResult mlir::hip::checkUnit(Operation *op, MatrixUnit unit, Type a,
                                   Type b, int64_t inner) {
  std::string against = reasonAgainst(rowOf(unit), a, b, inner);
  if (against.empty())
    return success();
  return op->emitOpError() << "multiplies by " << stringifyMatrixUnit(unit)
                           << ", but " << against
                           << "; leave the unit to "
                              "hip-assign-layouts";
}
