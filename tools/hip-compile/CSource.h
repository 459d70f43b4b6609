//===- CSource.h - A package as a program in C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_CSOURCE_H
#define HIP_COMPILE_CSOURCE_H

#include "runtime/package/Package.h"

namespace hip_compile {

/// A package as source code that links nothing of hip-mlir: C11 over the CUDA
/// driver API, with the PTX inside (docs/kernel-abi.md).
struct CFiles {
  std::string header, source;
};

/// `name` is that of the header, as the source includes it. The package has a
/// plan with PTX.
CFiles writeC(const hipc::Package &package, const std::string &name);

} // namespace hip_compile

#endif // HIP_COMPILE_CSOURCE_H
