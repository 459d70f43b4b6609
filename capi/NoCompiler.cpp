//===- NoCompiler.cpp - What a library without a compiler does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands in for Compile.cpp in a library that only loads packages.
//
//===----------------------------------------------------------------------===//

#include "capi/NewProgram.h"
#include "dialect/gpu/Chips.h"
#include "runtime/cpu/Processor.h"

namespace hipc::capi {

std::string Session::targetOf(std::string_view capability) {
  return std::string(capability.empty() ? processorLevel()
                                        : mlir::hip::chipFor(capability));
}

Status Session::openFolder(const hipc_engine_options &) { return {}; }

Expected<std::string> Session::explainChoices(const Package &) const {
  return std::string("what was chosen: not known to this library, which only "
                     "loads packages; ask hip-compile --explain\n");
}

static Status refuse() {
  return Status(Code::Unsupported,
                "this library only loads packages; compile with hip-compile "
                "and hipc_load() the file, or link libhipc");
}

static hipc_code refuse(hipc_engine *engine, hipc_program **program) {
  return makeProgram(engine, program, [](Session &) {
    return hipc::Expected<ExecutableRef>(refuse());
  });
}

} // namespace hipc::capi

using namespace hipc::capi;

extern "C" {

hipc_code hipc_compile(hipc_engine *engine, const char *, size_t, const char *,
                       hipc_program **program) {
  return refuse(engine, program);
}

hipc_code hipc_compile_attention(hipc_engine *engine, const hipc_attention *,
                                 hipc_program **program) {
  return refuse(engine, program);
}

hipc_code hipc_compile_summaries(hipc_engine *engine, const hipc_attention *,
                                 hipc_program **program) {
  return refuse(engine, program);
}

hipc_code hipc_refresh_shapes(const hipc_attention *, int64_t, int64_t, int64_t,
                              hipc_shape *, int32_t) {
  return guarded([]() -> hipc::Status { return refuse(); });
}

hipc_code hipc_attention_text(const hipc_attention *, char **text) {
  return guarded([&]() -> hipc::Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(text, "text"));
    *text = nullptr;
    return refuse();
  });
}
}
