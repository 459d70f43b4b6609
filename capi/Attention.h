//===- Attention.h - An attention descriptor as a program
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_ATTENTION_H
#define HIPC_CAPI_ATTENTION_H

#include "capi/hipc.h"
#include "compiler/AttentionProgram.h"

namespace hipc::capi {

/// Rejects what is wrong by the numbers alone; the dialect checks the rest.
Expected<AttentionProgram> readAttention(const hipc_attention *attention);

} // namespace hipc::capi

#endif // HIPC_CAPI_ATTENTION_H
