//===- support/Debug.cpp - What a pass decided, on request
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Debug.h"
#include "llvm/ADT/StringExtras.h"
#include <atomic>

using namespace mlir;
using namespace mlir::hip;

static constexpr StringLiteral kNames[] = {"expand", "schedule", "tile",
                                           "layout"};
static std::atomic<unsigned> enabled = 0;

bool mlir::hip::enableDebug(StringRef name) {
  const auto *found = llvm::find(kNames, name);
  if (found == std::end(kNames))
    return false;
  enabled |= 1u << (found - kNames);
  return true;
}

std::string mlir::hip::debugTagNames() {
  return llvm::join(ArrayRef<StringLiteral>(kNames), ", ");
}

bool mlir::hip::isDebugging(DebugTag tag) {
  return enabled >> static_cast<unsigned>(tag) & 1;
}

llvm::raw_ostream &mlir::hip::beginDebugLine(DebugTag tag, Operation *op) {
  return llvm::errs() << "[" << kNames[static_cast<unsigned>(tag)] << "] "
                      << op->getLoc() << ": " << op->getName() << ": ";
}
