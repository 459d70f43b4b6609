//===- PackageCache.h - Packages of earlier compilations
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_PACKAGECACHE_H
#define HIPC_COMPILER_PACKAGECACHE_H

#include "compiler/Compiler.h"
#include "runtime/package/PackageFolder.h"

#include <functional>

namespace hipc {

/// Packages of earlier compilations, in a folder.
class PackageCache : public PackageFolder {
public:
  using PackageFolder::PackageFolder;

  /// Names a compilation: its text, its options, the target, this compiler.
  static std::string key(std::string_view text, const CompileOptions &options);
};

/// Whether a package came from the cache, and what compiling it cost.
struct BuildReport {
  bool cached = false;
  bool cacheOff = false; ///< there was no folder for it
  CompileTimes times;    ///< zero where it was cached
  Status stored;         ///< why what was compiled is not kept
};

/// Returns the text of a program.
using TextWriter = std::function<Expected<std::string>()>;

/// The package that `cache` has for `request`, or else the compiled `text`.
/// Equal requests have to stand for equal texts. Without a cache (nullptr) it
/// always compiles.
Expected<Package> compileCached(const PackageFolder *cache,
                                std::string_view request,
                                const TextWriter &text,
                                const CompileOptions &options,
                                BuildReport &report);

} // namespace hipc

#endif // HIPC_COMPILER_PACKAGECACHE_H
