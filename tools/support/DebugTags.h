//===- DebugTags.h - The flag --hip-debug
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_DEBUGTAGS_H
#define HIP_TOOLS_SUPPORT_DEBUGTAGS_H

#include "passes/support/Debug.h"
#include <cstdlib>

namespace mlir::hip {

/// Turns on one tag of --hip-debug. Ends the process for `help`, which lists
/// them, and for an unknown tag.
inline void enableDebugFlag(StringRef tool, StringRef tag) {
  if (tag == "help") {
    printDebugTags(llvm::outs());
    std::exit(0);
  }
  if (enableDebug(tag))
    return;
  llvm::errs() << tool << ": error: --hip-debug: no tag '" << tag << "', only "
               << debugTagNames() << "\n";
  std::exit(1);
}

} // namespace mlir::hip

#endif // HIP_TOOLS_SUPPORT_DEBUGTAGS_H
