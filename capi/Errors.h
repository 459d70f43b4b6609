//===- Errors.h - Statuses as codes of C
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_ERRORS_H
#define HIPC_CAPI_ERRORS_H

#include "capi/hipc.h"
#include "runtime/base/Status.h"

#include <exception>
#include <new>

namespace hipc::capi {

/// The code of `status`; the text of an error is kept for this thread.
hipc_code report(const Status &status) noexcept;

/// Runs `body`, which gives a Status. Nothing is thrown into C.
template <typename Body> hipc_code guarded(Body &&body) noexcept {
  try {
    return report(body());
  } catch (const std::bad_alloc &) {
    return report(Status(Code::Capacity, "not enough memory"));
  } catch (const std::exception &failed) {
    return report(Status(Code::Internal, failed.what()));
  } catch (...) {
    return report(Status(Code::Internal, "unknown exception"));
  }
}

/// Refuses a null pointer by the name of its parameter.
inline Status requireNotNull(const void *pointer, std::string_view name) {
  if (pointer)
    return {};
  return error(Code::Invalid, "'", name, "' is null, but the call needs it");
}

} // namespace hipc::capi

#endif // HIPC_CAPI_ERRORS_H
