//===- nvvm/GpuToNvvm.cpp - Tile programs to what one GPU thread does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"
#include "passes/nvvm/LoopValues.h"
#include "passes/nvvm/Patterns.h"
#include "passes/support/AddressSpaces.h"
#include "passes/support/TileOps.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPGPUTONVVM
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// What one thread has: the numbers of its registers, pointers to memory.
static void addConversions(TypeConverter &types) {
  types.addConversion([](Type type) { return type; });
  types.addConversion([](TileType type) -> std::optional<Type> {
    if (!isa_and_nonnull<RegisterLayoutAttrInterface>(type.getLayout()))
      return Type();
    return VectorType::get({type.getRegisters().registerCount()},
                           type.getElementType());
  });
  types.addConversion([](SmemType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext(), kSharedSpace);
  });
}

/// Tiles are in registers of the threads that there are.
static LogicalResult checkTile(Operation *op, Type type, int64_t threads) {
  auto tile = dyn_cast<TileType>(type);
  if (!tile)
    return success();
  auto layout = dyn_cast_or_null<RegisterLayoutAttrInterface>(tile.getLayout());
  if (!layout)
    return op->emitOpError() << "has " << tile
                             << ", which is not in registers; run "
                                "hip-assign-layouts and hip-promote-shared";
  int64_t count = tile.getRegisters().threadCount();
  bool fits =
      isa<ThreadsLayoutAttr>(layout) ? threads % count == 0 : threads == count;
  if (fits)
    return success();
  return op->emitOpError() << "has " << tile << ", which is dealt out to "
                           << count << " threads, in a kernel of " << threads;
}

/// What earlier passes have to have decided.
static LogicalResult checkDecided(Operation *op) {
  if (auto alloc = dyn_cast<GpuAllocOp>(op); alloc && !alloc.getOffset())
    return op->emitOpError() << "has no offset; run hip-allocate-shared";
  if (auto reduce = dyn_cast<TileReduceOp>(op); reduce && reduce.getAxis() == 0)
    return op->emitOpError() << "folds rows over the warps; run "
                                "hip-promote-shared, which gives it scratch";
  return success();
}

static LogicalResult checkThreadBlock(TileKernelOp kernel) {
  if (failed(checkTileValues(kernel)))
    return failure();
  FailureOr<int64_t> threads = threadsOf(kernel);
  if (failed(threads))
    return failure();
  WalkResult walked = kernel.getBody().walk([&](Operation *op) {
    for (TypeRange types :
         {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (failed(checkTile(op, type, *threads)))
          return WalkResult::interrupt();
    return failed(checkDecided(op)) ? WalkResult::interrupt()
                                    : WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

/// Maps that follow each other under one condition are one branch: LLVM threads
/// no jumps on a GPU.
static void combineBranches(TileKernelOp kernel) {
  SmallVector<Operation *> branches;
  kernel.walk([&](scf::IfOp branch) { branches.push_back(branch); });
  RewritePatternSet patterns(kernel.getContext());
  scf::IfOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  config.enableFolding(false);
  (void)applyOpPatternsGreedily(branches, std::move(patterns), config);
}

namespace {

struct GpuToNvvm : mlir::hip::impl::HipGpuToNvvmBase<GpuToNvvm> {
  void runOnOperation() override {
    auto lowered = [&](TileKernelOp kernel) -> LogicalResult {
      return failed(checkThreadBlock(kernel)) ? failure() : lower(kernel);
    };
    if (failed(forEachTileProgram(getOperation(), lowered)))
      signalPassFailure();
  }

  LogicalResult lower(TileKernelOp kernel) {
    auto start = OpBuilder::atBlockBegin(&kernel.getBody().front());
    gpu::ThreadIdOp::create(start, kernel.getLoc(), gpu::Dimension::x);
    TypeConverter types;
    addConversions(types);
    RewritePatternSet patterns(&getContext());
    nvvm::addTilePatterns(types, patterns);
    nvvm::addMemoryPatterns(types, patterns);
    nvvm::addCopyPatterns(types, patterns);
    nvvm::addMmaPatterns(types, patterns);
    ConversionTarget target(getContext());
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns,
                                                         target);
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return !isOfTileProgram(op) && types.isLegal(op);
    });
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyPartialConversion(kernel.getOperation(), target,
                                      std::move(patterns), config)))
      return failure();
    nvvm::carryNumbers(kernel);
    combineBranches(kernel);
    return success();
  }
};

} // namespace
