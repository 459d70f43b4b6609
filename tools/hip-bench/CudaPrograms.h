//===- CudaPrograms.h - What hip-bench cuda times
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_CUDAPROGRAMS_H
#define HIP_BENCH_CUDAPROGRAMS_H

#include "SparseLists.h"

#include <string>

namespace hip_bench {

constexpr int64_t kHeads = 32;
constexpr int64_t kKvHeadCount = 8;
constexpr int64_t kSize = 128; ///< of a head

/// What a name stands for: a policy, or "sparse", which takes lists.
struct CudaVariant {
  std::string name;
  std::string policy; ///< empty: lists are given
  int64_t blockQ = 64;
  int64_t chunk = 1; ///< of the band (S3)
  int64_t keep = 0;  ///< keys of the candidates; -1: all
  int64_t sink = 0;
  int64_t window = 0;
  int64_t box = 0; ///< keys of a summary; 0: none are read
};

/// nullptr where there is none of that name.
const CudaVariant *findVariant(std::string_view name);
std::string variantNames();

/// A policy, or "sparse", for a whole prompt or for one query.
struct CudaRequest {
  const CudaVariant *variant = nullptr;
  std::string name;
  bool decode = false;
};

/// "tree" stands for a whole prompt, "decode:tree" for one query, "decode" for
/// one query under each policy.
hipc::Expected<std::vector<CudaRequest>>
readRequests(const std::vector<std::string> &words);

/// Pairs of a row and a key that it attends under a policy, over all heads.
double attendedPairs(const CudaVariant &variant, const ListShape &shape);

} // namespace hip_bench

#endif // HIP_BENCH_CUDAPROGRAMS_H
