//===- PruneSteps.h - The steps that a policy puts together
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_PRUNESTEPS_H
#define HIP_DIALECT_PRUNESTEPS_H

#include "dialect/HipDialect.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::hip {

/// Makes the steps of one search in order. A policy's `expand` chooses them;
/// `hip-expand-prune` provides their arrays.
class PruneSteps {
public:
  /// A list of ranges: its two arrays, its capacity and its query rows.
  struct List {
    Value ranges, counts;
    OpFoldResult width;
    int64_t blockQ;
  };
  /// How ranges are scored by their keys (S8 to S10).
  struct Sampling {
    int64_t granule, qStride, kStride = 1;
    Representative representative = Representative::First;
    RowReduce reduce = RowReduce::Max;
  };

  virtual ~PruneSteps() = default;

  /// The candidates in chunks of `size` keys.
  virtual List chunks(int64_t granule, int64_t size) = 0;
  /// The candidates in `count` chunks, as equal as granules allow.
  virtual List chunksOf(int64_t granule, int64_t count) = 0;
  virtual List split(const List &list, int64_t ways, int64_t queryWays = 1) = 0;
  /// The score of each range by its keys.
  virtual Value score(const List &list, const Sampling &sampling) = 0;
  /// An upper bound for each range, from the summaries of the policy's next
  /// level.
  virtual Value bound(const List &list, int64_t box, int64_t granule,
                      int64_t qStride) = 0;
  /// The score of each range after halving it `levels` times.
  virtual Value descend(const List &list, const Sampling &sampling,
                        int64_t levels, PathScore score) = 0;
  /// The best ranges, of `size` keys or more, that together have `keep` keys.
  /// If `over` is given, the result is in its arrays, which are not read again.
  virtual List select(const List &list, Value scores, int64_t keep,
                      int64_t size, const List *over = nullptr) = 0;
  /// `step` until each range of `list`, one of `chunks`, is one granule.
  virtual List halve(const List &list, int64_t granule, int64_t chunks,
                     function_ref<List(const List &)> step) = 0;
  /// {blocks, counts} of what the policy keeps.
  virtual SmallVector<Value> blocks(const List &list, int64_t granule) = 0;
  /// The same for everything that one of `parts` keeps.
  virtual SmallVector<Value> unite(ArrayRef<PolicyAttrInterface> parts) = 0;
};

} // namespace mlir::hip

#endif // HIP_DIALECT_PRUNESTEPS_H
