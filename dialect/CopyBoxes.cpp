//===- CopyBoxes.cpp - Boxes of rows that TMA copies
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/CopyBoxes.h"
#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"

using namespace mlir;
using namespace mlir::hip;

/// The most entries of a box on one axis.
constexpr int64_t kMostBoxSide = 256;

bool mlir::hip::canCopyBoxes(int64_t rows, int64_t bytes, int64_t runs) {
  int64_t swizzle = layout::widestSwizzle(bytes);
  return swizzle > 0 && bytes / swizzle <= kMostBoxSide &&
         runs % layout::kAtomRows == 0 && runs <= kMostBoxSide &&
         rows % runs == 0 && rows / runs <= layout::kWarp;
}

LogicalResult mlir::hip::checkRuns(Operation *op, int64_t runs, int64_t rows) {
  if (runs >= 1 && rows % runs == 0)
    return success();
  return op->emitOpError() << "has runs = " << runs << " of " << rows
                           << " rows; give a number that divides these";
}

/// What boxes are copied to: swizzled rows without padding, whose strips hold
/// boxes below each other.
static LogicalResult checkBoxes(Operation *op, SmemType memory, int64_t runs) {
  int64_t rows = memory.getRows(),
          bytes = memory.getColumns() * memory.getElementBytes(),
          swizzle = layout::widestSwizzle(bytes);
  if (failed(checkRuns(op, runs, rows)))
    return failure();
  if (memory.isVector() || !canCopyBoxes(rows, bytes, runs))
    return op->emitOpError()
           << "copies " << rows << " rows of " << bytes << " bytes in boxes of "
           << runs << "; rows are multiples of 32 bytes, and there are up to "
           << layout::kWarp << " boxes of a multiple of " << layout::kAtomRows
           << " rows, at most " << kMostBoxSide;
  if (memory.getSwizzle() == swizzle && memory.getPitch() == bytes &&
      memory.getStrip() == rows)
    return success();
  return op->emitOpError() << "copies boxes to " << memory
                           << "; they take pitch = " << bytes
                           << ", swizzle = " << swizzle
                           << " and strip = " << rows;
}

int64_t TensorMapOp::getBoxColumns() {
  auto memory = cast<SmemType>(getMemory());
  return memory.getSwizzle() / memory.getElementBytes();
}

int64_t TensorMapOp::getBoxPanels() {
  auto memory = cast<SmemType>(getMemory());
  bool isWhole = int64_t(getRuns()) == memory.getRows();
  return isWhole ? memory.getPitch() / memory.getSwizzle() : 1;
}

LogicalResult TensorMapOp::verify() {
  auto memory = cast<SmemType>(getMemory());
  auto array = cast<MemRefType>(getArray().getType());
  if (failed(checkBoxes(*this, memory, getRuns())))
    return failure();
  if (array.getDimSize(3) == memory.getColumns() &&
      array.getElementType() == memory.getElementType())
    return success();
  return emitOpError() << "maps rows of " << array << " to those of " << memory
                       << "; make their numbers the same";
}

LogicalResult GpuGatherBoxesOp::verify() {
  SmemType memory = getMemory().getType();
  Type number = IntegerType::get(getContext(), 32);
  if (failed(
          checkHolds(*this, getRows().getType(), memory.getRows(), number)) ||
      failed(checkHolds(*this, memory, memory.getShape(),
                        memory.getElementType())) ||
      failed(checkMbarriers(*this, getMbarriers().getType())))
    return failure();
  if (!(*this)->getParentOfType<GpuRolesOp>())
    return emitOpError()
           << "is not in a hip.gpu.roles, whose first warp starts "
              "the copies";
  return checkBoxes(*this, memory, getRuns());
}
