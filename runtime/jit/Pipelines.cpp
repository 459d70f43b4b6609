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
  void (*build)(OpPassManager &);
};
constexpr Pipeline kPipelines[] = {
    {"reference", mlir::hip::buildReferencePipeline},
    {"none", [](OpPassManager &) {}},
};
} // namespace

Status addPipeline(OpPassManager &passes, std::string_view name) {
  std::string known;
  for (const Pipeline &pipeline : kPipelines) {
    if (pipeline.name == name) {
      pipeline.build(passes);
      return {};
    }
    known += join(known.empty() ? "" : ", ", pipeline.name);
  }
  return error(Code::NotFound, "no pipeline '", name, "', only [", known, "]");
}

} // namespace hipc
