//===- HipAttentionOps.td - Attention -------------------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_ATTENTION_OPS_TD
#define HIP_ATTENTION_OPS_TD

include "dialect/HipOpBase.td"

// Without a score there is no region at all, since builders that clone an op
// visit every region.
class Hip_AttendingOp<string mnemonic>
    : Hip_DestinationOp<mnemonic, [AttrSizedOperandSegments]> {
  code scoreDeclaration = [{
    bool hasScore() { return !getScoreRegions().empty(); }
    ::mlir::Region &getScore() { return getScoreRegions().front(); }
  }];
}

def Hip_AttentionOp : Hip_AttendingOp<"attention"> {
  let summary = "Attention under a pruning policy";
  let description = [{
    `out(i) = sum_j softmax_j(f(scale q_i.k_j)) v_j` over the sinks, the
    candidates that `policy` keeps, and the band (S3, S4, S18). `f` is
    the identity, `softcap * tanh(x / softcap)`, or the `score` region with
    arguments (score f32, b, h, i, j). `scale` is an attribute, or an f32 operand
    if it is known only at run time, and defaults to 1 / sqrt(D). In the same way
    `sink` and `window` are attributes or i32 operands and default to 0; a sink
    given as an operand is rounded up to the chunk of the policy (S3). Integers in
    a `score` region follow S18: no division or conversion is undefined. A region
    that selects -inf by a condition that does not depend on the score is a mask,
    whose empty blocks dense attention does not read (S18c).

    Shapes: `query [B, Hq, Tq, D]`, `key [B, Hkv, Tk, D]`, `value
    [B, Hkv, Tk, Dv]`, `positions [B]` i32 -> `out [B, Hq, Tq, Dv]`, and, if a
    second `outs` is given, the natural logarithm of the sum of exponentials
    `lse [B, Hq, Tq]` in f32 (S19). A row that sees no key gives 0 and -inf (S20).
    For packed queries, a view by `hip.query.ragged`, the results are
    `[1, Hq, total, Dv]` and `[1, Hq, total]` (S1b). `summaries`, which are those
    of `hip.prune`, are read if they are given, and else computed (S17b).

    ```mlir
    func.func @f(%q: tensor<1x32x?x128xbf16>, %k: tensor<1x8x?x128xbf16>,
                 %v: tensor<1x8x?x128xbf16>, %init: tensor<1x32x?x128xbf16>)
        -> tensor<1x32x?x128xbf16> {
      %o = hip.attention ins(%q, %k, %v : tensor<1x32x?x128xbf16>,
                             tensor<1x8x?x128xbf16>, tensor<1x8x?x128xbf16>)
        outs(%init : tensor<1x32x?x128xbf16>)
        policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
        {sink = 128 : i64, window = 1024 : i64, causal} -> tensor<1x32x?x128xbf16>
      return %o : tensor<1x32x?x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Hip_KeysOrView:$value, Variadic<Hip_BoxesOrView>:$summaries,
    Optional<Hip_PerBatch>:$positions, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Optional<F32>:$dynamic_scale,
    Variadic<Hip_Out>:$outs, Hip_PolicyAttr:$policy,
    DefaultValuedAttr<I64Attr, "0">:$sink,
    DefaultValuedAttr<I64Attr, "0">:$window, UnitAttr:$causal,
    DefaultValuedAttr<Hip_HeadsAttr, "Heads::Kv">:$heads,
    OptionalAttr<F32Attr>:$scale, OptionalAttr<F32Attr>:$softcap);
  let regions = (region VariadicRegion<AnyRegion>:$score_regions);
  let builders = [OpBuilder<(ins "::mlir::Value":$query, "::mlir::Value":$key,
    "::mlir::Value":$value, "::mlir::hip::PolicyAttrInterface":$policy,
    CArg<"const ::mlir::hip::AttentionOptions &", "{}">:$options)>];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:`
    type($query) `,` type($key) `,` type($value) `)`
    (`summaries` `(` $summaries^ `:` type($summaries) `)`)?
    (`positions` `(` $positions^ `:` type($positions) `)`)? }] # Hip_BandNumbers<>.text # [{
    (`scale` `(` $dynamic_scale^ `:` type($dynamic_scale) `)`)?
    `outs` `(` $outs `:` type($outs) `)` `policy` $policy
    (`score` $score_regions^)? }] # Hip_Attributes<["policy"]>.text # [{
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = dpsDeclaration # [{
    ::mlir::Value getOut() { return getOuts()[0]; }
    ::mlir::Value getLse() {
      return getOuts().size() > 1 ? getOuts()[1] : ::mlir::Value();
    }
    BandAttr getBand();
  }] # scoreDeclaration;
}

