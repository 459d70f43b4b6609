//===- support/Debug.cpp - What a pass decided, on request
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/support/Debug.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <atomic>

using namespace mlir;
using namespace mlir::hip;

namespace {
struct Tag {
  StringLiteral name, tells;
};
} // namespace

/// In the order of DebugTag.
static constexpr Tag kTags[] = {
    {"expand", "what composite ops become, with policy and band"},
    {"schedule", "threads and tile sizes of each op"},
    {"tile", "the kernel of each op"},
    {"layout", "where tiles lie on a GPU, and which unit multiplies"}};
static std::atomic<unsigned> enabled = 0;

bool mlir::hip::enableDebug(StringRef name) {
  const auto *found =
      llvm::find_if(kTags, [&](const Tag &tag) { return tag.name == name; });
  if (found == std::end(kTags))
    return false;
  enabled |= 1u << (found - kTags);
  return true;
}

std::string mlir::hip::debugTagNames() {
  return llvm::join(
      llvm::map_range(kTags, [](const Tag &tag) { return tag.name; }), ", ");
}

void mlir::hip::printDebugTags(llvm::raw_ostream &out) {
  for (const Tag &tag : kTags)
    out << llvm::left_justify(tag.name, 10) << tag.tells << "\n";
}

bool mlir::hip::isDebugging(DebugTag tag) {
  return enabled >> static_cast<unsigned>(tag) & 1;
}

static StringRef nameOf(DebugTag tag) {
  return kTags[static_cast<unsigned>(tag)].name;
}

remark::RemarkOpts mlir::hip::remarkOf(DebugTag tag, Operation *op) {
  return remark::RemarkOpts::name(op->getName().getStringRef())
      .category(nameOf(tag));
}

void mlir::hip::tell(DebugTag tag, Operation *op, StringRef text) {
  if (isDebugging(tag))
    llvm::errs() << "[" << nameOf(tag) << "] " << op->getLoc() << ": "
                 << op->getName() << ": " << text << "\n";
  remark::analysis(op->getLoc(), remarkOf(tag, op)) << text;
}
