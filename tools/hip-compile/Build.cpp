//===- Build.cpp - From a program to what is written
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"

#include "CSource.h"
#include "Json.h"
#include "runtime/base/Stopwatch.h"

#include "llvm/ADT/STLExtras.h"

using namespace hipc;
using hip_tool::Assembly;
using hip_tool::Ptxas;

namespace hip_compile {

static const Blob *findPtx(const Package &package) {
  for (const Blob &blob : package.blobs)
    if (blob.kind == BlobKind::Ptx)
      return &blob;
  return nullptr;
}

/// Assembles the package, or records why it cannot.
static Status assemble(const Arguments &arguments, Compiled &compiled) {
  const Blob *ptx = findPtx(compiled.package);
  if (!ptx)
    return {};
  Expected<Ptxas> ptxas = Ptxas::find(arguments.ptxas);
  if (!ptxas)
    return ptxas.status();
  Stopwatch time;
  Expected<Assembly> assembly = ptxas->assemble(ptx->bytes, ptx->target);
  if (!assembly)
    return assembly.status();
  compiled.assembleMs = time.milliseconds();
  compiled.assembly = std::move(*assembly);
  compiled.assembler = "ptxas " + ptxas->version();
  return {};
}

/// Explaining a package does not need an assembler, unless one was named.
static Status assembleToExplain(const Arguments &arguments,
                                Compiled &compiled) {
  Status assembled = assemble(arguments, compiled);
  if (!assembled.ok() && !arguments.ptxas.empty())
    return assembled;
  compiled.notAssembled = assembled.message();
  return {};
}

/// Names the arrays of an attention that flags describe; those of a program
/// have no names.
static Status nameArrays(const AttentionProgram &attention, Package &package) {
  Expected<ArrayNames> names = arrayNames(attention);
  if (!names)
    return names.status();
  Plan &plan = package.plan;
  HostEntry &host = package.host;
  bool isPlan = package.kind == PackageKind::Plan;
  for (auto [i, name] : llvm::enumerate(names->inputs))
    (isPlan ? plan.inputs : host.inputs)[i].name = name;
  for (auto [i, name] : llvm::enumerate(names->outputs))
    (isPlan ? plan.outputs[i].spec : host.outputs[i]).name = name;
  return {};
}

Expected<Compiled> build(const Arguments &arguments,
                         const std::string &source) {
  Compiled compiled;
  Expected<Package> package =
      compile(source, arguments.compile, &compiled.times, &compiled.remarks);
  if (!package)
    return package.status();
  compiled.package = std::move(*package);
  if (arguments.attention)
    HIPC_RETURN_IF_ERROR(nameArrays(*arguments.attention, compiled.package));
  if (arguments.writesCode() && arguments.format != Format::Package &&
      arguments.format != Format::Json && compiled.package.kernels.empty())
    return error(Code::Unsupported, arguments.compile.sourceName,
                 ": needs no kernels, so there is no ",
                 formatName(arguments.format), " of it; write a package");
  if (arguments.cubin || arguments.format == Format::Cubin)
    HIPC_RETURN_IF_ERROR(assemble(arguments, compiled));
  else if (arguments.explain)
    HIPC_RETURN_IF_ERROR(assembleToExplain(arguments, compiled));
  return compiled;
}

/// How the package was compiled, as far as it tells.
static CompileOptions optionsOf(const Package &package) {
  CompileOptions options;
  options.sourceName = "source";
  if (package.kind == PackageKind::Plan) {
    options.entry = package.entryName();
    options.pipeline = "ptx";
    options.chip = package.target;
    return options;
  }
  options.entry = package.entryName().substr(std::string("hipc_").size());
  options.pipeline = "cpu";
  options.cpu = package.target.substr(package.target.find('/') + 1);
  return options;
}

Expected<Compiled> reopen(const Arguments &arguments,
                          const std::string &bytes) {
  Compiled compiled;
  Expected<Package> package = readPackage(bytes);
  if (!package)
    return error(package.status().code(), arguments.file, ": ",
                 package.status().message());
  compiled.package = std::move(*package);
  Expected<Package> again =
      compile(compiled.package.source, optionsOf(compiled.package),
              &compiled.times, &compiled.remarks);
  const Blob *ptx = findPtx(compiled.package);
  const Blob *anew = again ? findPtx(*again) : nullptr;
  if (ptx && (!anew || anew->bytes != ptx->bytes))
    compiled.remarks.push_back(
        {Remark::Kind::Missed, "package", "source", "",
         "this compiler generates different code from it, which is what is "
         "explained here"});
  HIPC_RETURN_IF_ERROR(assembleToExplain(arguments, compiled));
  return compiled;
}

std::string headerPath(const std::string &source) {
  return source.substr(0, source.size() - 2) + ".h";
}

static std::string packageBytes(Compiled &compiled) {
  Package &package = compiled.package;
  if (compiled.assembly)
    package.blobs.insert(
        package.blobs.begin(),
        {BlobKind::Cubin, package.target, compiled.assembly->cubin});
  return writePackage(package);
}

static std::vector<Written> writeCFiles(const std::string &path,
                                        const Package &package) {
  std::string header = headerPath(path);
  CFiles files = writeC(package, header.substr(header.rfind('/') + 1));
  return {{path, files.source}, {header, files.header}};
}

std::vector<Written> contents(const Arguments &arguments, Compiled &compiled) {
  const std::string &path = arguments.output;
  switch (arguments.format) {
  case Format::Ptx:
    return {{path, findPtx(compiled.package)->bytes}};
  case Format::Cubin:
    return {{path, compiled.assembly->cubin}};
  case Format::C:
    return writeCFiles(path, compiled.package);
  case Format::Json:
    return {{path, writeJson(compiled.package)}};
  case Format::Mlir:
  case Format::Tile:
  case Format::Nvvm:
    assert(false && "is text: lower() gives it");
    break;
  case Format::Package:
    break;
  }
  return {{path, packageBytes(compiled)}};
}

Expected<std::string> lower(const Arguments &arguments,
                            const std::string &source) {
  CompileOptions options = arguments.compile;
  switch (arguments.format) {
  case Format::Mlir:
    return source;
  case Format::Nvvm:
    options.pipeline = "nvvm";
    break;
  case Format::Tile:
    options.pipeline = arguments.forCpu() ? "tile" : "gpu-tile";
    break;
  case Format::Ptx:
  case Format::Cubin:
  case Format::C:
  case Format::Json:
  case Format::Package:
    assert(false && "is code: contents() gives it");
    break;
  }
  return lowerToText(source, options);
}

} // namespace hip_compile
