//===- PythonScript.cpp - Scripts of benchmarks/ in a process of their own
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PythonScript.h"

#include "runtime/base/File.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"

using namespace hipc;
using llvm::StringRef;

namespace hip_bench {

Status runScript(const PythonScript &script,
                 const std::vector<std::string> &words,
                 const std::optional<std::string> &output) {
  auto python = llvm::sys::findProgramByName(script.python);
  if (!python)
    return error(Code::NotFound, "no program '", script.python,
                 "'; name a Python that has ", script.needs, " with --python");
  std::vector<StringRef> arguments = {*python, script.script};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::optional<StringRef> printed;
  if (output)
    printed = *output;
  std::optional<StringRef> streams[] = {StringRef(), printed, std::nullopt};
  std::string message;
  int code = llvm::sys::ExecuteAndWait(*python, arguments, std::nullopt,
                                       streams, 0, 0, &message);
  if (code == 0)
    return {};
  return error(Code::Device, script.script, ": ended with code ", code, " ",
               message);
}

Expected<std::string> readScript(const PythonScript &script,
                                 const std::vector<std::string> &words) {
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("hip-bench", "txt", path))
    return error(Code::Device, "cannot make a temporary file");
  llvm::FileRemover remover(path);
  HIPC_RETURN_IF_ERROR(runScript(script, words, path.str().str()));
  return readFile(path.str().str());
}

} // namespace hip_bench
