//===- tile/ShareArrays.cpp - Arrays that thread blocks use in turns
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "passes/Passes.h"
#include "passes/support/Debug.h"
#include "passes/tile/Launches.h"
#include "passes/tile/OwnArrays.h"
#include "passes/tile/ThreadGroup.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPSHAREARRAYS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Which parts of arrays are taken: a number for each, 0 for one that is free.
class Pool {
public:
  /// Makes one of free parts before `kernel`: as many as it has thread blocks,
  /// at most `most`.
  Pool(TileKernelOp kernel, int64_t most);

  Value getParts() const { return parts; }
  /// The number of a free part, which a thread block of the kernel takes at its
  /// start and gives back at its end.
  Value takePart();

private:
  Value firstPart(ScalarBuilder &b);
  Value take(ScalarBuilder &b);
  static void fence(ScalarBuilder &b, LLVM::AtomicOrdering ordering) {
    LLVM::FenceOp::create(b, ordering, "device");
  }

  TileKernelOp kernel;
  Value parts, taken;
};

} // namespace

Pool::Pool(TileKernelOp kernel, int64_t most) : kernel(kernel) {
  ScalarBuilder b(kernel.getLoc(), kernel);
  parts = b.index(most);
  Value blocks = b.index(1);
  for (Value size : kernel.getGrid())
    blocks = b.mul(blocks, size);
  parts = b.min(blocks, parts);
  taken = memref::AllocOp::create(
      b, MemRefType::get(ShapedType::kDynamic, b.getI32Type()),
      ValueRange{parts});
  // Workspace holds anything at first.
  constexpr int64_t kThreads = 128;
  Value grid = b.ceilDiv(parts, b.index(kThreads));
  auto clear = TileKernelOp::create(b, grid, kThreads);
  b.setInsertionPointToStart(&clear.getBody().front());
  Value i = b.add(b.mul(clear.getBlockIds()[0], b.index(kThreads)),
                  gpu::ThreadIdOp::create(b, gpu::Dimension::x));
  b.when(b.compare(arith::CmpIPredicate::slt, i, parts),
         [&] { b.store(b.i32(0), taken, {i}); });
  b.setInsertionPointAfter(kernel);
  memref::DeallocOp::create(b, taken);
}

/// Thread blocks that run at the same time begin with different parts.
Value Pool::firstPart(ScalarBuilder &b) {
  auto ids = kernel.getBlockIds();
  Value block = ids.back();
  for (auto [id, size] : llvm::reverse(llvm::zip(
           ids.drop_back(), ValueRange(kernel.getGrid()).drop_back())))
    block = b.add(b.mul(block, size), id);
  return b.createOrFold<arith::RemUIOp>(block, parts);
}

/// One part after the other until one was free.
Value Pool::take(ScalarBuilder &b) {
  auto loop = scf::WhileOp::create(
      b, b.getIndexType(), firstPart(b),
      [&](OpBuilder &, Location, ValueRange part) {
        Value was = memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::assign,
                                                b.i32(1), taken, part);
        Value isTaken = b.compare(arith::CmpIPredicate::ne, was, b.i32(0));
        scf::ConditionOp::create(b, isTaken, part);
      },
      [&](OpBuilder &, Location, ValueRange part) {
        Value next = b.add(part[0], b.index(1));
        scf::YieldOp::create(b, b.createOrFold<arith::RemUIOp>(next, parts));
      });
  return loop.getResult(0);
}

Value Pool::takePart() {
  Block &body = kernel.getBody().front();
  ScalarBuilder b(kernel.getLoc(), kernel.getContext());
  b.setInsertionPointToStart(&body);
  ThreadGroup group(b, kernel.getThreads());
  Value shared = group.words(0, 1);
  group.once([&] {
    b.storeIndex(take(b), shared, {b.index(0)});
    fence(b, LLVM::AtomicOrdering::acquire);
  });
  group.barrier();
  Value part = b.loadIndex(shared, {b.index(0)});
  // The steps use this memory when all have read it.
  group.barrier();
  b.setInsertionPoint(body.getTerminator());
  // What this thread block wrote is written before others take its part.
  group.barrier();
  group.once([&] {
    fence(b, LLVM::AtomicOrdering::release);
    memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::assign, b.i32(0),
                                taken, part);
  });
  return part;
}

static void share(TileKernelOp kernel, int64_t most) {
  OwnArrays arrays(kernel);
  if (arrays.isEmpty())
    return;
  Pool pool(kernel, most);
  Value part = pool.takePart();
  arrays.share(pool.getParts(), part);
  debug(DebugTag::Tile, kernel, [&](llvm::raw_ostream &out) {
    out << arrays.size() << " arrays have parts for at most " << most
        << " thread blocks at a time";
  });
}

namespace {

struct ShareArrays : mlir::hip::impl::HipShareArraysBase<ShareArrays> {
  using HipShareArraysBase::HipShareArraysBase;

  void runOnOperation() override {
    if (parts < 1) {
      getOperation()->emitError()
          << "parts = " << parts.getValue() << "; give 1 or more";
      return signalPassFailure();
    }
    SmallVector<TileKernelOp> kernels;
    getOperation()->walk([&](TileKernelOp kernel) {
      if (kernel.getScheduleAttr() && kernel.getThreads() > 1 &&
          !hasFewRows(kernel))
        kernels.push_back(kernel);
    });
    for (TileKernelOp kernel : kernels)
      share(kernel, parts);
  }
};

} // namespace
