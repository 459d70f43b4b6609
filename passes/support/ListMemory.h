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

/// Bytes that short lists of a kernel for few rows take at most
/// (`hip-promote-arrays`), which its schedule leaves beside tiles.
constexpr int64_t kListBytes = 16 * 1024;

/// Bytes that what a cluster sends takes at most (`hip-cluster`), besides.
constexpr int64_t kSentBytes = 8 * 1024;

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_LISTMEMORY_H
