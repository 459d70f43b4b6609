//===- pipeline/PipelineLoops.cpp - Loops with stages to loops that copy ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/pipeline/LoopExpansion.h"
#include "passes/pipeline/LoopStages.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPPIPELINELOOPS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

/// The stages on the ops of a body.
static FailureOr<StageMap> readStages(scf::ForOp loop) {
  StageMap stages;
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto stage = op.getAttrOfType<IntegerAttr>(kStage);
    if (!stage)
      return op.emitOpError()
             << "has no '" << kStage << "', which each op of a loop with '"
             << kStages << "' has";
    stages[&op] = stage.getInt();
  }
  return stages;
}

static LogicalResult expand(scf::ForOp loop) {
  FailureOr<StageMap> stages = readStages(loop);
  if (failed(stages))
    return failure();
  if (std::optional<StageFault> fault = findFault(loop, *stages))
    return fault->op->emitOpError() << fault->text;
  for (Operation &op : *loop.getBody())
    op.removeAttr(kStage);
  auto count = cast<IntegerAttr>(loop->removeAttr(kStages));
  copyAhead(loop, count.getInt());
  return success();
}

namespace {

struct PipelineLoops : mlir::hip::impl::HipPipelineLoopsBase<PipelineLoops> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation()->walk([&](TileKernelOp kernel) {
      // Loops in others after them: they are not cloned.
      kernel.walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
        if (loop->hasAttr(kStages))
          loops.push_back(loop);
      });
    });
    for (scf::ForOp loop : loops)
      if (failed(expand(loop)))
        return signalPassFailure();
  }
};

} // namespace
