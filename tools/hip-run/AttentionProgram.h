//===- AttentionProgram.h - The module of hip-run attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_ATTENTIONPROGRAM_H
#define HIP_RUN_ATTENTIONPROGRAM_H

#include "Arrays.h"

namespace hip_run {

/// Names the program of buildAttention() without making it: equal descriptions
/// give equal programs.
std::string describeAttention(const AttentionArguments &arguments,
                              const AttentionArrays &arrays);

/// A module with one public function @attention(query, key, value) that gives
/// out, then lse if asked for, then blocks and counts if asked for. Numbers of
/// queries and keys are dynamic.
hipc::Expected<std::string> buildAttention(const AttentionArguments &arguments,
                                           const AttentionArrays &arrays);

} // namespace hip_run

#endif // HIP_RUN_ATTENTIONPROGRAM_H
