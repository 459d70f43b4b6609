//===- pipelines/Pipelines.h - The order of the passes
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PIPELINES_PIPELINES_H
#define HIP_PASSES_PIPELINES_PIPELINES_H

#include "dialect/gpu/Chips.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::hip {

/// Composite ops to steps, tensors to memrefs that the caller owns.
void buildBufferPipeline(OpPassManager &manager);

/// `hip-reference`: a module on tensors to the LLVM dialect by plain loops.
/// Each public function NAME gets an entry `hipc_NAME` (see hip-host-entry).
void buildReferencePipeline(OpPassManager &manager);

/// The options of hip-multiversion and hip-schedule; -1 is the target's
/// default.
struct ScheduleOptions {
  std::string chip; ///< empty for a CPU
  int64_t splitKeys = -1, splitRows = 16;
  bool fusePrune = false;
  bool serial = false; ///< thread blocks of one thread
};

/// A module on tensors to kernels of tile ops.
void buildTilePipeline(OpPassManager &manager, const ScheduleOptions &schedule);

/// What a CPU runs: its own tile programs, or those of a GPU, whose threads it
/// executes one after another.
template <typename Options>
struct CpuTileOptions : PassPipelineOptions<Options> {
  using PassOptions = mlir::detail::PassOptions;

  PassOptions::Option<std::string> scheduleFor{
      *this, "schedule-for",
      llvm::cl::desc("GPU whose tile programs are run: its tiles, splits and "
                     "fusion; empty for those of a CPU"),
      llvm::cl::init("")};
  PassOptions::Option<int64_t> splitKeys{*this, "split-keys",
                                         llvm::cl::desc("see hip-multiversion"),
                                         llvm::cl::init(-1)};
  PassOptions::Option<int64_t> splitRows{*this, "split-rows",
                                         llvm::cl::desc("see hip-multiversion"),
                                         llvm::cl::init(16)};
  PassOptions::Option<bool> fusePrune{
      *this, "fuse-prune", llvm::cl::desc("steps on a list as one kernel"),
      llvm::cl::init(false)};
};

struct TilePipelineOptions : CpuTileOptions<TilePipelineOptions> {};

/// `hip-to-tile`: a module on tensors to kernels of tile ops that a CPU runs.
void buildCpuTilePipeline(OpPassManager &manager,
                          const TilePipelineOptions &options);

struct CpuPipelineOptions : CpuTileOptions<CpuPipelineOptions> {
  Option<int64_t> lanes{
      *this, "lanes",
      llvm::cl::desc("f32 lanes of a vector register: 16, 8 or 4"),
      llvm::cl::init(16)};
};

/// `hip-to-cpu`: the same by tile programs on vectors, each thread block of
/// their grids a task of the pool that runs the code.
void buildCpuPipeline(OpPassManager &manager,
                      const CpuPipelineOptions &options);

struct PtxPipelineOptions : PassPipelineOptions<PtxPipelineOptions> {
  Option<std::string> chip{*this, "chip", llvm::cl::desc(chipNames()),
                           llvm::cl::init(std::string(kDefaultChip))};
  Option<int> optLevel{*this, "opt-level", llvm::cl::desc("0 to 3"),
                       llvm::cl::init(3)};
  Option<int64_t> splitKeys{*this, "split-keys",
                            llvm::cl::desc("see hip-multiversion"),
                            llvm::cl::init(-1)};
  Option<bool> fusePrune{*this, "fuse-prune",
                         llvm::cl::desc("steps on a list as one kernel"),
                         llvm::cl::init(true)};
};

/// Kernels of tile ops, scheduled for the chip.
void buildGpuTilePipeline(OpPassManager &manager,
                          const PtxPipelineOptions &options);

/// Kernels in the LLVM and NVVM dialects, and host code on memrefs.
void buildNvvmPipeline(OpPassManager &manager,
                       const PtxPipelineOptions &options);

/// `hip-to-ptx`: the same for a GPU: host code on memrefs that launches
/// kernels, and a `gpu.binary` with their PTX.
void buildPtxPipeline(OpPassManager &manager,
                      const PtxPipelineOptions &options);

/// Makes the pipelines and passes known by name.
void registerPipelines();

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINES_PIPELINES_H
