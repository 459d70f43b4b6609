//===- support/Debug.h - What a pass decided, on request
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM_DEBUG is gone from release builds of LLVM; these tags are in all of
// ours. What they tell is also an MLIR remark whose category is the tag.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_DEBUG_H
#define HIP_PASSES_SUPPORT_DEBUG_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::hip {

/// One for each kind of choice that users ask about: what a policy expands to,
/// tile sizes and threads, the grid of a kernel, layouts of tiles and their
/// matrix units.
enum class DebugTag { Expand, Schedule, Tile, Layout };

/// Turns on a tag by name; false if there is none of this name.
bool enableDebug(StringRef name);

/// The names, "expand, schedule, ...".
std::string debugTagNames();

/// A line for each tag: its name and what it prints.
void printDebugTags(llvm::raw_ostream &out);

bool isDebugging(DebugTag tag);

/// Prints "[tag] location: op: text" if the tag is on, and emits a remark if
/// the context has remarks.
void tell(DebugTag tag, Operation *op, StringRef text);

/// Calls `write` for a remark about `op` if it is printed or recorded.
template <typename Write>
void debug(DebugTag tag, Operation *op, Write &&write) {
  if (!isDebugging(tag) && !op->getContext()->getRemarkEngine())
    return;
  std::string text;
  llvm::raw_string_ostream out(text);
  write(out);
  tell(tag, op, text);
}

/// What a remark is about: the op by name, the tag as category.
remark::RemarkOpts remarkOf(DebugTag tag, Operation *op);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_DEBUG_H
