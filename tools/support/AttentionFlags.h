//===- AttentionFlags.h - The flags that say which attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H
#define HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H

#include "runtime/jit/AttentionProgram.h"

#include "llvm/Support/CommandLine.h"

namespace hip_tool {

/// An option of one subcommand.
template <typename T> struct Flag : llvm::cl::opt<T> {
  template <typename... Mods>
  Flag(llvm::cl::OptionCategory &category, llvm::cl::SubCommand &command,
       llvm::StringRef name, llvm::StringRef help, const Mods &...mods)
      : llvm::cl::opt<T>(name, llvm::cl::desc(help), llvm::cl::cat(category),
                         llvm::cl::sub(command), mods...) {}
};

/// What the subcommand `attention` of every tool takes.
class AttentionFlags {
public:
  AttentionFlags(llvm::cl::OptionCategory &category,
                 llvm::cl::SubCommand &command);

  /// What was given. Types, lse and list are left to the tool.
  hipc::Expected<hipc::AttentionProgram> read() const;

private:
  Flag<std::string> policy;
  Flag<int64_t> sink, window;
  Flag<bool> causal;
  Flag<hipc::ListHeads> heads;
  Flag<float> scale, softcap;
};

/// "attention needs --NAME" where the flag has no value.
hipc::Status requireFlag(const llvm::cl::opt<std::string> &flag);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_ATTENTIONFLAGS_H
