//===- Sized.h - Structs that grow
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_SIZED_H
#define HIPC_CAPI_SIZED_H

#include "capi/hipc.h"
#include "runtime/base/Status.h"

#include <algorithm>
#include <cstring>

namespace hipc::capi {

/// Far above any struct of this interface: more is not a size.
constexpr size_t kMostStructBytes = 4096;

/// A copy of a caller's struct, whose first field is its size. A caller of an
/// older header leaves new fields at 0; one of a newer header may not set what
/// this library does not know.
template <typename T>
Expected<T> readSized(const T *given, std::string_view name) {
  size_t size = 0;
  std::memcpy(&size, given, sizeof(size));
  if (size <= sizeof(size) || size > kMostStructBytes)
    return error(Code::Invalid, name, ".size is ", size, "; set it to sizeof(",
                 name, "), which is ", sizeof(T), " for this library");
  const char *bytes = reinterpret_cast<const char *>(given);
  if (size > sizeof(T) && std::any_of(bytes + sizeof(T), bytes + size,
                                      [](char byte) { return byte != 0; }))
    return error(Code::Invalid, name, " has ", size, " bytes, but library ",
                 HIPC_VERSION, " knows ", sizeof(T),
                 " and the rest is not 0; install a newer library, or leave "
                 "its fields at 0");
  T value = {};
  std::memcpy(&value, given, std::min(size, sizeof(T)));
  return value;
}

} // namespace hipc::capi

#endif // HIPC_CAPI_SIZED_H
