//===- CudaPrograms.h - What hip-bench cuda times
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CUDAPROGRAMS_H
#define HIP_BENCH_CUDAPROGRAMS_H

#include "runtime/base/Tensor.h"

#include <string>
#include <vector>

namespace hip_bench {

constexpr int64_t kHeads = 32;
constexpr int64_t kKvHeadCount = 8;
constexpr int64_t kSize = 128; ///< of a head
constexpr int64_t kListBlock = 128;

/// Attention of the newest `queries` rows, bf16 with 32 query and 8 KV heads of
/// 128 numbers, causal.
struct CudaShape {
  int64_t batch = 1;
  int64_t queries = 0;
  int64_t keys = 0;
};

/// What is asked for by a name: a policy, or "sparse", which takes lists of
/// 128x128 blocks.
struct CudaVariant {
  std::string name;
  std::string policy; ///< empty: lists are given
  int64_t blockQ = 64;
  int64_t chunk = 1; ///< of the band (S3)
  int64_t keep = 0;  ///< keys of the candidates; -1: all
  int64_t sink = 0;
  int64_t window = 0;
};

/// nullptr where there is none of that name.
const CudaVariant *findVariant(std::string_view name);
std::string variantNames();

/// The program; `heads` is query, kv or all, `kept` the blocks of a "sparse"
/// list and the diagonal.
std::string programText(const CudaVariant &variant, const CudaShape &shape,
                        std::string_view heads, int64_t kept,
                        std::string_view schedule);

/// Pairs of a row and a key that it attends, over all heads. "sparse" counts
/// whole blocks.
double attendedPairs(const CudaVariant &variant, const CudaShape &shape,
                     int64_t kept);

/// Random lists of `kept` - 1 earlier blocks for each head and query block,
/// ascending; early query blocks have all that there are.
struct BlockLists {
  std::vector<int32_t> blocks, counts;
  hipc::Dims blockDims, countDims;
};
BlockLists randomLists(const CudaShape &shape, int64_t kept);

} // namespace hip_bench

#endif // HIP_BENCH_CUDAPROGRAMS_H
