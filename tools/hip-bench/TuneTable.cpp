//===- TuneTable.cpp - Tables of measured schedules in a repository
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TuneTable.h"

#include "compiler/Tuning.h"
#include "runtime/base/File.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace hipc;
namespace json = llvm::json;

namespace hip_bench {

static Expected<json::Array> readKernels(const std::string &path,
                                         const std::string &chip) {
  if (!llvm::sys::fs::exists(path))
    return json::Array();
  Expected<Tuning> tuning = readTuning(path);
  if (!tuning)
    return tuning.status();
  if (tuning->chip != chip)
    return error(Code::Invalid, "--table ", path, ": has schedules for ",
                 tuning->chip, ", but these are for ", chip,
                 "; name another file");
  Expected<std::string> text = readFile(path);
  if (!text)
    return text.status();
  // It has been read before.
  return std::move(
      *llvm::cantFail(json::parse(*text)).getAsObject()->getArray("kernels"));
}

Status mergeKernel(const std::string &path, const std::string &chip,
                   json::Object kernel) {
  Expected<json::Array> kernels = readKernels(path, chip);
  if (!kernels)
    return kernels.status();
  auto nameOf = [](const json::Value &value) {
    return value.getAsObject()->getString("kernel").value_or("").str();
  };
  std::string name = kernel.getString("kernel").value_or("").str();
  json::Array kept;
  for (json::Value &value : *kernels)
    if (nameOf(value) != name)
      kept.push_back(std::move(value));
  if (kernel.getString("schedule"))
    kept.push_back(std::move(kernel));
  llvm::sort(kept, [&](const json::Value &a, const json::Value &b) {
    return nameOf(a) < nameOf(b);
  });
  json::Value table =
      json::Object{{"chip", chip}, {"kernels", std::move(kept)}};
  return writeFile(path, {llvm::formatv("{0:2}\n", table).str()});
}

} // namespace hip_bench
