//===- HipQueryOps.td - Views of packed queries ---------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_QUERY_OPS_TD
#define HIP_QUERY_OPS_TD

include "dialect/HipKvOps.td"

def Hip_QueryRaggedOp : Hip_ViewOp<"query.ragged"> {
  let summary = "View of queries packed one entry after another";
  let description = [{
    Shapes: `storage [1, Hq, total, D]`, `offsets [B + 1]` i32, ascending from 0;
    entry b owns rows `[offsets[b], offsets[b + 1])`, no more than `most` of them. The
    view is `[B, Hq, ?, D]`: Tq is `most` for the sizes of grids and lists, and the
    entry's own number of rows wherever rows are counted (S1b). `out [1, Hq, total, Dv]`
    and `lse [1, Hq, total]` of attention are packed like `storage`; rows that belong to
    no entry are not written. Offsets are clamped to `[0, total]`, the second one of an
    entry to at least its first, and its rows to `most` (S24); `hip.check_keys` counts
    those that were outside. Rules S1b, S24.

    ```mlir
    func.func @f(%q: tensor<1x32x?x128xbf16>, %offsets: tensor<5xi32>, %most: index)
        -> !hip.query<4x32x?x128xbf16> {
      %0 = hip.query.ragged %q[%offsets] most(%most) : tensor<1x32x?x128xbf16>, tensor<5xi32>
      return %0 : !hip.query<4x32x?x128xbf16>
    }
    ```
  }];
  let arguments = (ins Hip_Rows:$storage, Hip_PerBatch:$offsets, Index:$most);
  let results = (outs Hip_QueryType:$view);
  let assemblyFormat = "$storage `[` $offsets `]` `most` `(` $most `)` attr-dict "
                       "`:` type($storage) `,` type($offsets)";
}

#endif // HIP_QUERY_OPS_TD
