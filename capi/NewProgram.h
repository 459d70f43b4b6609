//===- NewProgram.h - A handle on code that was compiled or loaded
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_NEWPROGRAM_H
#define HIPC_CAPI_NEWPROGRAM_H

#include "capi/Errors.h"
#include "capi/Session.h"

namespace hipc::capi {

/// A handle of its own for each caller, on the code that `make` gives a
/// session, which they may share.
template <typename Make>
hipc_code makeProgram(hipc_engine *engine, hipc_program **program, Make make) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(program, "program"));
    *program = nullptr;
    auto used = engines().use(engine);
    if (!used)
      return used.status();
    const std::shared_ptr<Session> &session = **used;
    Expected<ExecutableRef> made = make(*session);
    if (!made)
      return made.status();
    *program = programs().add({session, std::move(*made)});
    return {};
  });
}

/// Gives C a text of its own, for hipc_free().
Status copyText(const std::string &text, char **copy);

} // namespace hipc::capi

#endif // HIPC_CAPI_NEWPROGRAM_H
