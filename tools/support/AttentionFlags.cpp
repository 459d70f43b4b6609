//===- AttentionFlags.cpp - The flags that say which attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/AttentionFlags.h"

namespace cl = llvm::cl;
using namespace hipc;

namespace hip_tool {

AttentionFlags::AttentionFlags(cl::OptionCategory &category,
                               cl::SubCommand &command)
    : policy(category, command, "policy",
             "such as 'tree<block_q = 64, block_k = 2, keep = 512>', "
             "'dense<block_q = 64>'",
             cl::value_desc("policy")),
      sink(category, command, "sink",
           "keys at the start that are always attended",
           cl::value_desc("keys")),
      window(category, command, "window",
             "newest keys that are always attended", cl::value_desc("keys")),
      causal(category, command, "causal",
             "a row sees no later keys (default: true)", cl::init(true)),
      heads(category, command, "heads", "what shares a list of blocks",
            cl::init(ListHeads::Query),
            cl::values(
                clEnumValN(ListHeads::Query, "query", "no heads (default)"),
                clEnumValN(ListHeads::Kv, "kv", "query heads of one KV head"),
                clEnumValN(ListHeads::All, "all", "all heads"))),
      scale(category, command, "scale", "of scores (default: 1 / sqrt(D))",
            cl::value_desc("number")),
      softcap(category, command, "softcap",
              "scores become cap * tanh(score / cap)",
              cl::value_desc("number")) {}

static std::optional<float> given(const cl::opt<float> &option) {
  if (option.getNumOccurrences() == 0)
    return std::nullopt;
  return option.getValue();
}

Expected<AttentionProgram> AttentionFlags::read() const {
  HIPC_RETURN_IF_ERROR(requireFlag(policy));
  AttentionProgram program;
  program.policy = policy;
  program.sink = sink;
  program.window = window;
  program.causal = causal;
  program.heads = heads;
  program.scale = given(scale);
  program.softcap = given(softcap);
  return program;
}

Status requireFlag(const cl::opt<std::string> &flag) {
  if (!flag.empty())
    return {};
  return error(Code::Invalid, "attention needs --",
               std::string_view(flag.ArgStr));
}

} // namespace hip_tool
