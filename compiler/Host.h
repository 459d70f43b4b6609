//===- Host.h - This machine, as LLVM sees it
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_HOST_H
#define HIPC_COMPILER_HOST_H

#include "runtime/base/Status.h"

namespace llvm {
class Target;
class Triple;
} // namespace llvm

namespace hipc {

/// The processor, as LLVM names it.
std::string hostProcessor();

/// Its features beyond those of that name, as LLVM writes them.
std::string hostFeatures();

llvm::Triple hostTriple();

/// The code generator for this machine, registered.
Expected<const llvm::Target *> nativeTarget();

} // namespace hipc

#endif // HIPC_COMPILER_HOST_H
