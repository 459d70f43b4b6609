//===- HipPruneOps.td - Hierarchical pruning ------------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PRUNE_OPS_TD
#define HIP_PRUNE_OPS_TD

include "dialect/HipOpBase.td"

def Hip_PruneOp : Hip_DestinationOp<"prune", [AttrSizedOperandSegments]> {
  let summary = "Block list of the keys that a policy keeps";
  let description = [{
    A fixed composition of the ops below, which the policy determines (S13 to S15).

    Shapes: `query [B, Hq, Tq, D]`, `key [B, Hkv, Tk, D]`; `positions [B]` i32
    gives the position of row 0 of each entry (default `Tk - Tq`, S1);
    `summaries`, for `#hip.boxes` only, are one `hip.summarize` result per level, or
    a view of those kept in pages (`hip.kv.summaries`); for a union, the levels of
    its `#hip.boxes` parts, in their order.
    Results (S16): `blocks` i32 `[B, Hs, M, N]`, ascending, key =
    index * block_k; `counts` i32 `[B, Hs, M]`; M = ceil(Tq / block_q), N at least
    the minimum of keep / block_k and ceil(Tk / block_k). `sink` and `window` are
    attributes or i32 operands, as in `hip.attention`. `chunk` is the c of the
    candidates (S3), by default that of the policy: a part that is searched apart from
    its union has that of the union, a multiple of its own (S14c, S17).

    ```mlir
    func.func @f(%q: tensor<1x32x?x128xbf16>, %k: tensor<1x8x?x128xbf16>,
                 %blocks: tensor<1x8x?x256xi32>, %counts: tensor<1x8x?xi32>)
        -> (tensor<1x8x?x256xi32>, tensor<1x8x?xi32>) {
      %b, %c = hip.prune ins(%q, %k : tensor<1x32x?x128xbf16>, tensor<1x8x?x128xbf16>)
        outs(%blocks, %counts : tensor<1x8x?x256xi32>, tensor<1x8x?xi32>)
        policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
        {sink = 128 : i64, window = 1024 : i64, causal}
        -> tensor<1x8x?x256xi32>, tensor<1x8x?xi32>
      return %b, %c : tensor<1x8x?x256xi32>, tensor<1x8x?xi32>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Variadic<Hip_BoxesOrView>:$summaries, Optional<Hip_PerBatch>:$positions,
    Optional<I32>:$dynamic_sink, Optional<I32>:$dynamic_window,
    Variadic<Hip_Out>:$outs, Hip_PolicyAttr:$policy,
    DefaultValuedAttr<I64Attr, "0">:$sink,
    DefaultValuedAttr<I64Attr, "0">:$window, UnitAttr:$causal,
    DefaultValuedAttr<Hip_HeadsAttr, "Heads::Kv">:$heads,
    OptionalAttr<I64Attr>:$chunk);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    (`summaries` `(` $summaries^ `:` type($summaries) `)`)?
    (`positions` `(` $positions^ `:` type($positions) `)`)? }] # Hip_BandNumbers<>.text # [{
    `outs` `(` $outs `:` type($outs) `)` `policy` $policy }] # Hip_Attributes<["policy"]>.text # [{
    (`->` type($results)^)?
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$query, "::mlir::Value":$key,
    "::mlir::hip::PolicyAttrInterface":$policy,
    CArg<"const ::mlir::hip::AttentionOptions &", "{}">:$options)>];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = dpsDeclaration # [{
    ::mlir::Value getBlocks() { return getOuts()[0]; }
    ::mlir::Value getCounts() { return getOuts()[1]; }
    /// The geometry of S3 under this policy, or under a union that has it.
    BandAttr getBand();
  }];
}

def Hip_SummarizeOp : Hip_DestinationOp<"summarize"> {
  let summary = "Elementwise minimum and maximum of each granule of keys";
  let description = [{
    S10b: `boxes[b, h, x, 0, d] = min` and `boxes[b, h, x, 1, d] = max` over the
    keys `[x * granule, (x + 1) * granule)`, in the type of the keys (exact).
    Only full granules have an entry, so that appending keys only adds entries.
    Keys that are skipped (S24) take no part; an entry of such keys alone is NaN.

    Shapes: `key [B, Hkv, Tk, D]` -> `[B, Hkv, floor(Tk / granule), 2, D]`.

    ```mlir
    func.func @f(%k: tensor<1x8x4096x128xbf16>, %init: tensor<1x8x64x2x128xbf16>)
        -> tensor<1x8x64x2x128xbf16> {
      %0 = hip.summarize ins(%k : tensor<1x8x4096x128xbf16>)
        outs(%init : tensor<1x8x64x2x128xbf16>) {granule = 64 : i64}
        -> tensor<1x8x64x2x128xbf16>
      return %0 : tensor<1x8x64x2x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_KeysOrView:$key, Variadic<Hip_Out>:$outs,
                       I64Attr:$granule);
  let assemblyFormat = [{
    `ins` `(` $key `:` type($key) `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
}

def Hip_UpdateSummariesOp : Hip_DestinationOp<"update_summaries"> {
  let summary = "Summaries of appended keys, stored beside their pages";
  let description = [{
    S17b: writes the entries of `hip.summarize` that the last `rows` keys of each
    batch entry have completed, those from `floor((L - rows) / granule)` up to
    `floor(L / granule)` of its L keys, to where `hip.kv.summaries` finds them: the
    page of the box's last key. Other entries are left as they are, and entries of a
    page that is not in `outs` are not written (S24). With more `rows` than were
    appended the result is the same.

    Shapes: `key [B, Hkv, Tk, D]`, a view that `hip.kv.paged` made of pages of `page`
    keys; `outs [P, max(1, page / granule), Hkv, 2, D]`, in the type that keys are
    read as. `page` and `granule` divide one another.

    ```mlir
    func.func @f(%pages: tensor<?x16x8x128xbf16>, %table: tensor<4x?xi32>,
                 %lengths: tensor<4xi32>, %rows: index,
                 %kept: tensor<?x1x8x2x128xbf16>) -> tensor<?x1x8x2x128xbf16> {
      %k = hip.kv.paged %pages[%table] lengths(%lengths)
        : tensor<?x16x8x128xbf16>, tensor<4x?xi32>, tensor<4xi32>
      %0 = hip.update_summaries ins(%k : !hip.kv<4x8x?x128xbf16>) rows(%rows)
        outs(%kept : tensor<?x1x8x2x128xbf16>) {granule = 64 : i64}
        -> tensor<?x1x8x2x128xbf16>
      return %0 : tensor<?x1x8x2x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_KvKeys:$key, Index:$rows, Variadic<Hip_Out>:$outs,
                       I64Attr:$granule);
  let assemblyFormat = [{
    `ins` `(` $key `:` qualified(type($key)) `)` `rows` `(` $rows `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

def Hip_PartitionOp : Hip_DestinationOp<"partition", [AttrSizedOperandSegments]> {
  let summary = "Ranges that cover the candidates of each query block";
  let description = [{
    S6, in integers: with `chunks = n`, chunk x of N candidate granules starts
    at granule floor(x N / n); with `size = c`, consecutive chunks of c keys
    from the sink on. Empty chunks, and those beyond the capacity of the list, are
    dropped. Exactly one of the two is given.

    Only shapes and lengths of `query` and `key` are read. Results (S5):
    `ranges [B, Hs, M, N, 2]`, `counts [B, Hs, M]`, M = ceil(Tq / band.block_q).

    ```mlir
    func.func @f(%q: tensor<1x32x4096x128xbf16>, %k: tensor<1x8x4096x128xbf16>,
                 %r: tensor<1x32x64x256x2xi32>, %c: tensor<1x32x64xi32>)
        -> (tensor<1x32x64x256x2xi32>, tensor<1x32x64xi32>) {
      %0:2 = hip.partition ins(%q, %k : tensor<1x32x4096x128xbf16>, tensor<1x8x4096x128xbf16>)
        outs(%r, %c : tensor<1x32x64x256x2xi32>, tensor<1x32x64xi32>)
        band #hip.band<block_q = 64, chunk = 2, sink = 128, window = 1024>
        {granule = 2 : i64, chunks = 256 : i64}
        -> tensor<1x32x64x256x2xi32>, tensor<1x32x64xi32>
      return %0#0, %0#1 : tensor<1x32x64x256x2xi32>, tensor<1x32x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Optional<Hip_PerBatch>:$positions, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Variadic<Hip_Out>:$outs,
    Hip_BandAttr:$band, I64Attr:$granule, OptionalAttr<I64Attr>:$chunks,
    OptionalAttr<I64Attr>:$size);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    (`positions` `(` $positions^ `:` type($positions) `)`)? }] # Hip_BandNumbers<>.text # [{
    `outs` `(` $outs `:` type($outs) `)` `band` $band }] # Hip_Attributes<["band"]>.text # [{
    (`->` type($results)^)?
  }];
}

