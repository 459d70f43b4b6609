//===- memory/SharedTiles.cpp - Memory of the tiles of a kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/SharedTiles.h"
#include "dialect/CopyBoxes.h"
#include "dialect/MatrixUnits.h"
#include "passes/support/Phases.h"
#include "passes/support/RowMap.h"

using namespace mlir;
using namespace mlir::hip;

SharedTiles::SharedTiles(TileKernelOp kernel) : phases(phasesOf(kernel)) {
  if (auto schedule = kernel.getScheduleAttr()) {
    swizzled = schedule.getSwizzled();
    copiesBoxes = schedule.getEngine() == CopyEngine::Tma;
  }
  for (auto [number, phase] : llvm::enumerate(phases))
    for (Operation *op : phase)
      phaseOf[op] = number;
}

/// The first op of a phase whose block is around `op`: a phase may begin in a
/// branch or a loop, and go on after it.
static Operation *startFor(Operation *op, ArrayRef<Operation *> phase) {
  return *llvm::find_if(phase, [&](Operation *first) {
    return first->getBlock()->findAncestorOpInBlock(*op) != nullptr;
  });
}

Value SharedTiles::allocate(Operation *op, SmemType type) {
  if (!type)
    return {};
  Operation *start = startFor(op, phases[phaseOf.lookup(op)]);
  Operation *&last = lastOf[start];
  OpBuilder builder(start);
  if (last)
    builder.setInsertionPointAfter(last);
  last = GpuAllocOp::create(builder, op->getLoc(), type, IntegerAttr());
  return last->getResult(0);
}

/// Whether a wgmma reads the tile, which takes swizzled rows alone.
static bool isForWgmma(Value tile) {
  return llvm::any_of(tile.getUsers(), [](Operation *user) {
    auto dot = dyn_cast<TileDotOp>(user);
    return dot && dot.getUnit() && rowOf(*dot.getUnit()).isAsync;
  });
}

/// Whether TMA can copy the tile to memory whose rows it swizzles.
static bool comesInBoxes(Operation *op, TileType tile, int64_t bytes) {
  auto gather = dyn_cast<TileGatherOp>(op);
  return gather && viewOf(gather.getView()).isHead() &&
         canCopyBoxes(tile.getRows(), bytes, gather.getRuns());
}

/// The type of memory for a matrix; null with an error where there is none.
SmemType SharedTiles::matrixOf(Operation *op, TileType tile) {
  Type element = tile.getElementType();
  int64_t bytes = tile.getColumns() * SmemType::bytesOf(element), swizzle = 0,
          strip = layout::kAtomRows;
  bool isForUnit = isForWgmma(op->getResult(0));
  if (swizzled || isForUnit)
    swizzle = layout::widestSwizzle(bytes);
  if (copiesBoxes && isForUnit && comesInBoxes(op, tile, bytes))
    strip = tile.getRows();
  int64_t pitch = swizzle > 0 ? bytes : layout::paddedPitch(bytes), stages = 1;
  return SmemType::getChecked([&] { return op->emitOpError(); },
                              op->getContext(), tile.getShape(), element, pitch,
                              swizzle, strip, stages);
}

/// The type of memory for consecutive numbers, like `matrixOf`.
static SmemType plain(Operation *op, ArrayRef<int64_t> shape, Type element) {
  int64_t pitch = shape.back() * SmemType::bytesOf(element), swizzle = 0,
          strip = layout::kAtomRows, stages = 1;
  return SmemType::getChecked([&] { return op->emitOpError(); },
                              op->getContext(), shape, element, pitch, swizzle,
                              strip, stages);
}

Value SharedTiles::allocate(Operation *op, TileType tile) {
  return allocate(op, tile.isVector()
                          ? plain(op, tile.getShape(), tile.getElementType())
                          : matrixOf(op, tile));
}

Value SharedTiles::allocatePartial(Operation *op, int64_t warps,
                                   int64_t columns) {
  return allocate(
      op, plain(op, {warps, columns}, Float32Type::get(op->getContext())));
}
