//===- Pipelines.h - Pipelines by name
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_PIPELINES_H
#define HIPC_COMPILER_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "runtime/base/Status.h"

namespace hipc {

/// The target of code.
struct PipelineTarget {
  int64_t lanes = 16;          ///< f32 of a vector register
  std::string chip = "sm_90a"; ///< GPU
  unsigned optLevel = 3;
  std::string scheduleFor = {}; ///< GPU whose tile programs a CPU runs
};

/// The pipeline whose packages are object code of a processor.
constexpr std::string_view kCpuPipeline = "cpu";
/// The pipeline whose packages are PTX with a launch plan.
constexpr std::string_view kPtxPipeline = "ptx";

/// Whether a pipeline makes that or a form that it is made from.
bool isForGpu(std::string_view name);

/// Adds the pipeline that lowers tensors to code for the target; "none" is for
/// modules that are in the LLVM dialect already.
Status addPipeline(mlir::OpPassManager &passes, std::string_view name,
                   const PipelineTarget &target);

} // namespace hipc

#endif // HIPC_COMPILER_PIPELINES_H
