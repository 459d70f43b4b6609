//===- Json.h - What a host has to know of a package
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_JSON_H
#define HIP_COMPILE_JSON_H

#include "runtime/package/Package.h"

namespace hip_compile {

/// All of a package but its code, as JSON (docs/kernel-abi.md).
std::string writeJson(const hipc::Package &package);

} // namespace hip_compile

#endif // HIP_COMPILE_JSON_H
