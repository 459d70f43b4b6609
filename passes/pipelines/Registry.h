//===- Registry.h - The dialects that the pipelines need
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PIPELINES_REGISTRY_H
#define HIP_PASSES_PIPELINES_REGISTRY_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::hip {

/// Registers the dialects in which a program for a pipeline may be written, hip
/// among them, and how their ops are bufferised and lowered. A tool that
/// accepts other ops registers those as well.
void registerPipelineDialects(DialectRegistry &registry);

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINES_REGISTRY_H
