//===- support/Debug.h - What a pass decided, on request
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM_DEBUG is gone from release builds of LLVM; these tags are in all of
// ours.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_DEBUG_H
#define HIP_PASSES_SUPPORT_DEBUG_H

#include "mlir/IR/Operation.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::hip {

/// One a decision that users ask about: what a policy expands to, tile sizes
/// and threads, the grid of a kernel, where tiles lie and which unit
/// multiplies.
enum class DebugTag { Expand, Schedule, Tile, Layout };

/// Turns on a tag by name; false for a name that is none.
bool enableDebug(StringRef name);

/// The names, "expand, schedule, ...".
std::string debugTagNames();

/// A line a tag: its name and what it tells.
void printDebugTags(llvm::raw_ostream &out);

bool isDebugging(DebugTag tag);

/// The stream of a line, after its head.
llvm::raw_ostream &beginDebugLine(DebugTag tag, Operation *op);

/// Lets `write` say something about `op` where its tag is on. A line reads
/// "[tag] location: op: text".
template <typename Write>
void debug(DebugTag tag, Operation *op, Write &&write) {
  if (isDebugging(tag)) {
    write(beginDebugLine(tag, op));
    llvm::errs() << "\n";
  }
}

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_DEBUG_H
