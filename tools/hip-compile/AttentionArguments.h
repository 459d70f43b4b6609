//===- AttentionArguments.h - Which attention the command line describes
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_COMPILE_ATTENTIONARGUMENTS_H
#define HIP_COMPILE_ATTENTIONARGUMENTS_H

#include "compiler/AttentionProgram.h"

#include "llvm/Support/CommandLine.h"

namespace hip_compile {

/// Of all flags, and of the form that describes an attention: functions, as
/// flags of several files are made before main() in any order.
llvm::cl::OptionCategory &flagCategory();
llvm::cl::SubCommand &attentionCommand();

/// What the flags of `hip-compile attention` say.
hipc::Expected<hipc::AttentionProgram> readAttention();

} // namespace hip_compile

#endif // HIP_COMPILE_ATTENTIONARGUMENTS_H
