//===- Run.cpp - Compile, run and write
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "AttentionProgram.h"
#include "Execute.h"
#include "Outputs.h"
#include "runtime/npy/Npy.h"
#include "runtime/package/File.h"

#include "llvm/Support/raw_ostream.h"

using namespace hipc;

namespace hip_run {

//===----------------------------------------------------------------------===//
// Both forms
//===----------------------------------------------------------------------===//

static Status print(const Arguments &arguments, const Source &program) {
  Expected<std::string> source = program.text();
  if (!source)
    return source.status();
  if (arguments.emit == Emit::Mlir) {
    llvm::outs() << *source;
    return {};
  }
  CompileOptions options = arguments.compile;
  if (arguments.emit == Emit::Tile) {
    if (options.pipeline != "cpu")
      return error(Code::Unsupported, "--emit tile: pipeline '",
                   options.pipeline, "' has no tile level; 'cpu' has");
    options.pipeline = "tile";
  }
  if (arguments.emit == Emit::Llvm || arguments.emit == Emit::Tile) {
    Expected<std::string> text = lowerToText(*source, options);
    if (text)
      llvm::outs() << *text;
    return text.status();
  }
  Expected<Package> compiled = compile(*source, options);
  if (compiled)
    llvm::outs() << explain(*compiled);
  return compiled.status();
}

//===----------------------------------------------------------------------===//
// hip-run attention
//===----------------------------------------------------------------------===//

/// In the order of the results of buildAttention().
static std::vector<NpyOutput>
attentionOutputs(const AttentionArguments &attention, const Results &results,
                 bool hadBatch) {
  const AttentionFiles &files = attention.files;
  std::vector<const std::string *> paths = {&files.out};
  if (attention.wantsLse())
    paths.push_back(&files.lse);
  if (attention.wantsList()) {
    clearPastCounts(results[paths.size()].view, results[paths.size() + 1].view);
    paths.insert(paths.end(), {&files.blocks, &files.counts});
  }
  std::vector<NpyOutput> outputs;
  for (size_t i = 0; i < paths.size(); ++i)
    outputs.push_back({*paths[i], hadBatch ? results[i].view
                                           : withoutBatch(results[i].view)});
  return outputs;
}

Status runAttention(const Arguments &arguments) {
  const AttentionArguments &attention = *arguments.attention;
  const AttentionFiles &files = attention.files;
  HIPC_RETURN_IF_ERROR(
      checkOutputs({files.out, files.lse, files.blocks, files.counts}));
  Expected<AttentionArrays> arrays = readArrays(files);
  if (!arrays)
    return arrays.status();
  Source source{describeAttention(attention, *arrays),
                [&] { return buildAttention(attention, *arrays); }};
  if (arguments.emit != Emit::Nothing)
    return print(arguments, source);
  Expected<Results> results =
      execute(arguments, source, arrays->views(), attention.outputs());
  if (!results)
    return results.status();
  return writeNpys(attentionOutputs(attention, *results, arrays->hadBatch));
}

//===----------------------------------------------------------------------===//
// hip-run FILE.mlir
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

Status runFile(const Arguments &arguments) {
  const FileArguments &file = arguments.file;
  HIPC_RETURN_IF_ERROR(checkOutputs(file.outputs));
  Expected<std::string> text = readFile(file.program);
  if (!text)
    return text.status();
  Source source{*text, [&] { return text; }};
  if (arguments.emit != Emit::Nothing)
    return print(arguments, source);
  Expected<Results> inputs = readInputs(file.inputs);
  if (!inputs)
    return inputs.status();
  std::vector<Tensor> views;
  for (const OwnedTensor &input : *inputs)
    views.push_back(input.view);
  Expected<Results> results =
      execute(arguments, source, views, file.outputs.size());
  if (!results)
    return results.status();
  std::vector<NpyOutput> outputs;
  for (size_t i = 0; i < results->size(); ++i)
    outputs.push_back({file.outputs[i], (*results)[i].view});
  return writeNpys(outputs);
}

} // namespace hip_run
