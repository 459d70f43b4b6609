//===- RowSample.h - Some query rows that stand for all
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_ROWSAMPLE_H
#define HIP_TOOLS_SUPPORT_ROWSAMPLE_H

#include "runtime/base/Status.h"

#include <vector>

namespace hip_tool {

/// From where rows are taken.
struct RowRange {
  int64_t rows = 0; ///< Tq
  int64_t keys = 0; ///< Tk
  bool causal = true;
  int64_t block = 64; ///< rows that are searched together

  /// How many keys a row sees.
  int64_t seen(int64_t row) const {
    return causal ? keys - rows + row + 1 : keys;
  }
};

/// `wanted` rows that see a key, ascending, in a few blocks spread over all; 0
/// stands for one in 8,192, at least 4 and at most 64. Python's report() takes
/// the same. Invalid if no row sees a key.
hipc::Expected<std::vector<int64_t>> sampleRows(const RowRange &range,
                                                int64_t wanted);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_ROWSAMPLE_H
