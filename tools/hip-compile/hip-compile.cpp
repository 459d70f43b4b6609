//===- hip-compile.cpp - Compile ahead of time
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explain.h"
#include "runtime/base/File.h"
#include "tools/support/Outputs.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using namespace hip_compile;

static Status write(const std::vector<Written> &written) {
  std::vector<FileContents> files;
  for (const auto &[path, bytes] : written)
    if (path == "-")
      llvm::outs() << bytes;
    else
      files.push_back({path, {bytes}});
  return writeFiles(files);
}

static void printTimes(const Compiled &compiled) {
  auto line = [](std::string_view what, double milliseconds) {
    llvm::errs() << what << ": " << llvm::format("%.3f", milliseconds)
                 << " ms\n";
  };
  const CompileTimes &times = compiled.times;
  line("parse", times.parseMs);
  line("compile", times.compileMs);
  if (size_t kernels = compiled.package.kernels.size())
    line("a kernel", (times.parseMs + times.compileMs) / kernels);
  if (compiled.assembly)
    line("assemble", compiled.assembleMs);
}

/// What is compiled, or the bytes of a package.
static Expected<std::string> readInput(const Arguments &arguments) {
  if (arguments.attention)
    return writeProgram(*arguments.attention);
  return readFile(arguments.file);
}

static Status refusePackage(const Arguments &arguments) {
  if (arguments.explain && arguments.output.empty())
    return {};
  return error(Code::Invalid, arguments.file, ": is a package, which takes ",
               "--explain and no -o");
}

/// The formats that are texts of passes.
static Status writeLowered(const Arguments &arguments,
                           const std::string &source) {
  Expected<std::string> text = lower(arguments, source);
  if (!text)
    return text.status();
  return write({{arguments.output, *text}});
}

/// The formats that hold code, and what to explain about it.
static Status writeCompiled(const Arguments &arguments,
                            const std::string &input) {
  Expected<Compiled> compiled =
      isPackage(input) ? reopen(arguments, input) : build(arguments, input);
  if (!compiled)
    return compiled.status();
  std::string explanation = arguments.explain ? explain(*compiled) : "";
  if (arguments.writesCode())
    HIPC_RETURN_IF_ERROR(write(contents(arguments, *compiled)));
  llvm::outs() << explanation;
  if (arguments.timing)
    printTimes(*compiled);
  return {};
}

static Status checkFiles(const Arguments &arguments) {
  if (arguments.output == "-")
    return {};
  std::vector<std::string> paths = {arguments.output};
  if (arguments.format == Format::C && arguments.writesCode())
    paths.push_back(headerPath(arguments.output));
  return hip_tool::checkOutputs(paths, {arguments.file});
}

static Status runTool(int argc, char **argv) {
  Expected<Arguments> parsed = parseArguments(argc, argv);
  if (!parsed)
    return parsed.status();
  const Arguments &arguments = *parsed;
  HIPC_RETURN_IF_ERROR(checkFiles(arguments));
  Expected<std::string> input = readInput(arguments);
  if (!input)
    return input.status();
  if (isPackage(*input))
    HIPC_RETURN_IF_ERROR(refusePackage(arguments));
  if (arguments.writesText())
    HIPC_RETURN_IF_ERROR(writeLowered(arguments, *input));
  if (arguments.writesCode() || arguments.explain)
    return writeCompiled(arguments, *input);
  return {};
}

int main(int argc, char **argv) {
  Status status = runTool(argc, argv);
  if (status.ok())
    return 0;
  llvm::errs() << "hip-compile: error: " << status.message() << "\n";
  return 1;
}
