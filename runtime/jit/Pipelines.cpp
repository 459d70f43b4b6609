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
  void (*build)(OpPassManager &, int64_t lanes);
};

void buildCpu(OpPassManager &passes, int64_t lanes) {
  mlir::hip::CpuPipelineOptions options;
  options.lanes = lanes;
  mlir::hip::buildCpuPipeline(passes, options);
}

constexpr Pipeline kPipelines[] = {
    {"cpu", buildCpu},
    {"reference", [](OpPassManager &passes,
                     int64_t) { mlir::hip::buildReferencePipeline(passes); }},
    // Not code yet; to look at.
    {"tile", [](OpPassManager &passes,
                int64_t) { mlir::hip::buildTilePipeline(passes); }},
    {"none", [](OpPassManager &, int64_t) {}},
};
} // namespace

Status addPipeline(OpPassManager &passes, std::string_view name,
                   int64_t lanes) {
  std::string known;
  for (const Pipeline &pipeline : kPipelines) {
    if (pipeline.name == name) {
      pipeline.build(passes, lanes);
      return {};
    }
    known += join(known.empty() ? "" : ", ", pipeline.name);
  }
  return error(Code::NotFound, "no pipeline '", name, "', only [", known, "]");
}

} // namespace hipc
