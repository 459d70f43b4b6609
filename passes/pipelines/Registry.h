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

/// The dialects that a program may be written in which goes through a
/// pipeline, ours among them, and how their ops are bufferised and lowered:
/// what the context of its module has to know. A tool that takes other ops too
/// registers those besides.
void registerPipelineDialects(DialectRegistry &registry);

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINES_REGISTRY_H
