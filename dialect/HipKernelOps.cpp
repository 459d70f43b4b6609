//===- HipKernelOps.cpp - Kernels of tile programs
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "dialect/gpu/Chips.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hip;

void TileKernelOp::build(OpBuilder &b, OperationState &state, ValueRange grid,
                         int64_t threads) {
  state.addOperands(grid);
  auto &properties = state.getOrAddProperties<Properties>();
  properties.threads = b.getI64IntegerAttr(threads);
  properties.shared_bytes = b.getI64IntegerAttr(0);
  properties.cluster = b.getI64IntegerAttr(1);
  Region *body = state.addRegion();
  body->emplaceBlock().addArguments(
      SmallVector<Type>(grid.size(), b.getIndexType()),
      SmallVector<Location>(grid.size(), state.location));
  ensureTerminator(*body, b, state.location);
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static LogicalResult checkGrid(TileKernelOp kernel) {
  size_t sizes = kernel.getGrid().size();
  if (sizes < 1 || sizes > 3)
    return kernel.emitOpError()
           << "has a grid of " << sizes << " sizes; give it one to three";
  TypeRange ids = kernel.getBody().getArgumentTypes();
  if (ids.size() == sizes &&
      llvm::all_of(ids, [](Type type) { return type.isIndex(); }))
    return success();
  return kernel.emitOpError()
         << "has a region that takes (" << ids << "), but a grid of " << sizes
         << (sizes == 1 ? " size" : " sizes")
         << "; give it an index for each size";
}

static LogicalResult checkSteps(TileKernelOp kernel) {
  ArrayAttr steps = kernel.getStepsAttr();
  if (!steps)
    return success();
  for (StringRef step : steps.getAsValueRange<StringAttr>()) {
    std::string name = ("hip." + step).str();
    if (!RegisteredOperationName::lookup(name, kernel.getContext()))
      return kernel.emitOpError()
             << "has the step '" << step << "', but there is no op '" << name
             << "'; name the ops that it does, without 'hip.'";
  }
  return success();
}

LogicalResult TileKernelOp::verify() {
  constexpr int64_t kMostBytes = std::numeric_limits<int32_t>::max();
  if (failed(checkGrid(*this)))
    return failure();
  int64_t threads = getThreads(), bytes = getSharedBytes();
  if (threads < 1 || threads > kMostThreads)
    return emitOpError() << "has " << threads
                         << " threads; a thread block has 1 to "
                         << kMostThreads;
  if (bytes < 0 || bytes > kMostBytes)
    return emitOpError() << "has " << bytes
                         << " bytes of shared memory; give it 0 to "
                         << kMostBytes;
  if (std::optional<uint32_t> blocks = getMinBlocks();
      blocks && int32_t(*blocks) < 1)
    return emitOpError() << "has min_blocks = " << int32_t(*blocks)
                         << ", but a multiprocessor holds at least 1; leave "
                            "it out for any number";
  int64_t cluster = getCluster();
  if (cluster < 1 || cluster > kMostCluster)
    return emitOpError() << "has cluster = " << cluster
                         << ", but a cluster has 1 to " << kMostCluster
                         << " thread blocks";
  if (failed(checkSteps(*this)))
    return failure();
  if ((*this)->getParentOfType<TileKernelOp>())
    return emitOpError() << "is in another hip.tile.kernel; a kernel launches "
                            "none";
  return success();
}

LogicalResult TilePhaseOp::verify() {
  Operation *around = (*this)->getParentOp();
  while (
      isa_and_nonnull<scf::ForOp, scf::IfOp, scf::IndexSwitchOp, scf::WhileOp>(
          around))
    around = around->getParentOp();
  if (isa_and_nonnull<TileKernelOp>(around))
    return success();
  InFlightDiagnostic error = emitOpError()
                             << "ends a phase of a hip.tile.kernel, where all "
                                "threads come to it";
  if (around)
    error << ", but is in " << around->getName();
  return error << "; move it into the kernel, or a branch or loop of scf there";
}

//===----------------------------------------------------------------------===//
// Canonical forms
//===----------------------------------------------------------------------===//

/// The number along a size of 1 is 0.
static LogicalResult foldIds(TileKernelOp kernel, PatternRewriter &rewriter) {
  Value zero;
  for (auto [id, size] : llvm::zip(kernel.getBlockIds(), kernel.getGrid())) {
    if (id.use_empty() || !matchPattern(size, m_One()))
      continue;
    if (!zero) {
      rewriter.setInsertionPointToStart(&kernel.getBody().front());
      zero = arith::ConstantIndexOp::create(rewriter, kernel.getLoc(), 0);
    }
    rewriter.replaceAllUsesWith(id, zero);
  }
  return success(bool(zero));
}

void TileKernelOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *) {
  patterns.add(foldIds);
}

/// Threads need not wait for each other twice.
static LogicalResult joinBarriers(TilePhaseOp phase,
                                  PatternRewriter &rewriter) {
  Operation *before = phase->getPrevNode();
  if (!before || (!isa<TilePhaseOp>(before) &&
                  before->getName().getStringRef() != "gpu.barrier"))
    return failure();
  rewriter.eraseOp(before);
  return success();
}

void TilePhaseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(joinBarriers);
}
