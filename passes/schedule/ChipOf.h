//===- schedule/ChipOf.h - The chip that a pass is told
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SCHEDULE_CHIPOF_H
#define HIP_PASSES_SCHEDULE_CHIPOF_H

#include "dialect/gpu/Chips.h"
#include "mlir/IR/Operation.h"

namespace mlir::hip {

/// The chip of that name; null for a name that is no chip's, which has been
/// said then.
inline const Chip *chipOf(Operation *op, StringRef name) {
  const Chip *chip = findChip(name);
  if (!chip)
    op->emitError() << "no code for chip '" << name << "', only for "
                    << chipNames() << "; " << chipHint(name);
  return chip;
}

} // namespace mlir::hip

#endif // HIP_PASSES_SCHEDULE_CHIPOF_H
