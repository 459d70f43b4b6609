//===- pipeline/LoopExpansion.h - Loops that copy rows iterations ahead
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// scf::pipelineForLoop does not make such loops. Past the last iteration, row
// numbers are computed for the last one again, so that they need no branch; all
// copies of an iteration are under one condition; and a single barrier makes
// visible both the rows that have arrived and the numbers of those to copy
// next. See docs/rationale/gpu-level.md.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_PIPELINE_LOOPEXPANSION_H
#define HIP_PASSES_PIPELINE_LOOPEXPANSION_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::hip {

/// Rewrites a loop without faults (LoopStages.h), so that rows of `stages`
/// iterations are in shared memory at a time.
void copyAhead(scf::ForOp loop, int64_t stages);

} // namespace mlir::hip

#endif // HIP_PASSES_PIPELINE_LOOPEXPANSION_H
