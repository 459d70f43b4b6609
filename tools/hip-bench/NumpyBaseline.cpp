//===- NumpyBaseline.cpp - Dense attention in NumPy
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumpyBaseline.h"

#include "runtime/base/File.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"

#include <cstdlib>
#include <tuple>

using namespace hipc;
using llvm::StringRef;

namespace hip_bench {

static Status runScript(const NumpyOptions &options,
                        const std::vector<std::string> &words,
                        StringRef outputPath) {
  auto python = llvm::sys::findProgramByName(options.python);
  if (!python)
    return error(Code::NotFound, "no program '", options.python,
                 "'; name a Python that has NumPy with --python");
  std::vector<StringRef> arguments = {*python, options.script};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::string message;
  int code = llvm::sys::ExecuteAndWait(*python, arguments, std::nullopt,
                                       {StringRef(), outputPath, std::nullopt},
                                       0, 0, &message);
  if (code == 0)
    return {};
  return error(Code::Device, options.script, ": ended with code ", code, " ",
               message);
}

/// Takes "NAME=VALUE" off the text.
static bool readField(StringRef &text, StringRef name, double &value) {
  StringRef field;
  std::tie(field, text) = text.trim().split(' ');
  return field.consume_front(name) && !field.getAsDouble(value);
}

static Expected<Measurement> parseReport(const std::string &script,
                                         const std::string &text) {
  Measurement result;
  StringRef left = text;
  if (readField(left, "median_ms=", result.medianMs) &&
      readField(left, "beyond_mib=", result.beyondMib) &&
      readField(left, "scale=", result.scale))
    return result;
  return error(Code::Corrupt, script, ": printed '", text, "'");
}

Expected<Measurement> measureNumpy(const NumpyOptions &options, int64_t length,
                                   bool splitBlocks) {
  // Of the whole environment, only what BLAS reads changes.
  std::string blasThreads = join(splitBlocks ? 1 : options.threads);
  ::setenv("OPENBLAS_NUM_THREADS", blasThreads.c_str(), 1);
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("hip-bench", "txt", path))
    return error(Code::Device, "cannot make a temporary file");
  llvm::FileRemover remover(path);
  Status status =
      runScript(options,
                {"--T", join(length), "--repeat", join(options.repeat),
                 "--block-threads", join(splitBlocks ? options.threads : 1)},
                path);
  Expected<std::string> text = readFile(path.str().str());
  HIPC_RETURN_IF_ERROR(status);
  if (!text)
    return text.status();
  return parseReport(options.script, *text);
}

} // namespace hip_bench
