//===- HostLibrary.h - libhipc.so, opened at run time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_HOSTLIBRARY_H
#define HIP_BENCH_HOSTLIBRARY_H

#include "capi/hipc.h"
#include "runtime/base/Status.h"

#include <memory>

namespace hip_bench {

#define HIP_BENCH_FUNCTIONS(F)                                                 \
  F(hipc_engine_create)                                                        \
  F(hipc_engine_destroy)                                                       \
  F(hipc_engine_device)                                                        \
  F(hipc_engine_target)                                                        \
  F(hipc_compile_attention)                                                    \
  F(hipc_program_destroy)                                                      \
  F(hipc_program_workspace)                                                    \
  F(hipc_run)                                                                  \
  F(hipc_last_error)

/// The functions of the C API. hip-bench does not link them, so that it runs
/// where there is no library.
class HostLibrary {
public:
  static hipc::Expected<std::unique_ptr<HostLibrary>>
  open(const std::string &path);

#define HIP_BENCH_DECLARE(NAME) decltype(&::NAME) NAME = nullptr;
  HIP_BENCH_FUNCTIONS(HIP_BENCH_DECLARE)
#undef HIP_BENCH_DECLARE

  hipc::Status check(hipc_code code) const;
};

} // namespace hip_bench

#endif // HIP_BENCH_HOSTLIBRARY_H
