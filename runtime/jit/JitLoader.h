//===- JitLoader.h - Object code into this process
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_JITLOADER_H
#define HIPC_RUNTIME_JIT_JITLOADER_H

#include "runtime/cpu/CodeLoader.h"

namespace hipc {

/// Links object code in memory, against the runtime and this process.
class JitLoader final : public CodeLoader {
public:
  bool accepts(std::string_view target) const override;
  Expected<std::unique_ptr<LoadedCode>> load(const Blob &blob) override;
};

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_JITLOADER_H
