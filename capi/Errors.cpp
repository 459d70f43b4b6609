//===- Errors.cpp - Statuses as codes of C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Errors.h"

namespace hipc::capi {

static_assert(int(Code::Invalid) == HIPC_INVALID &&
              int(Code::Internal) == HIPC_INTERNAL);

namespace {
/// The text is in `own`, or a constant where there was no memory for it.
struct LastError {
  std::string own;
  const char *text = "";
};
thread_local LastError lastError;
} // namespace

hipc_code report(const Status &status) noexcept {
  if (status.ok())
    return HIPC_OK;
  try {
    lastError.own = status.message();
    lastError.text = lastError.own.c_str();
  } catch (...) {
    lastError.text = "not enough memory for the text of the error";
  }
  return static_cast<hipc_code>(status.code());
}

} // namespace hipc::capi

extern "C" {

const char *hipc_last_error(void) { return hipc::capi::lastError.text; }

const char *hipc_version(void) { return HIPC_VERSION; }

int32_t hipc_abi(void) { return HIPC_ABI; }
}
