//===- pipelines/Pipelines.cpp - Named pipelines
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/pipelines/Pipelines.h"
#include "dialect/HipDialect.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace mlir::hip;

void mlir::hip::buildBufferPipeline(OpPassManager &manager) {
  manager.addPass(createHipExpandAttention());
  manager.addPass(createHipExpandPrune());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  // A loop may carry what another op of it made anew.
  bufferize.allowReturnAllocsFromLoops = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::FullyDynamicLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  manager.addPass(memref::createExpandReallocPass());
  bufferization::BufferDeallocationPipelineOptions deallocation;
  bufferization::buildBufferDeallocationPipeline(manager, deallocation);
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// Upstream dialects on memrefs to the LLVM dialect.
static void buildLlvmPipeline(OpPassManager &manager) {
  manager.addPass(createConvertBufferizationToMemRefPass());
  manager.addPass(createHipCopyLoops());
  manager.addPass(createHipNameFunctions());
  // Before kernels are functions of their own: only entries have C interfaces.
  manager.addNestedPass<func::FuncOp>(LLVM::createLLVMRequestCWrappersPass());
  manager.addPass(createHipOutlineCpuKernels());
  manager.addPass(createHipCpuAllocations());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createHipExpandFloat8());
  manager.addPass(arith::createArithExpandOpsPass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createHipHostEntry());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void mlir::hip::buildReferencePipeline(OpPassManager &manager) {
  buildBufferPipeline(manager);
  manager.addPass(createHipReferenceLoops());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  buildLlvmPipeline(manager);
}

void mlir::hip::buildTilePipeline(OpPassManager &manager,
                                  const ScheduleOptions &schedule) {
  bool forGpu = !schedule.chip.empty();
  if (forGpu)
    manager.addPass(createHipCheckGpu());
  buildBufferPipeline(manager);
  HipMultiversionOptions versions;
  versions.rows = schedule.splitRows;
  versions.splitKeys = schedule.splitKeys;
  versions.chip = schedule.chip;
  manager.addPass(createHipMultiversion(versions));
  manager.addPass(createHipSchedule({schedule.chip}));
  manager.addPass(createHipTile({schedule.serial}));
  if (forGpu)
    manager.addPass(createHipDeferRowSums());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  if (!schedule.fusePrune) {
    if (forGpu)
      manager.addPass(createHipSinkLoads());
    return;
  }
  manager.addPass(createHipFuseKernels());
  if (forGpu) {
    manager.addPass(createHipSplitArrays());
    if (!schedule.serial) {
      manager.addPass(createHipPromoteArrays());
      manager.addPass(createHipCluster());
      manager.addPass(createHipHoistLoads());
    }
    manager.addPass(createHipSinkLoads());
    manager.addPass(createHipFuseHorizontally());
    if (!schedule.serial)
      manager.addPass(createHipShareArrays());
  }
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// One without anything for a name that is not known, which hip-emit-ptx
/// refuses.
static const Chip &chipNamed(StringRef name) {
  static constexpr Chip kNone = {};
  const Chip *chip = findChip(name);
  return chip ? *chip : kNone;
}

void mlir::hip::buildGpuTilePipeline(OpPassManager &manager,
                                     const PtxPipelineOptions &options) {
  buildTilePipeline(manager, {options.chip, options.splitKeys,
                              /*splitRows=*/16, options.fusePrune});
}

void mlir::hip::buildNvvmPipeline(OpPassManager &manager,
                                  const PtxPipelineOptions &options) {
  const Chip &chip = chipNamed(options.chip);
  buildGpuTilePipeline(manager, options);
  manager.addPass(createHipPersist());
  manager.addPass(createHipAssignLayouts());
  manager.addPass(createCSEPass());
  manager.addPass(createHipPromoteShared());
  manager.addPass(createHipScheduleLoops({chip.sharedBytes}));
  manager.addPass(createHipSpecializeWarps());
  manager.addPass(createHipOverlapProducts());
  manager.addPass(createHipPipelineLoops());
  manager.addPass(createHipAllocateShared());
  manager.addPass(createHipInsertBarriers());
  manager.addPass(createHipInsertFences());
  manager.addPass(createHipOverlapLaunches({options.chip}));
  manager.addPass(createHipGpuToNvvm({options.chip}));
  // Folded as it was built; to canonicalize it would take longer than LLVM.
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createHipOutlineGpuKernels({chip.sharedBytes}));
  if (!chip.hasFloat8())
    manager.addPass(createHipExpandFloat8());
  manager.addPass(createHipMathToNvvm());
  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  ConvertGpuOpsToNVVMOpsOptions convert;
  convert.indexBitwidth = 64;
  kernels.addPass(createConvertGpuOpsToNVVMOps(convert));
  kernels.addPass(createConvertVectorToLLVMPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
}

void mlir::hip::buildPtxPipeline(OpPassManager &manager,
                                 const PtxPipelineOptions &options) {
  buildNvvmPipeline(manager, options);
  manager.addPass(createHipEmitPtx({options.chip, options.optLevel}));
}

/// What a GPU fuses is part of its programs.
template <typename Options>
static void buildSerialTiles(OpPassManager &manager, const Options &options) {
  bool forGpu = !options.scheduleFor.empty();
  buildTilePipeline(manager,
                    {options.scheduleFor, options.splitKeys, options.splitRows,
                     options.fusePrune || forGpu, /*serial=*/true});
}

void mlir::hip::buildCpuTilePipeline(OpPassManager &manager,
                                     const TilePipelineOptions &options) {
  buildSerialTiles(manager, options);
}

void mlir::hip::buildCpuPipeline(OpPassManager &manager,
                                 const CpuPipelineOptions &options) {
  buildSerialTiles(manager, options);
  HipTileToVectorOptions vectors;
  vectors.lanes = options.lanes;
  manager.addPass(createHipTileToVector(vectors));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  buildLlvmPipeline(manager);
}

void mlir::hip::registerPipelines() {
  registerHipPasses();
  PassPipelineRegistration<>("hip-to-buffers",
                             "Composite ops to steps on memrefs",
                             buildBufferPipeline);
  PassPipelineRegistration<>("hip-reference",
                             "A module on tensors to LLVM by plain loops",
                             buildReferencePipeline);
  PassPipelineRegistration<TilePipelineOptions>(
      "hip-to-tile", "A module on tensors to kernels of tile ops",
      buildCpuTilePipeline);
  PassPipelineRegistration<PtxPipelineOptions>(
      "hip-to-ptx", "A module on tensors to PTX and host code on memrefs",
      buildPtxPipeline);
  PassPipelineRegistration<CpuPipelineOptions>(
      "hip-to-cpu", "A module on tensors to LLVM by tile programs",
      buildCpuPipeline);
}
