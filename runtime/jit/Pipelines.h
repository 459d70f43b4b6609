//===- Pipelines.h - Pipelines by name
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_PIPELINES_H
#define HIPC_RUNTIME_JIT_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "runtime/package/Status.h"

namespace hipc {

/// Adds the pipeline that lowers tensors to the LLVM dialect, for vectors of
/// `lanes` f32; "none" is for modules that are there already.
Status addPipeline(mlir::OpPassManager &passes, std::string_view name,
                   int64_t lanes);

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_PIPELINES_H
