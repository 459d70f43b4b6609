//===- CopyBoxes.h - Boxes of rows that TMA copies
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_COPYBOXES_H
#define HIP_DIALECT_COPYBOXES_H

#include <cstdint>

namespace mlir::hip {

/// Whether the threads of one warp can copy `rows` rows of `bytes` bytes by
/// TMA, a box for each `runs` of them: whole atoms of the widest swizzle, and
/// no more rows than a box can have (CUDA driver API, cuTensorMapEncodeTiled).
bool canCopyBoxes(int64_t rows, int64_t bytes, int64_t runs);

} // namespace mlir::hip

#endif // HIP_DIALECT_COPYBOXES_H
