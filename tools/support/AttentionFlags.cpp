//===- AttentionFlags.cpp - The flags that say which attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/AttentionFlags.h"

#include "llvm/Support/Format.h"

#include <cmath>

namespace cl = llvm::cl;
using namespace hipc;

namespace hip_tool {

AttentionFlags::AttentionFlags(cl::OptionCategory &category,
                               cl::SubCommand &command)
    : policy(category, command, "policy",
             "hip (a tree and boxes), tree, stages, boxes, window, dense, "
             "union, such as 'tree<keep = 512>', or auto (dense while that is "
             "faster, else hip)",
             cl::value_desc("policy")),
      sink(category, command, "sink",
           "keys at the start that are always attended",
           cl::value_desc("keys")),
      window(category, command, "window",
             "newest keys that are always attended", cl::value_desc("keys")),
      causal(category, command, "causal",
             "rows see no later keys (default: true)", cl::init(true)),
      heads(category, command, "heads", "which heads share a list of blocks",
            cl::init(ListHeads::Kv),
            cl::values(clEnumValN(ListHeads::Kv, "kv",
                                  "query heads of one KV head (default)"),
                       clEnumValN(ListHeads::Query, "query", "no heads"),
                       clEnumValN(ListHeads::All, "all", "all heads"))),
      scale(category, command, "scale",
            "factor of all scores (default: 1 / sqrt(D))",
            cl::value_desc("number")),
      softcap(category, command, "softcap",
              "scores become cap * tanh(score / cap)",
              cl::value_desc("number")) {}

void AttentionFlags::comparePolicies() {
  onePolicy = false;
  policy.setHiddenFlag(cl::ReallyHidden);
  sink.setInitialValue(128);
  window.setInitialValue(1024);
}

/// Positions are i32 (S5).
constexpr int64_t kMostKeys = std::numeric_limits<int32_t>::max();

static std::string spell(const Option<double> &flag) {
  std::string text;
  llvm::raw_string_ostream(text)
      << "--" << flag.ArgStr << " " << llvm::format("%g", flag.getValue());
  return text;
}

/// The flag as f32, which may neither be infinite nor round to 0 there.
static Status readReal(const Option<double> &flag,
                       std::optional<float> &number) {
  if (flag.getNumOccurrences() == 0)
    return {};
  number = float(flag);
  if (!std::isfinite(flag))
    return error(Code::Invalid, spell(flag), ", but it has to be finite (S18)");
  if (!std::isfinite(*number))
    return error(Code::Invalid, spell(flag), " is infinite in f32, whose ",
                 "greatest number is 3.4e+38; give a smaller one (S18)");
  if (flag != 0 && *number == 0)
    return error(Code::Invalid, spell(flag), " rounds to 0 in f32, whose ",
                 "smallest number is 1.4e-45; give a greater one (S18)");
  return {};
}

Expected<AttentionProgram> AttentionFlags::read() const {
  if (onePolicy)
    HIPC_RETURN_IF_ERROR(requireFlag(policy));
  else if (policy.getNumOccurrences())
    return error(Code::Invalid, "--policy '", policy.getValue(),
                 "': name the policies to compare by --policies");
  for (const Option<int64_t> *flag : {&sink, &window})
    HIPC_RETURN_IF_ERROR(checkRange(*flag, 0, kMostKeys));
  AttentionProgram program;
  program.policy = policy;
  program.sink = sink;
  program.window = window;
  program.causal = causal;
  program.heads = heads;
  HIPC_RETURN_IF_ERROR(readReal(scale, program.scale));
  HIPC_RETURN_IF_ERROR(readReal(softcap, program.softcap));
  if (program.softcap && *program.softcap <= 0)
    return error(Code::Invalid, spell(softcap),
                 ", but it has to be above 0; leave it out for none (S18)");
  return program;
}

Status requireFlag(const Option<std::string> &flag) {
  if (!flag.empty())
    return {};
  return error(Code::Invalid, "attention needs --",
               std::string_view(flag.ArgStr));
}

} // namespace hip_tool
