//===- Ptxas.cpp - NVIDIA's assembler as a child process
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Ptxas.h"

#include "runtime/base/File.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

using namespace hipc;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

namespace hip_tool {

constexpr unsigned kSecondsToWait = 600;

namespace {
/// A file that is removed with this object.
class TemporaryFile {
public:
  Status create(StringRef suffix) {
    if (std::error_code failed =
            fs::createTemporaryFile("hip-compile", suffix, path))
      return error(Code::Device,
                   "cannot make a temporary file: ", failed.message());
    remover.setFile(path);
    return {};
  }
  std::string name() const { return path.str().str(); }

private:
  llvm::SmallString<128> path;
  llvm::FileRemover remover;
};
} // namespace

/// Runs without a shell and without input; `log` takes both outputs.
static Status run(const std::string &program,
                  const std::vector<std::string> &words,
                  const std::string &log) {
  std::vector<StringRef> arguments = {program};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::string message;
  int code =
      llvm::sys::ExecuteAndWait(program, arguments, std::nullopt,
                                {StringRef(""), StringRef(log), StringRef(log)},
                                kSecondsToWait, 0, &message);
  if (code == 0)
    return {};
  Expected<std::string> text = readFile(log);
  std::string said(StringRef(text ? *text : "").rtrim());
  return error(Code::Device, program, ": ended with code ", code,
               message.empty() ? "" : ": ", message, said.empty() ? "" : ": ",
               said);
}

Expected<Ptxas> Ptxas::find(const std::string &path) {
  Ptxas found;
  if (path.empty()) {
    auto program = llvm::sys::findProgramByName("ptxas");
    if (!program)
      program = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
    if (!program)
      return error(Code::NotFound, "no ptxas on the PATH or in "
                                   "/usr/local/cuda/bin; name it by --ptxas");
    found.program = *program;
  } else {
    if (fs::is_directory(path) || !fs::can_execute(path))
      return error(Code::NotFound, "--ptxas ", path,
                   ": is not an executable program");
    found.program = path;
  }
  TemporaryFile log;
  HIPC_RETURN_IF_ERROR(log.create("log"));
  HIPC_RETURN_IF_ERROR(run(found.program, {"--version"}, log.name()));
  Expected<std::string> text = readFile(log.name());
  if (!text)
    return text.status();
  llvm::SmallVector<StringRef> match;
  if (!llvm::Regex("release [0-9.]+, V([0-9.]+)").match(*text, &match))
    return error(Code::Device, found.program,
                 ": does not say that it is "
                 "ptxas");
  found.number = match[1].str();
  return found;
}

Expected<Assembly> Ptxas::assemble(const std::string &ptx,
                                   const std::string &chip) const {
  TemporaryFile source, code, log;
  HIPC_RETURN_IF_ERROR(source.create("ptx"));
  HIPC_RETURN_IF_ERROR(code.create("cubin"));
  HIPC_RETURN_IF_ERROR(log.create("log"));
  HIPC_RETURN_IF_ERROR(writeFile(source.name(), {ptx}));
  HIPC_RETURN_IF_ERROR(run(program,
                           {"-v", "-warn-spills", "-warn-lmem-usage",
                            "-arch=" + chip, source.name(), "-o", code.name()},
                           log.name()));
  Expected<std::string> report = readFile(log.name());
  if (!report)
    return report.status();
  Assembly assembly = parsePtxasReport(*report);
  Expected<std::string> cubin = readFile(code.name());
  if (!cubin)
    return cubin.status();
  assembly.cubin = std::move(*cubin);
  return assembly;
}

/// The number before `what` in a line, or 0.
static int64_t numberBefore(StringRef line, StringRef what) {
  llvm::SmallVector<StringRef> match;
  int64_t number = 0;
  if (llvm::Regex(("([0-9]+) " + what).str()).match(line, &match))
    match[1].getAsInteger(10, number);
  return number;
}

Assembly parsePtxasReport(const std::string &report) {
  // ptxas -Werror lets the notes pass: they are `info`.
  llvm::Regex kernel("entry function '([^']+)'"),
      note("\\(C7[0-9]+\\)|warning");
  Assembly assembly;
  llvm::SmallVector<StringRef> lines, match;
  StringRef(report).split(lines, '\n');
  for (StringRef line : lines) {
    if (note.match(line))
      assembly.notes.push_back(line.trim().str());
    if (kernel.match(line, &match))
      assembly.kernels.push_back({.name = match[1].str()});
    if (assembly.kernels.empty())
      continue;
    KernelUse &use = assembly.kernels.back();
    if (line.contains("stack frame")) {
      use.stackBytes = numberBefore(line, "bytes stack frame");
      use.spillBytes = numberBefore(line, "bytes spill stores") +
                       numberBefore(line, "bytes spill loads");
    } else if (line.contains("registers")) {
      use.registers = numberBefore(line, "registers");
      use.sharedBytes = numberBefore(line, "bytes smem");
      use.barriers = numberBefore(line, "barriers");
    }
  }
  return assembly;
}

} // namespace hip_tool
