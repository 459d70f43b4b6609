//===- Pipelines.cpp - Pipelines by name
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Pipelines.h"

#include "passes/pipelines/Pipelines.h"

using namespace mlir;

namespace hipc {

namespace {
struct Pipeline {
  std::string_view name;
  void (*build)(OpPassManager &, const PipelineTarget &);
  bool forGpu = false;
};

void buildCpu(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::CpuPipelineOptions options;
  options.lanes = target.lanes;
  options.scheduleFor = target.scheduleFor;
  mlir::hip::buildCpuPipeline(passes, options);
}

void buildTile(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::TilePipelineOptions options;
  options.scheduleFor = target.scheduleFor;
  mlir::hip::buildCpuTilePipeline(passes, options);
}

/// For tests: what GPUs do for few rows (split keys, fused steps), on a CPU and
/// for many.
void buildCpuSplit(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::CpuPipelineOptions options;
  options.lanes = target.lanes;
  options.splitKeys = 64;
  options.splitRows = 512;
  options.fusePrune = true;
  mlir::hip::buildCpuPipeline(passes, options);
}

/// PTX, or a form that it is made from.
template <auto build>
void buildForGpu(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::PtxPipelineOptions options;
  options.chip = target.chip;
  options.optLevel = target.optLevel;
  build(passes, options);
}

constexpr Pipeline kPipelines[] = {
    {kCpuPipeline, buildCpu},
    {"cpu-split", buildCpuSplit},
    {kPtxPipeline, buildForGpu<mlir::hip::buildPtxPipeline>, true},
    {"reference",
     [](OpPassManager &passes, const PipelineTarget &) {
       mlir::hip::buildReferencePipeline(passes);
     }},
    // Not code yet, but a text to look at.
    {"tile", buildTile},
    {"gpu-tile", buildForGpu<mlir::hip::buildGpuTilePipeline>, true},
    {"nvvm", buildForGpu<mlir::hip::buildNvvmPipeline>, true},
    {"none", [](OpPassManager &, const PipelineTarget &) {}},
};
} // namespace

bool isForGpu(std::string_view name) {
  return llvm::any_of(kPipelines, [&](const Pipeline &pipeline) {
    return pipeline.name == name && pipeline.forGpu;
  });
}

Status addPipeline(OpPassManager &passes, std::string_view name,
                   const PipelineTarget &target) {
  std::string known;
  for (const Pipeline &pipeline : kPipelines) {
    if (pipeline.name == name) {
      pipeline.build(passes, target);
      return {};
    }
    known += join(known.empty() ? "" : ", ", pipeline.name);
  }
  return error(Code::NotFound, "no pipeline '", name, "', only [", known, "]");
}

} // namespace hipc
