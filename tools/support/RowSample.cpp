//===- RowSample.cpp - Some query rows that stand for all
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/RowSample.h"

#include <algorithm>
#include <limits>
#include <set>

using namespace hipc;

namespace hip_tool {

// One of so many rows, in at most one of so many blocks.
constexpr int64_t kRowsShare = 8192, kBlocksShare = 64;
constexpr int64_t kLeastRows = 4, kMostRows = 64, kLeastBlocks = 2;
/// Rows of a block where a policy makes none, as dense.
constexpr int64_t kBlockRows = 64;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

Expected<std::vector<int64_t>> sampleRows(const RowRange &range,
                                          int64_t wanted) {
  auto [count, keys, causal, size] = range;
  if (size == std::numeric_limits<int32_t>::max())
    size = kBlockRows;
  int64_t first = causal ? std::max<int64_t>(0, count - keys) : 0;
  if (first >= count || keys == 0)
    return error(Code::Invalid, "q has ", count, " rows and k ", keys,
                 " keys, so that no row sees a key; give more");
  if (wanted == 0)
    wanted = std::clamp(count / kRowsShare, kLeastRows, kMostRows);
  int64_t room = count - first;
  int64_t blocks =
      std::min({wanted, std::max(kLeastBlocks, room / size / kBlocksShare),
                ceilDiv(count, size) - first / size});
  std::set<int64_t> chosen;
  for (int64_t i = 0; i < blocks; ++i) {
    int64_t start = (first + (2 * i + 1) * room / (2 * blocks)) / size * size;
    int64_t begin = std::max(start, first);
    int64_t length = std::min(start + size, count) - begin;
    int64_t share = std::min(ceilDiv(wanted, blocks), length);
    for (int64_t each = 0; each < share; ++each)
      chosen.insert(begin + (2 * each + 1) * length / (2 * share));
  }
  return std::vector<int64_t>(chosen.begin(), chosen.end());
}

} // namespace hip_tool
