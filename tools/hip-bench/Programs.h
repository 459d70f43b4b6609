//===- Programs.h - The MLIR that hip-bench compiles
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_PROGRAMS_H
#define HIP_BENCH_PROGRAMS_H

#include "SparseLists.h"

namespace hip_bench {

/// Causal attention by a policy.
struct PolicyOptions {
  std::string_view policy; ///< without "#hip."
  int64_t sink = 0, window = 0;
  std::string_view heads = "kv"; ///< that share a list: query, kv or all
  int64_t keptBox = 0; ///< keys of a box whose summaries are given; 0: none are
};

/// `(query, key, value) -> out`, by `hip.attention` with the schedule given, if
/// any; after value it takes the summaries that are given.
std::string policyProgram(const PolicyOptions &options, const ListShape &shape,
                          std::string_view dtype, std::string_view schedule);

/// `(key) -> summaries` of boxes of so many keys.
std::string summariesProgram(const ListShape &shape, std::string_view dtype,
                             int64_t box);

/// `(query, key, value, blocks, counts) -> out`, by
/// `hip.block_sparse_attention` with the schedule given, if any.
std::string listProgram(const ListOptions &options, const ListShape &shape,
                        std::string_view dtype, std::string_view schedule);

} // namespace hip_bench

#endif // HIP_BENCH_PROGRAMS_H
