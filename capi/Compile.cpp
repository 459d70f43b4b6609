//===- Compile.cpp - What a library with a compiler does
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NoCompiler.cpp stands in for this file in a library that only loads packages.
//
//===----------------------------------------------------------------------===//

#include "capi/Attention.h"
#include "capi/NewProgram.h"
#include "capi/Tensors.h"
#include "compiler/PackageCache.h"
#include "runtime/base/Stopwatch.h"

namespace hipc::capi {

/// What a session has to compile. Two with equal `request` and `entry` stand
/// for the same program.
struct Source {
  std::string_view request;
  std::string_view entry;
  TextWriter text;
  std::string_view name;  ///< of the text, in messages
  bool described = false; ///< the text is ours, not the caller's
};

std::string Session::targetOf(std::string_view capability) {
  return targetFor(capability);
}

/// A folder that others may write to is an error where the caller has named it.
Status Session::openFolder(const hipc_engine_options &options) {
  std::string path =
      options.cache ? options.cache : PackageFolder::defaultFolder();
  if (path.empty() && !options.cache)
    tell(HIPC_LOG_WARNING, "keeps no programs: none of HIPC_CACHE_DIR, "
                           "XDG_CACHE_HOME and HOME is set");
  if (path.empty())
    return {};
  PackageFolder cache(path, options.cache_bytes ? options.cache_bytes
                                                : PackageFolder::kDefaultBytes);
  if (Status trusted = cache.trust(); trusted.ok())
    folder = std::move(cache);
  else if (options.cache || PackageFolder::isDefaultNamed())
    return trusted;
  else
    tell(HIPC_LOG_WARNING, "keeps no programs: " + trusted.message());
  return {};
}

Expected<ExecutableRef> Session::build(const Source &source,
                                       std::vector<Message> &messages) {
  Stopwatch time;
  CompileOptions options = optionsFor(backend->capability());
  options.entry = source.entry;
  options.sourceName = source.name;
  options.described = source.described;
  BuildReport report;
  const PackageFolder *cache = folder ? &*folder : nullptr;
  Expected<Package> package =
      compileCached(cache, source.request, source.text, options, report);
  if (!package)
    return package.status();
  std::string name = package->entryName();
  Expected<ExecutableRef> program = backend->load(std::move(*package));
  if (program)
    messages.push_back(
        {HIPC_LOG_INFO,
         join(report.cached ? "loaded '" : "compiled '", name, "' for ",
              targetText, " in ", int64_t(time.milliseconds()), " ms")});
  if (!report.stored.ok() && !saidNotStored.exchange(true))
    messages.push_back(
        {HIPC_LOG_WARNING, "keeps no programs: " + report.stored.message()});
  return program;
}

Expected<ExecutableRef> Session::compile(const Source &source) {
  std::string key;
  key.reserve(source.request.size() + source.entry.size() + 1);
  // A name has no 0 in it.
  key.append(source.entry).append(1, '\0').append(source.request);
  std::vector<Message> messages;
  Expected<ExecutableRef> program =
      programs.get(key, [&] { return build(source, messages); });
  // Whoever listens may compile, run, fork or destroy this engine.
  for (const Message &message : messages)
    tell(message.level, message.text);
  return program;
}

Expected<std::string> Session::explainChoices(const Package &package) const {
  CompileOptions options = optionsFor(backend->capability());
  options.entry = sourceEntry(package);
  std::vector<Remark> remarks;
  Expected<Package> again =
      hipc::compile(package.source, options, nullptr, &remarks);
  if (!again)
    return again.status();
  return explainRemarks(remarks);
}

} // namespace hipc::capi

using namespace hipc;
using namespace hipc::capi;

/// The attention, or what makes the summaries that it takes.
static hipc_code compileAttention(hipc_engine *engine,
                                  const hipc_attention *attention,
                                  hipc_program **program, bool summaries) {
  auto make = [&](Session &session) -> Expected<ExecutableRef> {
    Expected<AttentionProgram> read = readAttention(attention);
    if (!read)
      return read.status();
    read->makesSummaries = summaries;
    std::string request = describe(*read);
    auto write = [&] { return writeProgram(*read); };
    return session.compile({request, "", write,
                            summaries ? "summaries" : "attention",
                            /*described=*/true});
  };
  return makeProgram(engine, program, make);
}

extern "C" {

hipc_code hipc_compile(hipc_engine *engine, const char *text, size_t length,
                       const char *entry, hipc_program **program) {
  auto make = [&](Session &session) -> Expected<ExecutableRef> {
    HIPC_RETURN_IF_ERROR(requireNotNull(text, "text"));
    std::string_view request(text, length);
    auto write = [&]() -> Expected<std::string> {
      return std::string(request);
    };
    return session.compile({request, entry ? entry : "", write, "program"});
  };
  return makeProgram(engine, program, make);
}

hipc_code hipc_compile_attention(hipc_engine *engine,
                                 const hipc_attention *attention,
                                 hipc_program **program) {
  return compileAttention(engine, attention, program, /*summaries=*/false);
}

hipc_code hipc_compile_summaries(hipc_engine *engine,
                                 const hipc_attention *attention,
                                 hipc_program **program) {
  return compileAttention(engine, attention, program, /*summaries=*/true);
}

hipc_code hipc_refresh_shapes(const hipc_attention *attention, int64_t batch,
                              int64_t rows, int64_t keys, hipc_shape *shapes,
                              int32_t shape_count) {
  return guarded([&]() -> Status {
    Expected<AttentionProgram> read = readAttention(attention);
    if (!read)
      return read.status();
    auto found = refreshShapes(*read, batch, rows, keys);
    if (!found)
      return found.status();
    if (shape_count != int64_t(found->size()))
      return error(Code::Invalid, "shape_count is ", shape_count,
                   ", but steps of this attention keep ", found->size(),
                   " arrays");
    HIPC_RETURN_IF_ERROR(shape_count ? requireNotNull(shapes, "shapes")
                                     : Status());
    for (const Dims &dims : *found) {
      *shapes = {dtypeOf(DType::I32), int32_t(dims.size()), {}};
      std::copy(dims.begin(), dims.end(), (shapes++)->shape);
    }
    return {};
  });
}

hipc_code hipc_attention_text(const hipc_attention *attention, char **text) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(text, "text"));
    *text = nullptr;
    Expected<AttentionProgram> read = readAttention(attention);
    if (!read)
      return read.status();
    Expected<std::string> written = writeProgram(*read);
    if (!written)
      return written.status();
    return copyText(*written, text);
  });
}
}
