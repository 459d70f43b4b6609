//===- tile/PromoteArrays.cpp - Short arrays to shared memory
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/support/ListMemory.h"
#include "passes/tile/Launches.h"
#include "passes/tile/OwnArrays.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPROMOTEARRAYS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// A multiple of what rows of tiles that follow are aligned to.
constexpr int64_t kAlignment = 128;

/// What a thread block has of an array: it begins with the sizes of the grid.
static MemRefType partOf(TileKernelOp kernel, memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  auto space = gpu::AddressSpaceAttr::get(kernel.getContext(),
                                          gpu::AddressSpace::Workgroup);
  return MemRefType::get(type.getShape().drop_front(kernel.getGrid().size()),
                         type.getElementType(), MemRefLayoutAttrInterface(),
                         space);
}

static int64_t bytesOf(MemRefType type) {
  int64_t bytes = type.getElementTypeBitWidth() / 8 * type.getNumElements();
  return llvm::alignTo(bytes, kAlignment);
}

/// Tiles are not stored to such memory.
static bool isOfNumbers(TileKernelOp kernel, memref::AllocOp alloc) {
  return llvm::all_of(alloc->getUsers(), [&](Operation *user) {
    return isa<memref::LoadOp, memref::StoreOp>(user) ||
           !kernel->isProperAncestor(user);
  });
}

/// `array` of shared memory from byte `first` on in place of `alloc`.
static void promote(TileKernelOp kernel, memref::AllocOp alloc, int64_t first) {
  ScalarBuilder b(alloc.getLoc(), kernel.getContext());
  b.setInsertionPointToStart(&kernel.getBody().front());
  MemRefType type = partOf(kernel, alloc);
  auto bytes =
      MemRefType::get(ShapedType::kDynamic, b.getI8Type(),
                      MemRefLayoutAttrInterface(), type.getMemorySpace());
  Value memory = gpu::DynamicSharedMemoryOp::create(b, bytes);
  Value array =
      memref::ViewOp::create(b, type, memory, b.index(first), ValueRange());
  for (OpOperand &use : llvm::make_early_inc_range(alloc->getUses())) {
    Operation *user = use.getOwner();
    if (!kernel->isProperAncestor(user))
      continue;
    auto load = dyn_cast<memref::LoadOp>(user);
    MutableOperandRange indices =
        load ? load.getIndicesMutable()
             : cast<memref::StoreOp>(user).getIndicesMutable();
    use.set(array);
    indices.erase(0, kernel.getGrid().size());
  }
  for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
    if (isa<memref::DeallocOp>(user))
      user->erase();
  if (alloc->use_empty())
    alloc->erase();
}

static void promote(TileKernelOp kernel) {
  int64_t used = llvm::alignTo(kernel.getSharedBytes(), kAlignment), count = 0;
  int64_t most = used + kListBytes;
  OwnArrays arrays(kernel);
  for (memref::AllocOp alloc : arrays.get()) {
    MemRefType part = partOf(kernel, alloc);
    if (!part.hasStaticShape() || used + bytesOf(part) > most ||
        !isOfNumbers(kernel, alloc))
      continue;
    promote(kernel, alloc, used);
    used += bytesOf(part);
    ++count;
  }
  if (count == 0)
    return;
  kernel.setSharedBytes(used);
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << count << (count == 1 ? " array is" : " arrays are")
        << " in shared memory, of which the kernel sets aside " << used
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
