//===- support/ListMemory.h - Shared memory for the lists of a search
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_LISTMEMORY_H
#define HIP_PASSES_SUPPORT_LISTMEMORY_H

#include <cstdint>

namespace mlir::hip {

/// The most bytes of shared memory for short lists of a kernel for few rows
/// (`hip-promote-arrays`), which its schedule leaves free beside tiles.
constexpr int64_t kListBytes = 16 * 1024;

/// The most bytes, in addition, for what a cluster sends (`hip-cluster`).
constexpr int64_t kSentBytes = 8 * 1024;

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_LISTMEMORY_H
