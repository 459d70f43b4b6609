//===- PackageCache.cpp - Packages of earlier compilations
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/PackageCache.h"

#include "runtime/jit/HostTarget.h"
#include "runtime/jit/Stopwatch.h"
#include "runtime/package/ByteStream.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <dlfcn.h>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace hipc {

constexpr std::string_view kSuffix = ".hipcpkg";
/// A temporary file that is older belongs to a process that has ended.
constexpr std::chrono::hours kStaleAge{1};

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static std::string_view environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

std::string PackageCache::defaultFolder() {
  if (std::string_view own = environment("HIPC_CACHE_DIR"); !own.empty())
    return std::string(own);
  if (std::string_view all = environment("XDG_CACHE_HOME"); !all.empty())
    return join(all, "/hipc");
  if (std::string_view home = environment("HOME"); !home.empty())
    return join(home, "/.cache/hipc");
  return "";
}

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
  parts.write(describeTarget({options.cpu, options.optLevel}));
  parts.write(compilerIdentity());
  llvm::BLAKE3 hash;
  hash.update(llvm::StringRef(parts.bytes));
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

std::string PackageCache::path(const std::string &key) const {
  return join(folder, "/", key, kSuffix);
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

std::optional<Package> PackageCache::find(const std::string &key) const {
  std::error_code ignored;
  Expected<Package> package = loadPackage(path(key));
  if (package) {
    fs::last_write_time(path(key), fs::file_time_type::clock::now(), ignored);
    return std::move(*package);
  }
  if (package.status().code() != Code::NotFound)
    fs::remove(path(key), ignored);
  return std::nullopt;
}

void PackageCache::store(const std::string &key, const Package &package) const {
  std::error_code failed;
  // Others must not be able to put code there.
  if (fs::create_directories(folder, failed))
    fs::permissions(folder, fs::perms::owner_all, failed);
  if (!failed && savePackage(package, path(key)).ok())
    evict();
}

namespace {
struct Entry {
  fs::path path;
  int64_t bytes = 0;
  fs::file_time_type used;
};
} // namespace

/// Entries of the folder, and temporary files that nobody will rename.
static std::vector<Entry> listEntries(const std::string &folder) {
  std::vector<Entry> entries;
  std::error_code failed;
  auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator file(folder, failed), end; !failed && file != end;
       file.increment(failed)) {
    std::error_code gone; // by another process
    Entry entry{file->path(), static_cast<int64_t>(file->file_size(gone)), {}};
    if (!gone)
      entry.used = file->last_write_time(gone);
    if (gone)
      continue;
    std::string name = entry.path.filename().string();
    if (name.find(join(kSuffix, ".tmp.")) != std::string::npos) {
      if (now - entry.used > kStaleAge)
        fs::remove(entry.path, gone);
    } else if (name.ends_with(kSuffix)) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

void PackageCache::evict() const {
  std::vector<Entry> entries = listEntries(folder);
  int64_t bytes = 0;
  for (const Entry &entry : entries)
    bytes += entry.bytes;
  if (bytes <= mostBytes)
    return;
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return a.used < b.used; });
  for (const Entry &entry : entries) {
    if (bytes <= mostBytes)
      return;
    std::error_code ignored;
    fs::remove(entry.path, ignored);
    bytes -= entry.bytes;
  }
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

Expected<Package> compileCached(const PackageCache *cache,
                                std::string_view request,
                                const TextWriter &text,
                                const CompileOptions &options,
                                BuildReport &report) {
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
    cache->store(key, *package);
  return package;
}

} // namespace hipc
