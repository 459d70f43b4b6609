//===- PackageCache.cpp - Packages of earlier compilations
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/PackageCache.h"

#include "compiler/HostTarget.h"
#include "compiler/LlvmScope.h"
#include "runtime/base/ByteStream.h"
#include "runtime/base/Stopwatch.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"

#include <dlfcn.h>
#include <sys/stat.h>

namespace hipc {

/// Changes whenever the file that holds this code does.
static std::string compilerIdentity() {
  Dl_info info = {};
  struct stat file = {};
  bool known = ::dladdr(reinterpret_cast<void *>(&compilerIdentity), &info) &&
               ::stat(info.dli_fname, &file) == 0;
  // The main executable may go by a name that is not its path.
  if (!known)
    ::stat("/proc/self/exe", &file);
  return join(HIPC_COMPILER_VERSION, " ", kPackageFormatVersion, " ",
              LLVM_VERSION_STRING, " ", file.st_size, " ", file.st_mtim.tv_sec,
              " ", file.st_mtim.tv_nsec);
}

std::string PackageCache::key(std::string_view text,
                              const CompileOptions &options) {
  ByteWriter parts;
  parts.write(text);
  parts.write(std::string_view(options.entry));
  parts.write(std::string_view(options.pipeline));
  parts.write(std::string_view(options.chip));
  parts.write(std::string_view(options.scheduleFor));
  for (const TunedKernel &kernel : options.tuning.kernels) {
    parts.write(std::string_view(kernel.name));
    parts.write(std::string_view(kernel.schedule));
  }
  parts.write(describeTarget({options.cpu, options.optLevel}));
  parts.write(compilerIdentity());
  llvm::BLAKE3 hash;
  hash.update(llvm::StringRef(parts.bytes));
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

Expected<Package> compileCached(const PackageFolder *cache,
                                std::string_view request,
                                const TextWriter &text,
                                const CompileOptions &options,
                                BuildReport &report) {
  LlvmScope scope;
  report.cacheOff = !cache;
  std::string key = cache ? PackageCache::key(request, options) : "";
  if (cache)
    if (std::optional<Package> found = cache->find(key)) {
      report.cached = true;
      return std::move(*found);
    }
  Stopwatch textTime;
  Expected<std::string> source = text();
  if (!source)
    return source.status();
  double textMs = textTime.milliseconds();
  Expected<Package> package = compile(*source, options, &report.times);
  report.times.parseMs += textMs;
  if (package && cache)
    report.stored = cache->store(key, *package);
  return package;
}

} // namespace hipc
