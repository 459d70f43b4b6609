//===- AttentionProgram.h - Attention as a module
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_ATTENTIONPROGRAM_H
#define HIPC_COMPILER_ATTENTIONPROGRAM_H

#include "runtime/package/Plan.h"

#include <algorithm>
#include <optional>

namespace hipc {

/// What shares a list of blocks: the query heads of a KV head, nothing, or all.
enum class ListHeads { Kv, Query, All };

/// How keys and values are stored (S23).
enum class KvStorage { Contiguous, Ragged, Paged };

/// One attention of queries [B, Hq, Tq, D]; packed ones are [1, Hq, total, D],
/// with offsets [B + 1] and an array [Tq, 0] whose size is the most rows of an
/// entry (S1b). Keys and values are [B, Hkv, T, D];
/// ragged ones [total, Hkv, D], with offsets [B + 1]; paged ones [P, page, Hkv,
/// D], with a table [B, max_pages] and lengths [B]. Batch and lengths may be
/// dynamic. Both may be of a type of 8 bits, which is read as that of queries.
struct AttentionProgram {
  TensorSpec query, key, value;
  KvStorage storage = KvStorage::Contiguous;
  /// Such as "tree<keep = 512>", also with "#hip." in front. "hip" is the union
  /// of a tree and boxes.
  std::string policy;
  int64_t sink = 0;
  int64_t window = 0;
  bool causal = true;
  ListHeads heads = ListHeads::Kv;
  std::optional<float> scale;
  std::optional<float> softcap;
  /// Region on each score, as text; empty: none. What it takes after j are
  /// inputs, f32 or arrays.
  std::string score;
  bool takesKvScales = false;  ///< of each head of keys, and of values (S23)
  bool packsQueries = false;   ///< entries have their own rows (S1b)
  bool takesPositions = false; ///< of the first row of each entry (S1)
  bool takesList = false;      ///< attends lists that the caller has
  bool takesSummaries = false; ///< the caller has those of its keys (S17b)
  bool takesScale = false;     ///< the scale is an input, an f32
  bool takesSink = false;      ///< sinks are an input, an i32; `sink` is 0
  bool takesWindow = false;    ///< so is the window
  bool lse = false;            ///< gives lse as well
  bool list = false;           ///< gives blocks and counts as well
  /// Steps from one search of each part of the policy to the next; empty: each
  /// call searches (S17).
  std::vector<int64_t> refresh;
  bool makesSummaries = false; ///< gives those of the keys, and no attention

  /// Of attention.
  size_t outputs() const { return 1 + lse + 2 * (list + keptLists()); }
  /// Lists that calls keep: those of parts that not every call searches.
  size_t keptLists() const {
    return std::count_if(refresh.begin(), refresh.end(),
                         [](int64_t every) { return every > 1; });
  }
};

/// What a policy says of its candidates (S3) and its lists (S16).
struct PolicySizes {
  int64_t bandBlockQ = 1; ///< query rows that share a band
  int64_t chunk = 1;      ///< keys that candidates are counted in
  int64_t listBlockQ = 1; ///< query rows that share a list
  int64_t listBlockK = 1; ///< keys of a listed block
  bool makesLists = false;
  bool keepsAll = false; ///< without a list, as dense attention
};

Expected<PolicySizes> policySizes(const AttentionProgram &program);

/// Of the lists that calls keep where there is `refresh`: blocks, then counts,
/// of each, for so many entries, rows of one and keys.
Expected<std::vector<Dims>> refreshShapes(const AttentionProgram &program,
                                          int64_t batch, int64_t rows,
                                          int64_t keys);

/// Names the text of writeProgram() without making it: equal descriptions give
/// equal texts.
std::string describe(const AttentionProgram &program);

/// A module with one public function @attention(query, key, value), then
/// offsets, or table and lengths, as the storage needs, k_scale and v_scale
/// [Hkv] where numbers of 8 bits have scales, offsets and rows of packed
/// queries, positions where they are inputs,
/// blocks and counts where the caller has lists, the number of the step [1] and
/// blocks and counts of each kept list where there is `refresh`, summaries
/// where it has those, what the score reads, and scale, sink and window where
/// they are inputs, that gives out, then lse, blocks and counts where they are
/// asked for, and those of each kept list; or one with
/// @summarize(key), then what the storage needs and k_scale, that gives the
/// summaries [B, Hkv, floor(Tk / box), 2, D] of each level of the policy, of as
/// many keys as an entry may have. Of pages it takes rows [n, 0], how many keys
/// an entry may have more, and the summaries beside pages [P, max(1, page /
/// box), Hkv, 2, D] as well, and gives them with those of these keys.
Expected<std::string> writeProgram(const AttentionProgram &program);

/// What its arrays are called, in order: "q", "k", "v", "table" and so on; no
/// two are equal. Not of one with a score, which reads what its text says.
struct ArrayNames {
  std::vector<std::string> inputs, outputs;
};
Expected<ArrayNames> arrayNames(const AttentionProgram &program);

} // namespace hipc

#endif // HIPC_COMPILER_ATTENTIONPROGRAM_H
