//===- PackageCache.h - Packages of earlier compilations
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_PACKAGECACHE_H
#define HIPC_RUNTIME_JIT_PACKAGECACHE_H

#include "runtime/jit/Engine.h"

#include <functional>

namespace hipc {

/// A folder of packages that any number of processes share. Whatever goes wrong
/// with it costs a compilation, never a program. Where the bytes exceed the
/// limit, what has not been used for longest goes first.
class PackageCache {
public:
  static constexpr int64_t kDefaultBytes = int64_t{1} << 30;

  explicit PackageCache(std::string folder, int64_t mostBytes = kDefaultBytes)
      : folder(std::move(folder)), mostBytes(mostBytes) {}

  /// $HIPC_CACHE_DIR, else $XDG_CACHE_HOME/hipc, else ~/.cache/hipc; empty
  /// where none of them is set.
  static std::string defaultFolder();

  /// Names a compilation: its text, its options, the target, this compiler.
  static std::string key(std::string_view text, const CompileOptions &options);

  /// The package, now the one used last. A damaged entry is removed.
  std::optional<Package> find(const std::string &key) const;

  void store(const std::string &key, const Package &package) const;

private:
  std::string path(const std::string &key) const;
  void evict() const;

  std::string folder;
  int64_t mostBytes;
};

/// How a package was come by.
struct BuildReport {
  bool cached = false;
  bool cacheOff = false; ///< there was no folder for it
  CompileTimes times;    ///< zero where it was cached
};

/// Gives the text of a program.
using TextWriter = std::function<Expected<std::string>()>;

/// The package that `cache` has for `request`, or else the compiled `text`. Two
/// requests that are equal have to stand for equal texts. Without a cache
/// (nullptr) it compiles.
Expected<Package> compileCached(const PackageCache *cache,
                                std::string_view request,
                                const TextWriter &text,
                                const CompileOptions &options,
                                BuildReport &report);

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_PACKAGECACHE_H