def Hip_BlockSparseAttentionOp : Hip_AttendingOp<"block_sparse_attention"> {
  let summary = "Attention over sinks, listed blocks and the band";
  let description = [{
    Like `hip.attention`, with the kept candidates given as a block list
    (S16, S18). Without a list no candidate is attended. Listed blocks need no mask
    (S3): only the band does. A list is ascending and names no block twice (S5): a
    repeated block would count twice. `hip.union` turns any list into such a list.
    Block indices that are out of range are skipped, and so are keys that the view
    of keys or the view of values does not have (S24).

    Shapes: `blocks` i32 `[B, Hs, M, N]` in blocks of `block_k` keys, `counts`
    i32 `[B, Hs, M]`, M = ceil(Tq / block_q); Hs is Hq, Hkv or 1. `band_start`
    i32 `[B, M]`, if given, replaces E (S17). The i32 operands `sink` and `window`
    replace those of `band`. Everything else is as in `hip.attention`.

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %v: tensor<1x2x4096x64xf16>, %blocks: tensor<1x8x64x256xi32>,
                 %counts: tensor<1x8x64xi32>, %init: tensor<1x8x4096x64xf16>)
        -> tensor<1x8x4096x64xf16> {
      %o = hip.block_sparse_attention
        ins(%q, %k, %v : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>,
            tensor<1x2x4096x64xf16>)
        list(%blocks, %counts : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>)
        outs(%init : tensor<1x8x4096x64xf16>)
        band #hip.band<block_q = 64, chunk = 2, sink = 128, window = 1024>
        score {
        ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
          %twice = arith.addf %s, %s : f32
          hip.yield %twice : f32
        } {block_q = 64 : i64, block_k = 2 : i64} -> tensor<1x8x4096x64xf16>
      return %o : tensor<1x8x4096x64xf16>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Hip_KeysOrView:$value, Optional<Hip_Blocks>:$blocks,
    Optional<Hip_Counts>:$counts, Optional<Hip_PerBatch>:$positions,
    Optional<Hip_Array<[I32], [2]>>:$band_start, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Optional<F32>:$dynamic_scale,
    Variadic<Hip_Out>:$outs, Hip_BandAttr:$band, I64Attr:$block_q,
    I64Attr:$block_k, OptionalAttr<F32Attr>:$scale,
    OptionalAttr<F32Attr>:$softcap);
  let hasCanonicalizer = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$query, "::mlir::Value":$key,
    "::mlir::Value":$value, "::mlir::hip::PruneOp":$list,
    CArg<"const ::mlir::hip::AttentionOptions &", "{}">:$options)>];
  let regions = (region VariadicRegion<AnyRegion>:$score_regions);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:`
    type($query) `,` type($key) `,` type($value) `)`
    (`list` `(` $blocks^ `,` $counts `:` type($blocks) `,` type($counts) `)`)?
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    (`band_start` `(` $band_start^ `:` type($band_start) `)`)? }] # Hip_BandNumbers<>.text # [{
    (`scale` `(` $dynamic_scale^ `:` type($dynamic_scale) `)`)?
    `outs` `(` $outs `:` type($outs) `)` `band` $band
    (`score` $score_regions^)? }] # Hip_Attributes<["band"]>.text # [{
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = dpsDeclaration # [{
    ::mlir::Value getOut() { return getOuts()[0]; }
    ::mlir::Value getLse() {
      return getOuts().size() > 1 ? getOuts()[1] : ::mlir::Value();
    }
  }] # scoreDeclaration;
}

def Hip_CheckListOp
    : Hip_DestinationOp<"check_list", [AttrSizedOperandSegments]> {
  let summary = "Counts the faults of a block list";
  let description = [{
    `hip.block_sparse_attention` skips listed blocks that are not inside the
    candidates `[S, E(m))` and the keys, clamps a count to 0 and the length of the
    list (S24), and attends a block as often as it is listed (S5). This op counts
    the entries of each list that are not candidates or not greater than the entry
    before them, plus 1 if the count is clamped, so that a caller who makes lists
    can find out whether they are correct: correct lists have 0 faults. Operands
    and attributes are those of the attention.

    Shapes: `blocks` i32 `[B, Hs, M, N]`, `counts` i32 `[B, Hs, M]` -> `faults`
    i32 `[B, Hs, M]`.

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %blocks: tensor<1x8x64x256xi32>, %counts: tensor<1x8x64xi32>,
                 %init: tensor<1x8x64xi32>) -> tensor<1x8x64xi32> {
      %faults = hip.check_list
        ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
        list(%blocks, %counts : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>)
        outs(%init : tensor<1x8x64xi32>)
        band #hip.band<block_q = 64, chunk = 2, sink = 128, window = 1024>
        {block_q = 64 : i64, block_k = 2 : i64} -> tensor<1x8x64xi32>
      return %faults : tensor<1x8x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key, Hip_Blocks:$blocks,
    Hip_Counts:$counts, Optional<Hip_PerBatch>:$positions,
    Optional<Hip_Array<[I32], [2]>>:$band_start, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Variadic<Hip_Out>:$outs,
    Hip_BandAttr:$band, I64Attr:$block_q, I64Attr:$block_k);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    `list` `(` $blocks `,` $counts `:` type($blocks) `,` type($counts) `)`
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    (`band_start` `(` $band_start^ `:` type($band_start) `)`)? }] # Hip_BandNumbers<>.text # [{
    `outs` `(` $outs `:` type($outs) `)` `band` $band }] # Hip_Attributes<["band"]>.text # [{
    (`->` type($results)^)?
  }];
}

def Hip_UnionOp : Hip_DestinationOp<"union", [AttrSizedOperandSegments]> {
  let summary = "The distinct blocks of block lists, in order";
  let description = [{
    S16b: the blocks of `block_k` keys that any of `lists` names, ascending, each
    once. A list may be in any order, with repeats; list i has blocks of
    `list_block_k[i]` keys, which are cut into blocks of `block_k` first. Blocks
    that are not inside the candidates `[S, E(m))` and the keys are dropped, and a
    count is clamped to 0 and the length of its list (S24). Blocks beyond the
    capacity of the result are dropped from its end. All arithmetic is on integers,
    so that every machine gives the same result. `query`, `key` and the other
    operands and attributes are those of the attention. An ascending list costs
    time in its length; any other list costs that for each block of the result.

    Shapes: each list i32 `[B, Hs, M, N_i]` with counts i32 `[B, Hs, M]` ->
    `blocks [B, Hs, M, N]`, `counts [B, Hs, M]`, N at least the minimum of
    sum_i N_i * list_block_k[i] / block_k and ceil(Tk / block_k).

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %tree: tensor<1x8x64x224xi32>, %boxes: tensor<1x8x64x8xi32>,
                 %ct: tensor<1x8x64xi32>, %cb: tensor<1x8x64xi32>,
                 %blocks: tensor<1x8x64x256xi32>, %counts: tensor<1x8x64xi32>)
        -> (tensor<1x8x64x256xi32>, tensor<1x8x64xi32>) {
      %0:2 = hip.union ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
        lists(%tree, %boxes : tensor<1x8x64x224xi32>, tensor<1x8x64x8xi32>)
        counts(%ct, %cb : tensor<1x8x64xi32>, tensor<1x8x64xi32>)
        outs(%blocks, %counts : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>)
        band #hip.band<block_q = 64, chunk = 64, sink = 128, window = 1024>
        {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 8>}
        -> tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
      return %0#0, %0#1 : tensor<1x8x64x256xi32>, tensor<1x8x64xi32>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Variadic<Hip_Blocks>:$lists, Variadic<Hip_Counts>:$counts,
    Optional<Hip_PerBatch>:$positions,
    Optional<Hip_Array<[I32], [2]>>:$band_start, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Variadic<Hip_Out>:$outs,
    Hip_BandAttr:$band, I64Attr:$block_q, I64Attr:$block_k,
    DenseI64ArrayAttr:$list_block_k);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    `lists` `(` $lists `:` type($lists) `)`
    `counts` `(` $counts `:` type($counts) `)`
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    (`band_start` `(` $band_start^ `:` type($band_start) `)`)? }] # Hip_BandNumbers<>.text # [{
    `outs` `(` $outs `:` type($outs) `)` `band` $band }] # Hip_Attributes<["band"]>.text # [{
    (`->` type($results)^)?
  }];
}

def Hip_MaskBlocksOp
    : Hip_DestinationOp<"mask_blocks", [AttrSizedOperandSegments]> {
  let summary = "Block list of the keys that a mask leaves";
  let description = [{
    S16c: the blocks of `block_k` keys among the candidates `[S, E(m))` in which
    the `mask` region holds for any row of the query block, any key and any query
    head that shares the list, ascending. The region has arguments (b, h, i, j) and
    yields an i1; it may contain what a score region may (S18b). Attention over the
    list with a score region that gives -inf where the mask does not hold has the
    result of attention to all candidates, and reads none of the other blocks.
    `query`, `key` and the other operands and attributes are those of the attention.
    Blocks beyond the capacity of a list are dropped from its end (S24).

    Shapes: `blocks` i32 `[B, Hs, M, N]`, `counts` i32 `[B, Hs, M]`, N at least
    floor(Tk / block_k); Hs is Hq, Hkv or 1.

    ```mlir
    func.func @f(%q: tensor<1x8x4096x64xf16>, %k: tensor<1x2x4096x64xf16>,
                 %documents: tensor<4096xi32>, %blocks: tensor<1x1x32x32xi32>,
                 %counts: tensor<1x1x32xi32>)
        -> (tensor<1x1x32x32xi32>, tensor<1x1x32xi32>) {
      %0:2 = hip.mask_blocks ins(%q, %k : tensor<1x8x4096x64xf16>, tensor<1x2x4096x64xf16>)
        outs(%blocks, %counts : tensor<1x1x32x32xi32>, tensor<1x1x32xi32>)
        band #hip.band<block_q = 128, chunk = 128>
        mask {
        ^bb0(%b: index, %h: index, %i: index, %j: index):
          %row = tensor.extract %documents[%i] : tensor<4096xi32>
          %key = tensor.extract %documents[%j] : tensor<4096xi32>
          %same = arith.cmpi eq, %row, %key : i32
          hip.yield %same : i1
        } {block_q = 128 : i64, block_k = 128 : i64}
        -> tensor<1x1x32x32xi32>, tensor<1x1x32xi32>
      return %0#0, %0#1 : tensor<1x1x32x32xi32>, tensor<1x1x32xi32>
    }
    ```
  }];
  let arguments = (ins Hip_RowsOrView:$query, Hip_KeysOrView:$key,
    Optional<Hip_PerBatch>:$positions,
    Optional<Hip_Array<[I32], [2]>>:$band_start, Optional<I32>:$dynamic_sink,
    Optional<I32>:$dynamic_window, Variadic<Hip_Out>:$outs,
    Hip_BandAttr:$band, I64Attr:$block_q, I64Attr:$block_k);
  let regions = (region AnyRegion:$mask);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `:` type($query) `,` type($key) `)`
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    (`band_start` `(` $band_start^ `:` type($band_start) `)`)? }] # Hip_BandNumbers<>.text # [{
    `outs` `(` $outs `:` type($outs) `)` `band` $band
    `mask` $mask }] # Hip_Attributes<["band"]>.text # [{
    (`->` type($results)^)?
  }];
}

def Hip_CheckKeysOp : Hip_DestinationOp<"check_keys"> {
  let summary = "Count what a view has that names no stored row";
  let description = [{
    Ops on keys hold a length to the rows that its table has pages for, offsets
    to the stored rows, ascending, and skip the keys of a page that is not
    there (S24). This op counts, for each batch entry, the numbers that are so
    held or skipped: its length or its two offsets, and the pages among those of
    its keys. A caller who makes tables can so see that they were wrong: all 0
    where they were right, and always of `hip.kv.contiguous`. Of packed queries it
    counts the two offsets of an entry, the second also where the entry has more
    rows than `most` (S1b).

    Shapes: `keys` a view `[B, Hkv, Tk, D]`, or of queries `[B, Hq, Tq, D]` ->
    `faults` i32 `[B]`.

    ```mlir
    func.func @f(%pages: tensor<?x16x8x128xbf16>, %table: tensor<4x?xi32>,
                 %lengths: tensor<4xi32>, %init: tensor<4xi32>) -> tensor<4xi32> {
      %k = hip.kv.paged %pages[%table] lengths(%lengths)
        : tensor<?x16x8x128xbf16>, tensor<4x?xi32>, tensor<4xi32>
      %faults = hip.check_keys ins(%k : !hip.kv<4x8x?x128xbf16>)
        outs(%init : tensor<4xi32>) -> tensor<4xi32>
      return %faults : tensor<4xi32>
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[Hip_KvKeys, Hip_QueryType]>:$keys,
    Variadic<Hip_Out>:$outs);
  let assemblyFormat = [{
    `ins` `(` $keys `:` qualified(type($keys)) `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
}

def Hip_MergeOp : Hip_DestinationOp<"merge", [AttrSizedOperandSegments]> {
  let summary = "Combine partial attention results";
  let description = [{
    S21: with m = max_i lse_i and w_i = exp(lse_i - m), in operand order:
    `out = sum_i w_i out_i / sum_i w_i`, `lse = m + log(sum_i w_i)`. Partial
    results that saw no key (lse = -inf) weigh nothing.

    Shapes: each `partial` f32 `[B, Hq, Tq, Dv]`, each `partial_lse` f32
    `[B, Hq, Tq]` -> `out [B, Hq, Tq, Dv]`, `lse` f32 `[B, Hq, Tq]`.

    ```mlir
    func.func @f(%o0: tensor<1x8x1x64xf32>, %o1: tensor<1x8x1x64xf32>,
                 %l0: tensor<1x8x1xf32>, %l1: tensor<1x8x1xf32>,
                 %o: tensor<1x8x1x64xf16>, %l: tensor<1x8x1xf32>)
        -> (tensor<1x8x1x64xf16>, tensor<1x8x1xf32>) {
      %0:2 = hip.merge ins(%o0, %o1 : tensor<1x8x1x64xf32>, tensor<1x8x1x64xf32>)
        lse(%l0, %l1 : tensor<1x8x1xf32>, tensor<1x8x1xf32>)
        outs(%o, %l : tensor<1x8x1x64xf16>, tensor<1x8x1xf32>)
        -> tensor<1x8x1x64xf16>, tensor<1x8x1xf32>
      return %0#0, %0#1 : tensor<1x8x1x64xf16>, tensor<1x8x1xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Hip_Array<[F32], [4]>>:$partials,
    Variadic<Hip_Lse>:$partial_lses, Variadic<Hip_Out>:$outs);
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$partials,
    "::mlir::ValueRange":$lses, "::mlir::Type":$element)>];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `ins` `(` $partials `:` type($partials) `)`
    `lse` `(` $partial_lses `:` type($partial_lses) `)`
    `outs` `(` $outs `:` type($outs) `)` }] # Hip_Attributes<[]>.text # [{
    (`->` type($results)^)?
  }];
}

def Hip_YieldOp : Hip_Op<"yield", [Pure, Terminator,
    ParentOneOf<["AttentionOp", "BlockSparseAttentionOp", "MaskBlocksOp"]>]> {
  let summary = "Result of a score region or of a mask";
  let description = [{
    Gives the f32 score that takes the place of the scaled dot product (S18), or
    the i1 that says whether a row attends to a key (S16c).

    ```mlir
    func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>,
                 %v: tensor<1x2x64x64xf16>, %init: tensor<1x8x64x64xf16>)
        -> tensor<1x8x64x64xf16> {
      %o = hip.attention ins(%q, %k, %v : tensor<1x8x64x64xf16>,
                             tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
        outs(%init : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
        score {
        ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
          hip.yield %s : f32
        } {causal} -> tensor<1x8x64x64xf16>
      return %o : tensor<1x8x64x64xf16>
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[F32, I1]>:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // HIP_ATTENTION_OPS_TD
