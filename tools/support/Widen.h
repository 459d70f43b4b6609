//===- Widen.h - Rows of arrays as f32
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_WIDEN_H
#define HIP_TOOLS_SUPPORT_WIDEN_H

#include "runtime/base/Tensor.h"

namespace hip_tool {

/// Writes row (batch, head, row) of a row-major f16, bf16 or f32 array of rank
/// 4 as f32.
void widenRow(const hipc::Tensor &array, int64_t batch, int64_t head,
              int64_t row, float *out);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_WIDEN_H