def Hip_SplitOp : Hip_DestinationOp<"split"> {
  let summary = "Splits each range into two halves or into equal parts";
  let description = [{
    S7: with `ways = 2` the first child gets ceil(n / 2) granules, the second
    the rest; an empty child is dropped. More ways need equal parts. `ways = 1`
    keeps the ranges. With `query_ways = r` each list is passed on to r finer query
    blocks (S14). Where it splits, entries that are not ranges are dropped (S24).

    Shapes: `ranges [B, Hs, M, N, 2]` -> `[B, Hs, M', N', 2]`, N' <= N * ways
    at capacity, M' = ceil(Tq / finer block_q).

    ```mlir
    func.func @f(%r: tensor<1x8x64x256x2xi32>, %c: tensor<1x8x64xi32>,
                 %r2: tensor<1x8x64x512x2xi32>, %c2: tensor<1x8x64xi32>)
        -> (tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>) {
      %0:2 = hip.split ins(%r, %c : tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>)
        outs(%r2, %c2 : tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>) {ways = 2 : i64}
        -> tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>
      return %0#0, %0#1 : tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_Ranges:$ranges, Hip_Counts:$counts,
    Variadic<Hip_Out>:$outs, I64Attr:$ways,
    DefaultValuedAttr<I64Attr, "1">:$query_ways);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $ranges `,` $counts `:` type($ranges) `,` type($counts) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

class Hip_ScoringOp<string mnemonic> : Hip_DestinationOp<mnemonic> {
  dag common = (ins Hip_Ranges:$ranges, Hip_Counts:$counts,
    Variadic<Hip_Out>:$outs, I64Attr:$block_q, I64Attr:$granule,
    DefaultValuedAttr<Hip_RepresentativeAttr, "Representative::First">
      :$representative,
    DefaultValuedAttr<I64Attr, "1">:$q_stride,
    DefaultValuedAttr<I64Attr, "1">:$k_stride,
    DefaultValuedAttr<Hip_RowReduceAttr, "RowReduce::Max">:$reduce);
}

def Hip_ScoreOp : Hip_ScoringOp<"score"> {
  let summary = "Score of every range for its query block";
  let description = [{
    `kind = #hip.token`, the default (S8 to S10): the greatest f32 dot product of a
    sampled query row with a sampled key of the range's representative granule.
    `#hip.box<n>` (S10b): `key` is a `hip.summarize` result with n keys per granule, or
    a view of such summaries in pages, a range is one box, and its score is the bound
    `max_rows sum_d max(q_d lo_d, q_d hi_d)`. `#hip.mean` (S10c): the greatest dot
    product of a row with the mean of those keys. There is no scale and no soft-cap; -0
    counts as +0, and NaN is below every number. Rows past Tq take no part. Selection
    heads that are shared take the maximum over the query heads that share them. An
    entry that is not a range, or whose granule has no key, scores NaN (S24).

    Shapes: `query [B, Hq, Tq, D]`, `ranges [B, Hs, M, N, 2]`, `counts
    [B, Hs, M]` -> `scores` f32 `[B, Hs, M, N]`.

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %r: tensor<1x8x64x512x2xi32>, %c: tensor<1x8x64xi32>,
                 %s: tensor<1x8x64x512xf32>) -> tensor<1x8x64x512xf32> {
      %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>,
                         tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>)
        outs(%s : tensor<1x8x64x512xf32>) {block_q = 64 : i64, granule = 2 : i64}
        -> tensor<1x8x64x512xf32>
      return %0 : tensor<1x8x64x512xf32>
    }
    ```
  }];
  let arguments = !con((ins Hip_RowsOrView:$query,
    AnyTypeOf<[Hip_Rows, Hip_KvType, Hip_Boxes]>:$key), common, (ins
    DefaultValuedAttr<Hip_ScoreAttr,
      "::mlir::hip::TokenScoreAttr::get($_builder.getContext())">:$kind));
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $ranges `,` $counts `:`
    type($query) `,` type($key) `,` type($ranges) `,` type($counts) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

def Hip_DescendOp : Hip_ScoringOp<"descend"> {
  let summary = "Score of every range, found by a top-1 search inside it";
  let description = [{
    S11: repeat `levels` times: split the range in two, score both halves'
    representatives, keep the better; a tie keeps the first half. The score is
    that of the last representative kept (`path_score = leaf`) or the greatest
    one on the path (`path`). With 0 levels it is the range's own score.

    Shapes: as for `hip.score`.

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %r: tensor<1x8x64x16x2xi32>, %c: tensor<1x8x64xi32>,
                 %s: tensor<1x8x64x16xf32>) -> tensor<1x8x64x16xf32> {
      %0 = hip.descend ins(%q, %k, %r, %c : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>,
                           tensor<1x8x64x16x2xi32>, tensor<1x8x64xi32>)
        outs(%s : tensor<1x8x64x16xf32>)
        {block_q = 64 : i64, granule = 1 : i64, levels = 8 : i64}
        -> tensor<1x8x64x16xf32>
      return %0 : tensor<1x8x64x16xf32>
    }
    ```
  }];
  let arguments = !con((ins Hip_RowsOrView:$query, Hip_KeysOrView:$key), common, (ins
    I64Attr:$levels,
    DefaultValuedAttr<Hip_PathScoreAttr, "PathScore::Leaf">:$path_score));
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $ranges `,` $counts `:`
    type($query) `,` type($key) `,` type($ranges) `,` type($counts) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

