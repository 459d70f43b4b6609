//===- KeptKeys.cpp - Which keys a policy attends
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/KeptKeys.h"

using namespace hipc;

namespace hip_tool {

/// E of S3, which the first row of the block decides.
int64_t KeptKeys::bandStart(int64_t row) const {
  int64_t visible = range.seen(row / sizes.bandBlockQ * sizes.bandBlockQ);
  int64_t candidates =
      std::max<int64_t>(0, visible - program.window - program.sink);
  return program.sink + candidates / sizes.chunk * sizes.chunk;
}

void KeptKeys::markListed(int64_t batch, int64_t head, int64_t row,
                          int64_t band, std::vector<uint8_t> &kept) const {
  int64_t lists = counts.dims[2], room = blocks.dims[3];
  int64_t list =
      (batch * counts.dims[1] + head) * lists + row / sizes.listBlockQ;
  auto *block = static_cast<const int32_t *>(blocks.data) + list * room;
  int64_t count = static_cast<const int32_t *>(counts.data)[list];
  for (int64_t i = 0; i < std::min(count, room); ++i) {
    int64_t first = block[i] * sizes.listBlockK;
    // What is no candidate is not attended for being listed (S24).
    if (first >= program.sink && first + sizes.listBlockK <= band)
      std::fill_n(kept.begin() + first, sizes.listBlockK, 1);
  }
}

void KeptKeys::mark(int64_t batch, int64_t head, int64_t heads, int64_t row,
                    std::vector<uint8_t> &kept) const {
  int64_t seen = range.seen(row);
  kept.assign(seen, sizes.keepsAll);
  if (sizes.keepsAll)
    return;
  int64_t band = bandStart(row);
  std::fill_n(kept.begin(), std::min(program.sink, seen), 1);
  if (band < seen)
    std::fill(kept.begin() + band, kept.end(), 1);
  if (sizes.makesLists)
    markListed(batch, head * counts.dims[1] / heads, row, band, kept);
}

} // namespace hip_tool
