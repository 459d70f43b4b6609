//===- PolicyText.cpp - Policies as hosts name them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/PolicyText.h"

#include "compiler/Diagnostics.h"

#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::hip;

namespace hipc {

/// What the name `hip` stands for, and what `auto` chooses unless another
/// policy is given. The only definition for C, C++ and the tools. A tree keeps
/// the mass, boxes find single keys (S14c).
constexpr StringRef kHipPolicy =
    "#hip.union<[tree<keep = 448>, boxes<levels = [(64, 4096)], keep = 64>]>";

/// The text of a policy as an attribute, "" if no policy has its name.
static std::string policyText(const std::string &given) {
  StringRef text = StringRef(given).trim();
  text.consume_front("#hip.");
  if (text == "hip")
    return kHipPolicy.str();
  if (text == "auto")
    return ("#hip.auto<" + kHipPolicy + ">").str();
  StringRef name = text.take_while([](char c) { return llvm::isAlnum(c); });
  if (!llvm::is_contained(policyNames(), name))
    return "";
  return ("#hip." + text).str();
}

/// The most nested brackets, for each of which the parser recurses; no policy
/// has as many.
constexpr int64_t kMostBrackets = 64;

static int64_t bracketDepth(StringRef text) {
  int64_t depth = 0, most = 0;
  for (char c : text) {
    depth += StringRef("<[(").contains(c);
    depth -= StringRef(">])").contains(c);
    most = std::max(most, depth);
  }
  return most;
}

Expected<PolicyAttrInterface> parsePolicy(const std::string &given,
                                          MLIRContext *context) {
  std::string text = policyText(given);
  if (bracketDepth(text) > kMostBrackets)
    return error(Code::Invalid, "policy: has brackets in brackets, more than ",
                 kMostBrackets,
                 " deep; write the parts of a union side by side");
  if (text.empty())
    return error(Code::Invalid, "policy '", given, "': there are hip, ",
                 llvm::join(policyNames(), ", "),
                 ", such as 'tree<keep = 512>'");
  FirstError errors(context);
  Attribute attribute = parseAttribute(text, context);
  if (auto policy = dyn_cast_if_present<PolicyAttrInterface>(attribute))
    return policy;
  Status status = errors.status(Code::Invalid, "is not a pruning policy");
  return error(status.code(), "policy '", given, "': ", status.message());
}

} // namespace hipc
