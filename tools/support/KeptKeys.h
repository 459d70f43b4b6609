//===- KeptKeys.h - Which keys a policy attends
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_KEPTKEYS_H
#define HIP_TOOLS_SUPPORT_KEPTKEYS_H

#include "compiler/AttentionProgram.h"
#include "tools/support/RowSample.h"

#include <span>

namespace hip_tool {

/// The keys that a row of a head attends: sinks [0, sink), listed blocks, and
/// the band [band, seen).
struct KeptOfRow {
  int64_t seen = 0, sink = 0, band = 0, blockSize = 1;
  std::vector<int32_t> blocks = {}; ///< ascending, distinct, between these

  int64_t count() const;
  /// How many of the given ascending keys are attended.
  int64_t countOf(std::span<const int32_t> keys) const;
};

/// Sinks, listed blocks and band of query rows (S3, S4).
class KeptKeys {
public:
  KeptKeys(const hipc::AttentionProgram &program,
           const hipc::PolicySizes &sizes, const RowRange &range,
           const hipc::Tensor &blocks, const hipc::Tensor &counts)
      : program(program), sizes(sizes), range(range), blocks(blocks),
        counts(counts) {}

  /// Heads that have lists of their own, at least one; others share them.
  int64_t lists() const { return sizes.makesLists ? counts.dims[1] : 1; }
  KeptOfRow of(int64_t batch, int64_t list, int64_t row) const;

private:
  int64_t bandStart(int64_t row) const;
  void addListed(int64_t batch, int64_t list, int64_t row,
                 KeptOfRow &kept) const;

  const hipc::AttentionProgram &program;
  const hipc::PolicySizes &sizes;
  RowRange range;
  const hipc::Tensor &blocks, &counts;
};

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_KEPTKEYS_H
