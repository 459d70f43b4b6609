//===- Pipelines.cpp - Pipelines by name
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/Pipelines.h"

#include "passes/pipelines/Pipelines.h"

using namespace mlir;

namespace hipc {

namespace {
struct Pipeline {
  std::string_view name;
  void (*build)(OpPassManager &, const PipelineTarget &);
};

void buildCpu(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::CpuPipelineOptions options;
  options.lanes = target.lanes;
  mlir::hip::buildCpuPipeline(passes, options);
}

/// What GPUs do, on a CPU and for many rows: keys in parts, fused steps. For
/// tests.
void buildCpuSplit(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::CpuPipelineOptions options;
  options.lanes = target.lanes;
  options.splitKeys = 64;
  options.splitRows = 512;
  options.fusePrune = true;
  mlir::hip::buildCpuPipeline(passes, options);
}

/// PTX, or with `toNvvm` what it is made of.
template <bool toNvvm>
void buildPtx(OpPassManager &passes, const PipelineTarget &target) {
  mlir::hip::PtxPipelineOptions options;
  options.chip = target.chip;
  options.optLevel = target.optLevel;
  (toNvvm ? mlir::hip::buildNvvmPipeline
          : mlir::hip::buildPtxPipeline)(passes, options);
}

constexpr Pipeline kPipelines[] = {
    {"cpu", buildCpu},
    {"cpu-split", buildCpuSplit},
    {kPtxPipeline, buildPtx<false>},
    {"reference",
     [](OpPassManager &passes, const PipelineTarget &) {
       mlir::hip::buildReferencePipeline(passes);
     }},
    // Not code yet; to look at.
    {"tile",
     [](OpPassManager &passes, const PipelineTarget &) {
       mlir::hip::buildTilePipeline(passes);
     }},
    {"gpu-tile",
     [](OpPassManager &passes, const PipelineTarget &) {
       mlir::hip::buildTilePipeline(passes,
                                    {"gpu", -1, 16, /*fusePrune=*/true});
     }},
    {"nvvm", buildPtx<true>},
    {"none", [](OpPassManager &, const PipelineTarget &) {}},
};
} // namespace

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
