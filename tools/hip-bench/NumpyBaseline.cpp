//===- NumpyBaseline.cpp - Dense attention in NumPy
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumpyBaseline.h"

#include "PythonScript.h"

#include "llvm/ADT/StringRef.h"

#include <cstdlib>
#include <tuple>

using namespace hipc;
using llvm::StringRef;

namespace hip_bench {

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
  Expected<std::string> text =
      readScript({options.python, options.script, "NumPy"},
                 {"--T", join(length), "--repeat", join(options.repeat),
                  "--block-threads", join(splitBlocks ? options.threads : 1)});
  if (!text)
    return text.status();
  return parseReport(options.script, *text);
}

} // namespace hip_bench
