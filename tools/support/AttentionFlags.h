//===- AttentionFlags.h - The flags that say which attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H
#define HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H

#include "compiler/AttentionProgram.h"
#include "tools/support/Flags.h"

namespace hip_tool {

/// The flags of the subcommand `attention` of every tool.
class AttentionFlags {
public:
  AttentionFlags(llvm::cl::OptionCategory &category,
                 llvm::cl::SubCommand &command);

  /// Takes --policy away, and starts --sink and --window where policies are
  /// compared; of tools that name several policies.
  void comparePolicies();

  /// What was given. Types, lse and list are left to the tool.
  hipc::Expected<hipc::AttentionProgram> read() const;

private:
  bool onePolicy = true;
  Flag<std::string> policy;
  Flag<int64_t> sink, window;
  Flag<bool> causal;
  Flag<hipc::ListHeads> heads;
  Flag<double> scale, softcap;
};

/// "attention needs --NAME" where the flag has no value.
hipc::Status requireFlag(const Option<std::string> &flag);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H
