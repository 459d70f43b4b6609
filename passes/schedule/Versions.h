//===- schedule/Versions.h - Ops for few query rows beside those for many
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_VERSIONS_H
#define HIP_PASSES_SCHEDULE_VERSIONS_H

#include "dialect/gpu/Chips.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// What counts as few rows and lists, and the target.
struct Few {
  int64_t rows, lists;
  const Chip *chip; ///< null for a CPU
  int64_t cluster = 1;
};

/// An scf.if on `isFew` with a copy of `ops`, scheduled by `scheduleFew`, and
/// the ops themselves in its else-branch. There is no branch if `isFew` is a
/// constant. Returns false and changes nothing if there are never few rows.
bool makeVersions(ScalarBuilder &b, Value isFew, ArrayRef<Operation *> ops,
                  function_ref<void(Operation *)> scheduleFew);

/// Versions of the searches in `root`, for a GPU.
void versionSearches(Operation *root, const Few &few);

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_VERSIONS_H
