//===- KeptKeys.h - Which keys a policy attends
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_KEPTKEYS_H
#define HIP_TOOLS_SUPPORT_KEPTKEYS_H

#include "tools/support/Quality.h"
#include "tools/support/RowSample.h"

namespace hip_tool {

/// Sinks, listed blocks and band of query rows (S3, S4).
class KeptKeys {
public:
  KeptKeys(const hipc::AttentionProgram &program,
           const hipc::PolicySizes &sizes, const RowRange &range,
           const hipc::Tensor &blocks, const hipc::Tensor &counts)
      : program(program), sizes(sizes), range(range), blocks(blocks),
        counts(counts) {}

  /// Marks the keys that a row of a head attends with 1, others that it sees
  /// with 0. `heads` is the number of query heads.
  void mark(int64_t batch, int64_t head, int64_t heads, int64_t row,
            std::vector<uint8_t> &kept) const;

private:
  int64_t bandStart(int64_t row) const;
  void markListed(int64_t batch, int64_t head, int64_t row, int64_t band,
                  std::vector<uint8_t> &kept) const;

  const hipc::AttentionProgram &program;
  const hipc::PolicySizes &sizes;
  RowRange range;
  const hipc::Tensor &blocks, &counts;
};

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_KEPTKEYS_H
