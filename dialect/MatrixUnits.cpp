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
  auto isHalf = [](Type type) { return type.isF16() || type.isBF16(); };
  static const MatrixUnitRow rows[] = {
      {MatrixUnit::Wgmma, "wgmma", isHalf, /*mixesTypes=*/false,
       "of f16 or of bf16", /*rows=*/4 * layout::kMmaRows, layout::kMmaColumns,
       layout::kMmaInner, /*mostColumns=*/256, /*warps=*/4,
       /*leftInRegisters=*/true, /*isAsync=*/true},
      {MatrixUnit::MmaSync, "mma.sync", isHalf, /*mixesTypes=*/false,
       "of f16 or of bf16", layout::kMmaRows, layout::kMmaColumns,
       layout::kMmaInner, layout::kMmaColumns, /*warps=*/1,
       /*leftInRegisters=*/true, /*isAsync=*/false},
      {MatrixUnit::Fma, "fma", [](Type type) { return isa<FloatType>(type); },
       /*mixesTypes=*/true, "of floats", 1, 1, 1, 1, /*warps=*/1,
       /*leftInRegisters=*/false, /*isAsync=*/false}};
  static_assert(std::size(rows) == getMaxEnumValForMatrixUnit() + 1,
                "each unit has a row");
  return rows;
}

const MatrixUnitRow &mlir::hip::rowOf(MatrixUnit unit) {
  return *llvm::find_if(matrixUnits(), [&](const MatrixUnitRow &row) {
    return row.unit == unit;
  });
}

/// Why warps that multiply together do not come out even; empty if they do.
static std::string reasonAgainstWarps(const MatrixUnitRow &row,
                                      const Product &product) {
  MmaLayoutAttr layout = product.layout;
  if (row.warps == 1)
    return {};
  if (layout.getColumnWarps() != 1 || layout.getRowWarps() % row.warps != 0)
    return llvm::formatv("the result is in {0}, {1} takes groups of {2} warps "
                         "above each other",
                         layout, row.instruction, row.warps);
  int64_t rows = layout.getRowWarps() * layout::kMmaRows;
  if (product.rows % rows != 0)
    return llvm::formatv("{0} rows are no multiple of {1}, those of {2} warps",
                         product.rows, rows, layout.getRowWarps());
  if (product.columns > row.mostColumns || product.columns % 16 != 0)
    return llvm::formatv("{0} columns of the result, {1} has multiples of 16, "
                         "at most {2}",
                         product.columns, row.instruction, row.mostColumns);
  return {};
}

/// Why a unit does not compute a product; empty if it does.
static std::string reasonAgainst(const MatrixUnitRow &row,
                                 const Product &product) {
  auto [a, b] = std::pair(product.a, product.b);
  if ((a != b && !row.mixesTypes) || !row.takes(a) || !row.takes(b))
    return llvm::formatv("the operands hold {0} and {1}, {2} takes two {3}", a,
                         b, row.instruction, row.operands);
  if (product.inner % row.inner != 0)
    return llvm::formatv("{0} columns are no multiple of {1}", product.inner,
                         row.inner);
  return reasonAgainstWarps(row, product);
}

MatrixUnit mlir::hip::unitFor(const Product &product, MatrixUnit best,
                              std::string *why) {
  ArrayRef<MatrixUnitRow> rows = matrixUnits();
  auto isBest = [&](const MatrixUnitRow &row) { return row.unit == best; };
  const MatrixUnitRow *first = llvm::find_if(rows, isBest);
  for (const MatrixUnitRow &row : ArrayRef(first, rows.end())) {
    std::string against = reasonAgainst(row, product);
    if (against.empty())
      return row.unit;
    if (why && why->empty())
      *why = against;
  }
  return MatrixUnit::Fma;
}

LogicalResult mlir::hip::checkUnit(Operation *op, MatrixUnit unit,
                                   const Product &product) {
  std::string against = reasonAgainst(rowOf(unit), product);
  if (against.empty())
    return success();
  return op->emitOpError() << "multiplies by " << stringifyMatrixUnit(unit)
                           << ", but " << against
                           << "; leave the unit to "
                              "hip-assign-layouts";
}
