//===- support/Keys.h - Positions, lengths and stored keys
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_KEYS_H
#define HIP_PASSES_SUPPORT_KEYS_H

#include "dialect/HipOps.h"
#include "passes/support/KeyStorage.h"
#include "passes/support/Queries.h"
#include "passes/support/RowMap.h"

namespace mlir::hip {

/// Heads of an array or a view.
int64_t headsOf(Value array);

/// Query heads that read the same keys: those of a group that share a list; 1
/// if that is unknown.
int64_t headsWithOneList(BlockSparseAttentionOp op);

/// The most heads, `sharing` or an equal part of them, that fit `capacity`.
int64_t packedHeads(int64_t sharing, int64_t capacity);

/// The length of runs of consecutive keys in a tile of `columns` keys: sinks,
/// listed blocks and the band each begin at a multiple of it. The keys of KV
/// views may have gaps.
int64_t keyRuns(BlockSparseAttentionOp op, int64_t columns);

/// Number of keys of batch entry `batch` of a memref or a KV view on memrefs:
/// what its lengths or offsets say, clamped to what is stored (S24).
Value keyCount(ScalarBuilder &b, Value keys, Value batch);

/// Which of the keys [0, keyCount) of a view's batch entry can be read, from it
/// and, if given, from a second view: those that the second one has too, and
/// whose pages exist (S24).
class ReadableKeys {
public:
  ReadableKeys(ScalarBuilder &b, Value keys, Value batch, Value beside = {});

  /// Whether that may be fewer than all.
  bool mayLack() const {
    return paged.table || pagedBeside.table || lengthBeside;
  }
  /// Whether key `j`, an index in [0, keyCount), can be read; null for always.
  Value has(ScalarBuilder &b, Value j) const;
  /// `j`, an i32, or -1 where it is not a key that can be read.
  Value orNone(ScalarBuilder &b, Value j) const;

private:
  Value batch, lengthBeside, pages;
  KeyStorage paged, pagedBeside;
};

/// S23b: a stored number, times `scale`, an f32, if that is given, rounded to
/// `type`.
Value readNarrow(ScalarBuilder &b, Value number, Value scale, Type type);

/// Element `d` of key `j` of KV head `head` (S23), in the type of the array or
/// view.
Value loadKey(ScalarBuilder &b, Value keys, Value batch, Value head, Value j,
              Value d);

/// A stored number of KV head `head` in that type.
Value asKey(ScalarBuilder &b, Value keys, Value head, Value number);

/// Fails with a message unless every view used by `op` is made in the same
/// function.
LogicalResult checkReadable(Operation *op);

/// S1: position of query row 0 of `batch`; negative if Tq > Tk. Positions are
/// clamped to the range in which they make a difference to rows and keys.
Value firstPosition(ScalarBuilder &b, Value positions, Value queryRows,
                    Value keys, Value batch);

/// A band with its sink and window, from the attribute or the call. The latter
/// are clamped to numbers of keys, and sinks to a multiple of the chunk (S3,
/// S24).
struct Band {
  Band(ScalarBuilder &b, BandAttr attribute, Value dynamicSink,
       Value dynamicWindow);

  BandAttr attribute;
  Value sink, window;
};

template <typename OpTy> Band bandOf(ScalarBuilder &b, OpTy op) {
  return Band(b, op.getBand(), op.getDynamicSink(), op.getDynamicWindow());
}

/// S3: E of the query block of `blockQ` rows with number `block`, given the
/// position of row 0 and the number of keys.
Value bandStart(ScalarBuilder &b, const Band &band, int64_t blockQ, Value block,
                Value position0, Value keys);

/// S24: blocks [first, second) of `blockK` keys lie among the candidates of a
/// band that starts at `start`, and among the keys.
std::pair<Value, Value> candidateBlocks(ScalarBuilder &b, const Band &band,
                                        int64_t blockK, Value start,
                                        Value keys);

/// The blocks of block_k keys that are candidates of a list: [first, second)
/// (S3, S24).
template <typename OpTy>
std::pair<Value, Value> candidatesOf(ScalarBuilder &b, OpTy op,
                                     ValueRange list) {
  Value batch = list[0], block = list[2];
  Value keys = keyCount(b, op.getKey(), batch);
  QueryRows rows(b, op.getQuery(), batch);
  Value position0 =
      firstPosition(b, op.getPositions(), rows.count, keys, batch);
  Band band = bandOf(b, op);
  Value start =
      op.getBandStart()
          ? b.loadIndex(op.getBandStart(), {batch, block})
          : bandStart(b, band, op.getBlockQ(), block, position0, keys);
  auto [first, end] = candidateBlocks(b, band, op.getBlockK(), start, keys);
  if (!rows.start)
    return {first, end};
  Value firstRow = b.mul(block, b.index(op.getBlockQ()));
  return {first, ofLiveRows(b, rows, firstRow, end)};
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_KEYS_H
