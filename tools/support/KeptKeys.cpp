//===- KeptKeys.cpp - Which keys a policy attends
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/KeptKeys.h"

#include <algorithm>

using namespace hipc;

namespace hip_tool {

int64_t KeptOfRow::count() const {
  return std::min(sink, seen) + std::max<int64_t>(0, seen - band) +
         int64_t(blocks.size()) * blockSize;
}

int64_t KeptOfRow::countOf(std::span<const int32_t> keys) const {
  int64_t found = 0;
  auto block = blocks.begin();
  for (int64_t key : keys) {
    while (block != blocks.end() && *block < key / blockSize)
      ++block;
    bool listed = block != blocks.end() && *block == key / blockSize;
    found += listed || key < sink || key >= band;
  }
  return found;
}

/// E of S3, which the first row of the block decides.
int64_t KeptKeys::bandStart(int64_t row) const {
  int64_t visible = range.seen(row / sizes.bandBlockQ * sizes.bandBlockQ);
  int64_t candidates =
      std::max<int64_t>(0, visible - program.window - program.sink);
  return program.sink + candidates / sizes.chunk * sizes.chunk;
}

void KeptKeys::addListed(int64_t batch, int64_t list, int64_t row,
                         KeptOfRow &kept) const {
  int64_t room = blocks.dims[3];
  int64_t place =
      (batch * counts.dims[1] + list) * counts.dims[2] + row / sizes.listBlockQ;
  auto *block = static_cast<const int32_t *>(blocks.data) + place * room;
  int64_t count = static_cast<const int32_t *>(counts.data)[place];
  for (int64_t i = 0; i < std::min(count, room); ++i) {
    int64_t first = block[i] * kept.blockSize;
    // What is no candidate is not attended for being listed (S24).
    if (first >= kept.sink && first + kept.blockSize <= kept.band)
      kept.blocks.push_back(block[i]);
  }
  if (!std::ranges::is_sorted(kept.blocks))
    std::ranges::sort(kept.blocks);
  auto repeated = std::ranges::unique(kept.blocks);
  kept.blocks.erase(repeated.begin(), repeated.end());
}

KeptOfRow KeptKeys::of(int64_t batch, int64_t list, int64_t row) const {
  int64_t seen = range.seen(row);
  if (sizes.keepsAll)
    return {.seen = seen, .sink = seen, .band = seen};
  KeptOfRow kept{.seen = seen,
                 .sink = program.sink,
                 .band = bandStart(row),
                 .blockSize = sizes.listBlockK};
  if (sizes.makesLists)
    addListed(batch, list, row, kept);
  return kept;
}

} // namespace hip_tool
