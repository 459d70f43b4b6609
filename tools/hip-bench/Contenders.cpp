//===- Contenders.cpp - Policies to compare
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contenders.h"

#include "llvm/ADT/StringExtras.h"

using namespace hipc;

namespace hip_bench {

/// As many keys to boxes as find a needle, an eighth; the rest to a tree. Of
/// 512 keys it is what `hip` names.
static std::string unionOf(int64_t keep) {
  int64_t boxes = keep / 8;
  return join("union<[tree<keep = ", keep - boxes, ">, boxes<levels = [(64, ",
              8 * keep, ")], keep = ", boxes, ">]>");
}

std::vector<Contender> contenders(const std::vector<int64_t> &keeps) {
  std::vector<Contender> all = {{"dense"}};
  for (int64_t keep : keeps) {
    all.push_back({"window", keep});
    all.push_back({join("tree<keep = ", keep, ">")});
    all.push_back({join("stages<[(64, 64, ", 16 * keep, ", 4), (64, 16, ",
                        4 * keep, ", 2), (64, 4, ", keep, ", 1)]>")});
    all.push_back(
        {join("boxes<levels = [(64, ", 4 * keep, ")], keep = ", keep, ">")});
    all.push_back({unionOf(keep)});
  }
  return all;
}

Expected<std::vector<Contender>> readContenders(std::string_view text) {
  std::vector<Contender> all;
  for (llvm::StringRef part : llvm::split(llvm::StringRef(text), ';'))
    if (!part.trim().empty())
      all.push_back({part.trim().str()});
  if (all.empty())
    return error(Code::Invalid, "--policies '", text,
                 "' names none; give some between ';', such as "
                 "'tree<keep = 512>; boxes'");
  return all;
}

} // namespace hip_bench
