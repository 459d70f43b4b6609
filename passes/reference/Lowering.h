//===- reference/Lowering.h - One function per op of the reference lowering
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Plain scalar loops over memrefs, written from the rules alone. They share
// with tiles only where keys are stored, which of them are candidates (Keys.h),
// and score regions, so that they expose bugs of the tiled path.

#ifndef HIP_PASSES_REFERENCE_LOWERING_H
#define HIP_PASSES_REFERENCE_LOWERING_H

#include "passes/support/Keys.h"

namespace mlir::hip::reference {

void lower(ScalarBuilder &b, SummarizeOp op);
void lower(ScalarBuilder &b, UpdateSummariesOp op);
void lower(ScalarBuilder &b, PartitionOp op);
void lower(ScalarBuilder &b, SplitOp op);
void lower(ScalarBuilder &b, ScoreOp op);
void lower(ScalarBuilder &b, DescendOp op);
void lower(ScalarBuilder &b, SelectOp op);
void lower(ScalarBuilder &b, BlocksOp op);
void lower(ScalarBuilder &b, CheckKeysOp op);
void lower(ScalarBuilder &b, CheckListOp op);
void lower(ScalarBuilder &b, UnionOp op);
void lower(ScalarBuilder &b, MaskBlocksOp op);
void lower(ScalarBuilder &b, BlockSparseAttentionOp op);
void lower(ScalarBuilder &b, MergeOp op);

/// Loops over the first `rank` dimensions of `array`.
void forEach(ScalarBuilder &b, Value array, int64_t rank,
             function_ref<void(ValueRange)> body);

} // namespace mlir::hip::reference

#endif // HIP_PASSES_REFERENCE_LOWERING_H
