//===- SparseLists.h - Lists of blocks to time attention over
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_SPARSELISTS_H
#define HIP_BENCH_SPARSELISTS_H

#include "runtime/base/Tensor.h"

#include <string>
#include <vector>

namespace hip_bench {

/// Which keys the lists of query blocks name.
enum class ListKind {
  Random, ///< entry e of n anywhere in the e-th of n parts of the candidates
  Neighbours, ///< the same, three of four shared by 8 query blocks in a row
  First       ///< the first ones, for all: they stay in a cache
};
std::string_view nameOf(ListKind kind);

/// Query heads that share a list.
enum class ListSharing { Query, Kv, All };
std::string_view nameOf(ListSharing sharing);

/// Lists that are asked for: no sinks and no window (S3), so that all but what
/// is left of a block at its end is listed.
struct ListOptions {
  int64_t blockQ = 128;
  int64_t blockK = 128;
  int64_t keep = 31 * 128; ///< keys of a list, of those that there are
  ListKind kind = ListKind::Random;
  ListSharing sharing = ListSharing::Query;
  bool causal = true;
  int64_t seed = 0;
};

/// Attention of the newest `queries` rows.
struct ListShape {
  int64_t batch = 1, heads = 0, kvHeads = 0;
  int64_t queries = 0, keys = 0;
  int64_t headSize = 0;
};

/// Heads that have lists of their own.
int64_t listHeads(const ListOptions &options, const ListShape &shape);
/// Blocks an array has for a list, at least one.
int64_t lengthOf(const ListOptions &options);

/// Lists as `hip.block_sparse_attention` takes them: ascending, without
/// repeats, of candidates (S5, S16).
struct BlockLists {
  std::vector<int32_t> blocks, counts;
  hipc::Dims blockDims, countDims;
};
BlockLists makeLists(const ListOptions &options, const ListShape &shape);

/// Entries of all lists together.
int64_t listEntries(const ListOptions &options, const ListShape &shape);

/// What lists and what follows the candidates ask for, over all heads.
struct ListWork {
  double pairs = 0; ///< of a row and a key that it attends
  double keys = 0;  ///< of K as of V, once for all rows that share a list
};
ListWork workOf(const ListOptions &options, const ListShape &shape);

} // namespace hip_bench

#endif // HIP_BENCH_SPARSELISTS_H
