//===- tile/PromoteArrays.cpp - Short arrays to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/ListMemory.h"
#include "passes/tile/Launches.h"
#include "passes/tile/OwnArrays.h"
#include "passes/tile/ThreadGroup.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPROMOTEARRAYS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// A multiple of what rows of tiles that follow are aligned to.
constexpr int64_t kAlignment = 128;

/// Sizes of what a thread block has of an array, which begins with those of the
/// grid.
static ArrayRef<int64_t> partOf(TileKernelOp kernel, memref::AllocOp alloc) {
  return alloc.getType().getShape().drop_front(kernel.getGrid().size());
}

static int64_t bytesOf(ArrayRef<int64_t> part, Type element) {
  int64_t bytes =
      element.getIntOrFloatBitWidth() / 8 * ShapedType::getNumElements(part);
  return llvm::alignTo(bytes, kAlignment);
}

/// Whether the kernel reads it, and has numbers there alone: tiles are not
/// stored to such memory.
static bool isReadByNumber(TileKernelOp kernel, memref::AllocOp alloc) {
  bool isRead = false;
  for (Operation *user : alloc->getUsers()) {
    if (!kernel->isProperAncestor(user))
      continue;
    if (!isa<memref::LoadOp, memref::StoreOp>(user))
      return false;
    isRead |= isa<memref::LoadOp>(user);
  }
  return isRead;
}

static void promote(TileKernelOp kernel) {
  int64_t used = llvm::alignTo(kernel.getSharedBytes(), kAlignment), count = 0;
  int64_t most = used + kListBytes;
  OwnArrays arrays(kernel, OwnArrays::MayBeResults);
  for (memref::AllocOp alloc : arrays.get()) {
    ArrayRef<int64_t> part = partOf(kernel, alloc);
    Type element = alloc.getType().getElementType();
    if (ShapedType::isDynamicShape(part) ||
        used + bytesOf(part, element) > most || !isReadByNumber(kernel, alloc))
      continue;
    int64_t first = used;
    used += bytesOf(part, element);
    ScalarBuilder b(alloc.getLoc(), kernel.getContext());
    b.setInsertionPointToStart(&kernel.getBody().front());
    arrays.substitute(alloc, sharedArray(b, part, element, first));
    ++count;
  }
  if (count == 0)
    return;
  kernel.setSharedBytes(used);
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << count << (count == 1 ? " array is" : " arrays are")
        << " in shared memory, of which the kernel reserves " << used
        << " bytes";
  });
}

namespace {

struct PromoteArrays : mlir::hip::impl::HipPromoteArraysBase<PromoteArrays> {
  void runOnOperation() override {
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      if (kernel.getThreads() > 1 && hasFewRows(kernel))
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels)
      promote(kernel);
  }
};

} // namespace
