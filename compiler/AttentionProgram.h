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

/// Which query heads share a list of blocks: those of a KV head, none, or all.
enum class ListHeads { Kv, Query, All };

/// How keys and values are stored (S23).
enum class KvStorage { Contiguous, Ragged, Paged };

/// One attention of queries [B, Hq, Tq, D]; packed ones are [1, Hq, total, D],
/// with offsets [B + 1] and an array [Tq, 0] whose size is the most rows of an
/// entry (S1b). Keys and values are [B, Hkv, T, D];
/// ragged ones [total, Hkv, D], with offsets [B + 1]; paged ones [P, page, Hkv,
/// D], with a table [B, max_pages] and lengths [B]. Batch and lengths may be
/// dynamic. Keys and values may be 8-bit floats, which are read in the type of
/// the queries.
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
  bool takesList = false;      ///< attends lists of the caller
  bool takesSummaries = false; ///< reads summaries of the caller (S17b)
  bool takesScale = false;     ///< the scale is an input, an f32
  bool takesSink = false;      ///< sinks are an input, an i32; `sink` is 0
  bool takesWindow = false;    ///< so is the window
  bool lse = false;            ///< returns lse as well
  bool list = false;           ///< returns blocks and counts as well
  /// Steps from one search of each part of the policy to the next; empty: each
  /// call searches (S17).
  std::vector<int64_t> refresh;
  bool makesSummaries = false; ///< returns those of the keys, and no attention

  /// Of attention.
  size_t outputs() const { return 1 + lse + 2 * (list + keptLists()); }
  /// Lists that calls keep: those of parts that not every call searches.
  size_t keptLists() const {
    return std::count_if(refresh.begin(), refresh.end(),
                         [](int64_t every) { return every > 1; });
  }
};

/// The geometry of a policy's candidates (S3) and lists (S16).
struct PolicySizes {
  int64_t bandBlockQ = 1; ///< query rows that share a band
  int64_t chunk = 1;      ///< keys that candidates are counted in
  int64_t listBlockQ = 1; ///< query rows that share a list
  int64_t listBlockK = 1; ///< keys of a listed block
  bool makesLists = false;
  bool keepsAll = false; ///< without a list, as dense attention
};

Expected<PolicySizes> policySizes(const AttentionProgram &program);

/// Shapes of the lists that calls keep with `refresh`: blocks, then counts, of
/// each, for this many entries, rows of one and keys.
Expected<std::vector<Dims>> refreshShapes(const AttentionProgram &program,
                                          int64_t batch, int64_t rows,
                                          int64_t keys);

/// Identifies the text of writeProgram() without making it: equal descriptions
/// give equal texts.
std::string describe(const AttentionProgram &program);

/// A module with one public function @attention, or @summarize.
///
/// The inputs of @attention are query, key and value; then, each if the program
/// has it: offsets, or table and lengths, of the storage; k_scale and v_scale
/// [Hkv] of 8-bit floats; offsets and rows of packed queries; positions; blocks
/// and counts of the caller; with `refresh` the number of the step [1] and
/// blocks and counts of each kept list; summaries; what the score reads; scale,
/// sink and window. Its results are out, then lse, blocks and counts if they
/// are requested, and those of each kept list.
///
/// The inputs of @summarize are key, what its storage needs, and k_scale. Its
/// results are the summaries [B, Hkv, floor(Tk / box), 2, D] of each level of
/// the policy, for as many keys as an entry may have. With pages it also takes
/// rows [n, 0], where n is the most keys that were appended to an entry, and
/// the summaries beside pages [P, max(1, page / box), Hkv, 2, D], which it
/// returns updated with those of these keys.
Expected<std::string> writeProgram(const AttentionProgram &program);

/// What its arrays are called, in order: "q", "k", "v", "table" and so on; no
/// two are equal. Not of one with a score, which reads what its text says.
struct ArrayNames {
  std::vector<std::string> inputs, outputs;
};
Expected<ArrayNames> arrayNames(const AttentionProgram &program);

} // namespace hipc

#endif // HIPC_COMPILER_ATTENTIONPROGRAM_H
