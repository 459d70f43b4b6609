//===- memory/SharedTiles.cpp - Memory of the tiles of a kernel
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/memory/SharedTiles.h"
#include "passes/support/Phases.h"

using namespace mlir;
using namespace mlir::hip;

SharedTiles::SharedTiles(TileKernelOp kernel) : phases(phasesOf(kernel)) {
  if (auto schedule = kernel.getScheduleAttr())
    swizzled = schedule.getSwizzled();
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

Value SharedTiles::allocate(Operation *op, ArrayRef<int64_t> shape,
                            Type element, int64_t pitch, int64_t swizzle) {
  int64_t stages = 1;
  auto type =
      SmemType::getChecked([&] { return op->emitOpError(); }, op->getContext(),
                           shape, element, pitch, swizzle, stages);
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
    return dot && dot.getUnit() == MatrixUnit::Wgmma;
  });
}

Value SharedTiles::allocate(Operation *op, TileType tile) {
  int64_t bytes =
      tile.getShape().back() * SmemType::bytesOf(tile.getElementType());
  bool swizzles = swizzled || isForWgmma(op->getResult(0));
  int64_t swizzle =
      swizzles && !tile.isVector() ? layout::widestSwizzle(bytes) : 0;
  int64_t pitch =
      tile.isVector() || swizzle > 0 ? bytes : layout::paddedPitch(bytes);
  return allocate(op, tile.getShape(), tile.getElementType(), pitch, swizzle);
}

Value SharedTiles::allocatePartial(Operation *op, int64_t warps,
                                   int64_t columns) {
  Type element = Float32Type::get(op->getContext());
  return allocate(op, {warps, columns}, element,
                  columns * SmemType::bytesOf(element));
}
