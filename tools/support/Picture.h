//===- Picture.h - What a list keeps, as a picture
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_PICTURE_H
#define HIP_TOOLS_SUPPORT_PICTURE_H

#include "tools/support/KeptKeys.h"

namespace hip_tool {

/// An SVG of what one list head of the first batch entry attends: query rows by
/// keys, in at most 128 by 128 cells, whatever the lengths. A cell is as opaque
/// as the root of the share of its pairs of row and key that are attended, so
/// that a few keys of many show.
std::string drawKept(const hipc::AttentionProgram &program,
                     const hipc::PolicySizes &sizes, const RowRange &range,
                     const hipc::Tensor &blocks, const hipc::Tensor &counts,
                     int64_t listHead);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_PICTURE_H
