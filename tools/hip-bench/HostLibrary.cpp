//===- HostLibrary.cpp - libhipc.so, opened at run time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostLibrary.h"

#include <dlfcn.h>

using namespace hipc;

namespace hip_bench {

Expected<std::unique_ptr<HostLibrary>>
HostLibrary::open(const std::string &path) {
  void *handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return error(Code::NotFound, ::dlerror(),
                 "; name libhipc.so with --library");
  auto library = std::make_unique<HostLibrary>();
  const char *missing = nullptr;
#define HIP_BENCH_FIND(NAME)                                                   \
  library->NAME = reinterpret_cast<decltype(&::NAME)>(::dlsym(handle, #NAME)); \
  if (!library->NAME)                                                          \
    missing = #NAME;
  HIP_BENCH_FUNCTIONS(HIP_BENCH_FIND)
#undef HIP_BENCH_FIND
  if (missing)
    return error(Code::NotFound, path, ": has no ", missing);
  return library;
}

Status HostLibrary::check(hipc_code code) const {
  if (code == HIPC_OK)
    return {};
  return Status(static_cast<Code>(code), hipc_last_error());
}

} // namespace hip_bench
