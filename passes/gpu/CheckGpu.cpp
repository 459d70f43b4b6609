//===- gpu/CheckGpu.cpp - What has no kernel on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "dialect/layout/Layout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/gpu/MathToNvvm.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPCHECKGPU
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// Registers and shared memory hold a row of numbers in pieces of this many.
constexpr int64_t kMostHead = 1024;

static LogicalResult checkHead(Operation *op, StringRef what, int64_t size,
                               int64_t least) {
  if (size >= least && size <= kMostHead)
    return success();
  return op->emitOpError() << "S1: the head size of the " << what << " is "
                           << size << ", but a GPU takes " << least << " to "
                           << kMostHead
                           << (size < least ? "; pad with zeros, or" : ";")
                           << " run on the CPU";
}

/// Of a score or a mask, which `what` says.
static LogicalResult checkRegion(Operation *op, StringRef what,
                                 Region &region) {
  WalkResult walked = region.walk([&](Operation *inner) {
    if (lowersToNvvm(inner))
      return WalkResult::advance();
    op->emitOpError() << "S18b: a GPU has no instructions for "
                      << inner->getName() << " of the " << what
                      << " region; compose it of those that "
                         "S18b lists for a GPU, or run on the CPU";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

template <typename OpTy> static LogicalResult checkValues(OpTy op) {
  int64_t size = shapeOf(op.getValue().getType())[3];
  if ((op.hasScore() && failed(checkRegion(op, "score", op.getScore()))) ||
      failed(
          checkHead(op, "queries", shapeOf(op.getQuery().getType())[3], 1)) ||
      failed(checkHead(op, "values", size, 1)))
    return failure();
  if (size % layout::kMmaColumns == 0)
    return success();
  return op.emitOpError() << "S18: the head size of the values is " << size
                          << ", but a GPU takes multiples of "
                          << layout::kMmaColumns << "; pad values and out to "
                          << llvm::alignTo(size, layout::kMmaColumns)
                          << ", or run on the CPU";
}

/// A row of one number has no columns that warps could share.
template <typename OpTy> static LogicalResult checkScored(OpTy op) {
  return checkHead(op, "queries", shapeOf(op.getQuery().getType())[3], 2);
}

static LogicalResult check(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([](AttentionOp attends) {
        if (attends.getPolicy().makesList() && failed(checkScored(attends)))
          return failure();
        return checkValues(attends);
      })
      .Case([](BlockSparseAttentionOp attends) { return checkValues(attends); })
      .Case([](MaskBlocksOp made) {
        return checkRegion(made, "mask", made.getMask());
      })
      .Case<PruneOp, ScoreOp, DescendOp>(
          [](auto scores) { return checkScored(scores); })
      .Default([](Operation *) { return success(); });
}

namespace {

struct CheckGpu : mlir::hip::impl::HipCheckGpuBase<CheckGpu> {
  void runOnOperation() override {
    WalkResult walked = getOperation()->walk([](Operation *op) {
      return failed(check(op)) ? WalkResult::interrupt()
                               : WalkResult::advance();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
