//===- HipKvOps.td - Views of stored keys and values ----------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_KV_OPS_TD
#define HIP_KV_OPS_TD

include "dialect/HipOpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Hip_ViewOp<string mnemonic, list<Trait> traits = []>
    : Hip_Op<mnemonic, !listconcat([
        Pure, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<BufferizableOpInterface,
          ["bufferizesToMemoryRead", "bufferizesToMemoryWrite",
           "getAliasingValues", "resolveConflicts", "bufferize"]>], traits)> {
  let hasVerifier = 1;
}

class Hip_KvOp<string mnemonic> : Hip_ViewOp<mnemonic> {
  let results = (outs Hip_KvType:$view);
  // Of storage of 8 bits.
  string narrow = "(`as` $as^)? (`scales` `(` $scales^ `)`)?";
}

def Hip_KvContiguousOp : Hip_KvOp<"kv.contiguous"> {
  let summary = "View of one dense array of keys or values";
  let description = [{
    Shapes: `storage` is `[B, Hkv, T, D]` (`layout<bhtd>`, the default) or `[B, T, Hkv, D]`
    (`layout<bthd>`); the view is `[B, Hkv, T, D]`. Rule S23.

    Storage of f8E4M3FN and f8E5M2 is read `as` f16, bf16 or f32: each stored number is
    multiplied by the scale of its head in `scales [Hkv]`, f32, if these are given, in f32,
    and rounded to that type. All ops on the view see the resulting numbers.

    ```mlir
    func.func @f(%k: tensor<1x?x8x128xbf16>) -> !hip.kv<1x8x?x128xbf16> {
      %0 = hip.kv.contiguous %k layout<bthd> : tensor<1x?x8x128xbf16>
      return %0 : !hip.kv<1x8x?x128xbf16>
    }
    func.func @narrow(%k: tensor<1x8x?x128xf8E4M3FN>, %scales: tensor<8xf32>)
        -> !hip.kv<1x8x?x128xbf16> {
      %0 = hip.kv.contiguous %k as bf16 scales(%scales)
        : tensor<1x8x?x128xf8E4M3FN>, tensor<8xf32>
      return %0 : !hip.kv<1x8x?x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_Array<[Hip_Element], [4]>:$storage,
    Optional<Hip_Scales>:$scales, OptionalAttr<Hip_KvLayoutAttr>:$layout,
    OptionalAttr<TypeAttr>:$as);
  let assemblyFormat =
    "$storage (`layout` `` $layout^)? " # narrow # Hip_Attributes<["layout", "as"]>.text
    # " `:` type($storage) (`,` type($scales)^)?";
}

def Hip_KvRaggedOp : Hip_KvOp<"kv.ragged"> {
  let summary = "View of sequences packed one after another";
  let description = [{
    Shapes: `storage [total, Hkv, D]`, `offsets [B + 1]` i32, ascending from 0;
    entry b owns rows `[offsets[b], offsets[b + 1])`. The view is
    `[B, Hkv, ?, D]`: each entry has its own length. Offsets are clamped to
    `[0, total]`, and the second one of an entry to at least its first (S24);
    `hip.check_keys` counts those that were outside. `as` and `scales` are those
    of `hip.kv.contiguous`. Rules S1, S23.

    ```mlir
    func.func @f(%k: tensor<?x8x128xbf16>, %offsets: tensor<5xi32>) -> !hip.kv<4x8x?x128xbf16> {
      %0 = hip.kv.ragged %k[%offsets] : tensor<?x8x128xbf16>, tensor<5xi32>
      return %0 : !hip.kv<4x8x?x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_Array<[Hip_Element], [3]>:$storage,
                       Hip_PerBatch:$offsets, Optional<Hip_Scales>:$scales,
                       OptionalAttr<TypeAttr>:$as);
  let assemblyFormat =
    "$storage `[` $offsets `]` " # narrow # Hip_Attributes<["as"]>.text
    # " `:` type($storage) `,` type($offsets) (`,` type($scales)^)?";
}

def Hip_KvPagedOp : Hip_KvOp<"kv.paged"> {
  let summary = "View of a paged cache";
  let description = [{
    Shapes: `pages [P, page, Hkv, D]` with `page` a power of two; `table
    [B, max_pages]` i32; `lengths [B]` i32. Key j of entry b is row
    `j mod page` of page `table[b, j / page]`. The view is `[B, Hkv, ?, D]`.
    Lengths are clamped to `[0, max_pages * page]`, and keys of a page outside
    `[0, P)` are skipped by every op (S24); `hip.check_keys` counts both. `as`
    and `scales` are those of `hip.kv.contiguous`. Rules S1, S23.

    ```mlir
    func.func @f(%pages: tensor<?x16x8x128xbf16>, %table: tensor<4x?xi32>,
                 %lengths: tensor<4xi32>) -> !hip.kv<4x8x?x128xbf16> {
      %0 = hip.kv.paged %pages[%table] lengths(%lengths)
        : tensor<?x16x8x128xbf16>, tensor<4x?xi32>, tensor<4xi32>
      return %0 : !hip.kv<4x8x?x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_Array<[Hip_Element], [4]>:$pages,
                       Hip_Array<[I32], [2]>:$table, Hip_PerBatch:$lengths,
                       Optional<Hip_Scales>:$scales, OptionalAttr<TypeAttr>:$as);
  let assemblyFormat =
    "$pages `[` $table `]` `lengths` `(` $lengths `)` " # narrow
    # Hip_Attributes<["as"]>.text # " `:` type($pages) `,` type($table) `,` "
    # "type($lengths) (`,` type($scales)^)?";
}

def Hip_KvSummariesOp : Hip_ViewOp<"kv.summaries"> {
  let summary = "View of summaries that are stored beside the pages of their keys";
  let description = [{
    S17b: the summaries of box i, the keys `[i * box, (i + 1) * box)` of entry b, are
    stored with the last page of the box, `table[b, ((i + 1) * box - 1) / page]`, in
    row `i mod (page / box)` of it, or in row 0 if a box spans several pages. Entries
    that share pages thereby share summaries. The view is `[B, Hkv, ?, 2, D]`, minima
    and maxima as `hip.summarize` gives them; `hip.update_summaries` writes them.
    `table` and `lengths` are those of the keys. One of `page` and `box` divides the
    other.
    Entry b has `floor(lengths[b] / box)` boxes; those of a page outside `[0, P)`
    score NaN (S24).

    Shapes: `pages [P, max(1, page / box), Hkv, 2, D]`, `table [B, max_pages]` i32,
    `lengths [B]` i32.

    ```mlir
    func.func @f(%kept: tensor<?x1x8x2x128xbf16>, %table: tensor<4x?xi32>,
                 %lengths: tensor<4xi32>) -> !hip.kv<4x8x?x2x128xbf16> {
      %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
        : tensor<?x1x8x2x128xbf16>, tensor<4x?xi32>, tensor<4xi32>
      return %0 : !hip.kv<4x8x?x2x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_Boxes:$pages, Hip_Array<[I32], [2]>:$table,
                       Hip_PerBatch:$lengths, I64Attr:$page, I64Attr:$box);
  let results = (outs Hip_KvType:$view);
  let assemblyFormat =
    "$pages `[` $table `]` `lengths` `(` $lengths `)` attr-dict `:` "
    "type($pages) `,` type($table) `,` type($lengths)";
}

#endif // HIP_KV_OPS_TD
