//===- Session.h - What an engine of C is: a device with its caches
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_SESSION_H
#define HIPC_CAPI_SESSION_H

#include "capi/Handles.h"
#include "capi/ProgramCache.h"
#include "capi/hipc.h"
#include "runtime/package/PackageFolder.h"

namespace hipc::capi {

/// What a session is asked to compile.
struct Source;

class Session {
public:
  static Expected<std::shared_ptr<Session>>
  create(const hipc_engine_options &options);

  hipc_device deviceId() const { return id; }
  const std::string &target() const { return targetText; }

  /// Of libraries with a compiler alone.
  Expected<ExecutableRef> compile(const Source &source);
  /// A package that was compiled elsewhere, for this kind of device.
  Expected<ExecutableRef> load(std::string_view bytes);
  Expected<std::string> explain(const Executable &program) const;

private:
  explicit Session(const hipc_engine_options &options);

  Status openDevice(std::string_view name, int64_t threads);

  // With a compiler (Compile.cpp) and without one (NoCompiler.cpp):

  /// The target of programs for a GPU of this capability, or, if that is empty,
  /// for this processor.
  static std::string targetOf(std::string_view capability);
  /// The folder of packages that compile() reads and writes.
  Status openFolder(const hipc_engine_options &options);
  /// What passes chose for the program of a package; compiles it once more.
  Expected<std::string> explainChoices(const Package &package) const;

  /// Something for the log, once no lock is held.
  struct Message {
    hipc_log_level level;
    std::string text;
  };
  Expected<ExecutableRef> build(const Source &source,
                                std::vector<Message> &messages);
  void tell(hipc_log_level level, const std::string &text) const;

  hipc_log log;
  void *logUser;
  std::unique_ptr<device::Backend>
      backend; // outlives the programs of the cache
  hipc_device id = {};
  std::string targetText;
  std::optional<PackageFolder> folder;
  std::atomic<bool> saidNotStored = false;
  ProgramCache programs;
};

struct LoadedProgram {
  std::shared_ptr<Session> session; // goes after what runs on it
  ExecutableRef program;
};

/// All engines and programs that C knows.
Handles<std::shared_ptr<Session>, hipc_engine> &engines();
Handles<LoadedProgram, hipc_program> &programs();

} // namespace hipc::capi

#endif // HIPC_CAPI_SESSION_H
