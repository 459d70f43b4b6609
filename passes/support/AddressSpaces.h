//===- support/AddressSpaces.h - Memories of NVVM
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_ADDRESSSPACES_H
#define HIP_PASSES_SUPPORT_ADDRESSSPACES_H

namespace mlir::hip {

/// Address spaces of NVVM.
inline constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3, kClusterSpace = 7;

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_ADDRESSSPACES_H
