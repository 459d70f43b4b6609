//===- ExactRows.h - What dense attention does in some query rows
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_EXACTROWS_H
#define HIP_TOOLS_SUPPORT_EXACTROWS_H

#include "compiler/AttentionProgram.h"
#include "runtime/device/Backend.h"
#include "tools/support/RowSample.h"

namespace hip_tool {

/// Of each batch entry, query head and row, in this order.
struct ExactRows {
  RowRange range;            ///< of the rows
  std::vector<int64_t> rows; ///< which were taken
  int64_t top = 0;           ///< best keys that were looked for
  int64_t batches = 0, heads = 0, valueSize = 0;
  std::vector<float> out;    ///< dense attention, `valueSize` numbers each
  std::vector<float> lse;    ///< log of its sum of exponentials
  std::vector<int32_t> best; ///< the key with the greatest score
  std::vector<int32_t> keys; ///< the `top` best, or as many as a row sees
  double milliseconds = 0;   ///< on the device

  /// How many of the `top` keys a row has.
  int64_t found(int64_t row) const { return std::min(top, range.seen(row)); }
};

/// The program that ExactRows come from: each row is a batch entry with a
/// position of its own, a step of dense attention and a search that keeps the
/// `top` greatest scores. Python's report() compiles the same.
std::string exactRowsText(const hipc::AttentionProgram &program, int64_t top);

/// Arrays of one attention: queries on the host, of which rows are taken, and
/// keys and values where upload() put them.
struct AttentionInputs {
  hipc::Tensor query, key, value;
};

/// Runs exactRowsText(program, top), which `executable` is of.
hipc::Expected<ExactRows> measureExactRows(
    hipc::device::Backend &device, const hipc::device::Executable &executable,
    const hipc::AttentionProgram &program, const AttentionInputs &inputs,
    std::vector<int64_t> rows, int64_t top, int64_t repeat);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_EXACTROWS_H
