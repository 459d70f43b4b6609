//===- expand/ListArrays.h - Destinations of lists, scores and summaries
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_EXPAND_LISTARRAYS_H
#define HIP_PASSES_EXPAND_LISTARRAYS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Makes the empty tensors that pruning ops write to, for one query and key.
class ListArrays {
public:
  /// `apart`: no two of the arrays may share memory, even if one is no longer
  /// read when the other is written, so that steps can run concurrently.
  ListArrays(ScalarBuilder &b, Value query, Value key, Heads heads,
             bool apart = false);

  /// {blocks [B, Hs, M, N], counts [B, Hs, M]} of a policy (S16).
  SmallVector<Value> blockList(PolicyAttrInterface policy);
  /// {ranges [B, Hs, M, width, 2], counts [B, Hs, M]}, `blockQ` rows a list.
  SmallVector<Value> ranges(int64_t blockQ, OpFoldResult width);
  /// {blocks [B, Hs, M, width], counts}.
  SmallVector<Value> blocks(int64_t blockQ, OpFoldResult width);
  /// f32 [B, Hs, M, width].
  Value scores(int64_t blockQ, OpFoldResult width);
  /// [B, Hkv, floor(Tk / box), 2, D] in the type of the keys.
  Value summary(int64_t box);
  /// floor(Tk / size): chunks of `size` keys that candidates may have.
  OpFoldResult chunksOf(int64_t size);
  /// `most` chunks of `size` keys; if those are many, no more than there can be
  /// (S16).
  OpFoldResult chunksOf(int64_t size, int64_t most);

private:
  Value empty(ArrayRef<OpFoldResult> sizes, Type element);
  OpFoldResult sizeOf(Value array, int64_t dimension);
  SmallVector<OpFoldResult> listSizes(int64_t blockQ);

  ScalarBuilder &b;
  Value query, key;
  Heads heads;
  bool apart;
};

} // namespace mlir::hip

#endif // HIP_PASSES_EXPAND_LISTARRAYS_H
