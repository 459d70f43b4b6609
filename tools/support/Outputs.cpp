//===- Outputs.cpp - Result files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Outputs.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace hipc;
using llvm::SmallString;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace hip_tool {

static std::string folderOf(StringRef file) {
  StringRef folder = path::parent_path(file);
  return folder.empty() ? "." : folder.str();
}

static Status checkWritable(const std::string &file) {
  if (fs::is_directory(file))
    return error(Code::Invalid, file,
                 ": is a folder; name a file for the result");
  std::string folder = folderOf(file);
  if (!fs::exists(folder))
    return error(Code::NotFound, file, ": there is no folder ", folder,
                 "; make it first");
  if (!fs::is_directory(folder))
    return error(Code::Invalid, file, ": ", folder,
                 " is a file, not a folder; name another folder");
  if (fs::access(folder, fs::AccessMode::Write))
    return error(Code::Invalid, file, ": the folder ", folder,
                 " is not writable; name another folder");
  return {};
}

/// One spelling of a file, links followed.
static std::string spelling(const std::string &file) {
  SmallString<128> real;
  if (!fs::real_path(file, real))
    return real.str().str();
  if (fs::real_path(folderOf(file), real))
    real = folderOf(file);
  path::append(real, path::filename(file));
  return real.str().str();
}

Status checkOutputs(const std::vector<std::string> &paths,
                    const std::vector<std::string> &inputs) {
  llvm::StringMap<std::string> seen;
  llvm::StringSet<> read;
  for (const std::string &file : inputs)
    if (!file.empty())
      read.insert(spelling(file));
  for (const std::string &file : paths) {
    if (file.empty())
      continue;
    HIPC_RETURN_IF_ERROR(checkWritable(file));
    // Devices, such as /dev/null, take any number of results.
    if (fs::exists(file) && !fs::is_regular_file(file))
      continue;
    if (read.contains(spelling(file)))
      return error(Code::Invalid, file, ": is read by this command as well; ",
                   "name another file for the result");
    auto [first, isNew] = seen.try_emplace(spelling(file), file);
    if (!isNew)
      return error(Code::Invalid, file, ": is the file of two results, given ",
                   "as ", first->second, " before; name two files");
  }
  return {};
}

} // namespace hip_tool