def Hip_SelectOp : Hip_DestinationOp<"select"> {
  let summary = "The best ranges of each list";
  let description = [{
    S12: keeps min(keep, count) ranges by the total order (score descending,
    start ascending); the output is ascending by start. NaN is below every
    number and -0 equals +0, so the result is deterministic.

    Shapes: `ranges [B, Hs, M, N, 2]`, `counts [B, Hs, M]`, `scores
    [B, Hs, M, N]` -> `ranges [B, Hs, M, N', 2]`, N' >= min(keep, N); `counts`.

    ```mlir
    func.func @f(%r: tensor<1x8x64x512x2xi32>, %c: tensor<1x8x64xi32>,
                 %s: tensor<1x8x64x512xf32>, %r2: tensor<1x8x64x256x2xi32>,
                 %c2: tensor<1x8x64xi32>)
        -> (tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>) {
      %0:2 = hip.select ins(%r, %c, %s : tensor<1x8x64x512x2xi32>, tensor<1x8x64xi32>,
                            tensor<1x8x64x512xf32>)
        outs(%r2, %c2 : tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>) {keep = 256 : i64}
        -> tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>
      return %0#0, %0#1 : tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_Ranges:$ranges, Hip_Counts:$counts,
    Hip_Scores:$scores, Variadic<Hip_Out>:$outs, I64Attr:$keep);
  let assemblyFormat = [{
    `ins` `(` $ranges `,` $counts `,` $scores `:`
    type($ranges) `,` type($counts) `,` type($scores) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

def Hip_BlocksOp : Hip_DestinationOp<"blocks"> {
  let summary = "Block list of a range list";
  let description = [{
    Each range of n granules becomes its n * granule / block_k blocks,
    ascending (S16). Ranges begin and end on multiples of block_k keys. Entries that
    are not ranges, and blocks beyond the capacity of the list, are dropped (S24).

    Shapes: `ranges [B, Hs, M, N, 2]`, `counts [B, Hs, M]` -> `blocks
    [B, Hs, M, N']`, `counts [B, Hs, M]`.

    ```mlir
    func.func @f(%r: tensor<1x8x64x256x2xi32>, %c: tensor<1x8x64xi32>,
                 %b: tensor<1x8x64x256xi32>, %c2: tensor<1x8x64xi32>)
        -> (tensor<1x8x64x256xi32>, tensor<1x8x64xi32>) {
      %0:2 = hip.blocks ins(%r, %c : tensor<1x8x64x256x2xi32>, tensor<1x8x64xi32>)
        outs(%b, %c2 : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>)
        {granule = 2 : i64, block_k = 2 : i64}
        -> tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
      return %0#0, %0#1 : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_Ranges:$ranges, Hip_Counts:$counts,
    Variadic<Hip_Out>:$outs, I64Attr:$granule, I64Attr:$block_k);
  let assemblyFormat = [{
    `ins` `(` $ranges `,` $counts `:` type($ranges) `,` type($counts) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
}

#endif // HIP_PRUNE_OPS_TD
