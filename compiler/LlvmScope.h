//===- LlvmScope.h - A thread inside LLVM
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_LLVMSCOPE_H
#define HIPC_COMPILER_LLVMSCOPE_H

namespace hipc {

/// Held while a thread is inside LLVM or MLIR, which have state of the whole
/// process: registries, values that are made on first use, the tables of loaded
/// code. A fork() of another thread waits until nobody is, so that the child
/// can compile. Scopes nest, and a thread that is inside may fork itself.
class LlvmScope {
public:
  LlvmScope();
  ~LlvmScope();
  LlvmScope(const LlvmScope &) = delete;
  LlvmScope &operator=(const LlvmScope &) = delete;
};

} // namespace hipc

#endif // HIPC_COMPILER_LLVMSCOPE_H
