//===- Run.cpp - Compile, run and write
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "Execute.h"
#include "Packing.h"
#include "Picture.h"
#include "Report.h"
#include "runtime/base/File.h"
#include "runtime/npy/Npy.h"
#include "tools/support/Outputs.h"

#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using namespace hip_tool;

namespace hip_run {

//===----------------------------------------------------------------------===//
// Both forms
//===----------------------------------------------------------------------===//

static Status printPackage(const Arguments &arguments, const Package &package) {
  if (arguments.emit != Emit::Mlir && arguments.emit != Emit::Package)
    return error(Code::Unsupported, arguments.file.program,
                 ": is compiled; --emit package and --emit mlir show it");
  llvm::outs() << (arguments.emit == Emit::Mlir ? package.source
                                                : explain(package));
  return {};
}

static Status printed(const Expected<std::string> &text) {
  if (text)
    llvm::outs() << *text;
  return text.status();
}

static Status print(const Arguments &arguments, const Source &program) {
  if (program.package)
    return printPackage(arguments, *program.package);
  Expected<std::string> source = program.text();
  if (!source)
    return source.status();
  CompileOptions options = arguments.compile;
  switch (arguments.emit) {
  case Emit::Nothing:
    return {};
  case Emit::Mlir:
    return printed(*source);
  case Emit::Tile:
    if (options.pipeline != "cpu")
      return error(Code::Unsupported, "--emit tile: pipeline '",
                   options.pipeline, "' has no tile level; 'cpu' has");
    options.pipeline = "tile";
    return printed(lowerToText(*source, options));
  case Emit::Llvm:
    return printed(lowerToText(*source, options));
  case Emit::Package:
    break;
  }
  Expected<Package> compiled = compile(*source, options);
  if (!compiled)
    return compiled.status();
  return printed(explain(*compiled));
}

//===----------------------------------------------------------------------===//
// hip-run attention
//===----------------------------------------------------------------------===//

/// In the order of the program's results.
static std::vector<NpyOutput> attentionOutputs(const AttentionFiles &files,
                                               const AttentionProgram &program,
                                               const Results &results,
                                               bool hadBatch) {
  std::vector<const std::string *> paths = {&files.out};
  if (program.lse)
    paths.push_back(&files.lse);
  if (program.list) {
    if (!files.blocks.empty())
      clearPastCounts(results[paths.size()].view,
                      results[paths.size() + 1].view);
    paths.insert(paths.end(), {&files.blocks, &files.counts});
  }
  std::vector<NpyOutput> outputs;
  // Lists of packed queries are of each entry.
  size_t perEntry = program.packsQueries ? 1 + program.lse : paths.size();
  for (size_t i = 0; i < paths.size(); ++i)
    if (!paths[i]->empty())
      outputs.push_back({*paths[i], hadBatch || i >= perEntry
                                        ? results[i].view
                                        : withoutBatch(results[i].view)});
  return outputs;
}

/// Refuses to write over what is read.
static Status checkFiles(const AttentionArguments &attention) {
  const AttentionFiles &files = attention.files;
  std::vector<std::string> read = {files.query, files.key, files.value};
  for (const std::string *offsets : {&files.queryOffsets, &files.keyOffsets})
    if (isOffsetsFile(*offsets))
      read.push_back(*offsets);
  return checkOutputs({files.out, files.lse, files.blocks, files.counts,
                       attention.picture ? attention.picture->file : ""},
                      read);
}

Status runAttention(const Arguments &arguments) {
  const AttentionArguments &attention = *arguments.attention;
  const AttentionFiles &files = attention.files;
  HIPC_RETURN_IF_ERROR(checkFiles(attention));
  Expected<AttentionArrays> arrays = readArrays(
      files, {!files.queryOffsets.empty(), !files.keyOffsets.empty()});
  if (!arrays)
    return arrays.status();
  AttentionProgram program = attention.program;
  program.query = anyLength(arrays->query.view);
  program.key = anyLength(arrays->key.view);
  program.value = anyLength(arrays->value.view);
  Expected<Results> packing = pack(files, *arrays, program);
  if (!packing)
    return packing.status();
  auto write = [&] { return writeProgram(program); };
  if (attention.report)
    HIPC_RETURN_IF_ERROR(askForReport(program));
  if (attention.picture)
    HIPC_RETURN_IF_ERROR(askForPicture(*attention.picture, program));
  Source source{describe(program), write, std::nullopt};
  if (arguments.emit != Emit::Nothing)
    return print(arguments, source);
  std::vector<Tensor> inputs = arrays->views();
  for (const OwnedTensor &input : *packing)
    inputs.push_back(input.view);
  Expected<Run> run = execute(arguments, source, inputs, program.outputs());
  if (!run)
    return run.status();
  if (attention.report)
    HIPC_RETURN_IF_ERROR(report(arguments, program, arrays->query.view, *run));
  std::vector<FileContents> others;
  Expected<std::string> svg{std::string()};
  if (attention.picture) {
    svg = draw(*attention.picture, program, arrays->query.view,
               arrays->key.view, run->outputs);
    if (!svg)
      return svg.status();
    others.push_back({attention.picture->file, {*svg}});
  }
  return writeNpys(
      attentionOutputs(files, program, run->outputs, arrays->hadBatch), others);
}

//===----------------------------------------------------------------------===//
// hip-run FILE
//===----------------------------------------------------------------------===//

static Expected<Results> readInputs(const std::vector<std::string> &paths) {
  Results inputs;
  for (const std::string &path : paths) {
    Expected<OwnedTensor> input = readNpy(path);
    if (!input)
      return input.status();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

/// Nothing of a package is left to choose.
static Expected<Package> openPackage(const Arguments &arguments,
                                     const std::string &bytes) {
  const std::string &path = arguments.file.program;
  if (!arguments.compileFlag.empty())
    return error(Code::Invalid, path, ": is compiled, so that --",
                 arguments.compileFlag, " has nothing to do; leave it out");
  Expected<Package> package = readPackage(bytes);
  if (!package)
    return error(package.status().code(), path, ": ",
                 package.status().message());
  return package;
}

Status runFile(const Arguments &arguments) {
  const FileArguments &file = arguments.file;
  std::vector<std::string> read = file.inputs;
  read.push_back(file.program);
  HIPC_RETURN_IF_ERROR(checkOutputs(file.outputs, read));
  Expected<std::string> text = readFile(file.program);
  if (!text)
    return text.status();
  Source source{*text, [&] { return text; }, std::nullopt};
  if (isPackage(*text)) {
    Expected<Package> package = openPackage(arguments, *text);
    if (!package)
      return package.status();
    source.package = std::move(*package);
  }
  if (arguments.emit != Emit::Nothing)
    return print(arguments, source);
  Expected<Results> inputs = readInputs(file.inputs);
  if (!inputs)
    return inputs.status();
  Expected<Run> run =
      execute(arguments, source, viewsOf(*inputs), file.outputs.size());
  if (!run)
    return run.status();
  std::vector<NpyOutput> outputs;
  outputs.reserve(run->outputs.size());
  for (size_t i = 0; i < run->outputs.size(); ++i)
    outputs.push_back({file.outputs[i], run->outputs[i].view});
  return writeNpys(outputs);
}

} // namespace hip_run
