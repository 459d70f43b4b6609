//===- PackageFolder.h - Packages by key, in a folder -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H
#define HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H

#include "runtime/package/Package.h"

#include <optional>

namespace hipc {

/// A folder of packages that any number of processes share. Whatever goes wrong
/// with it costs a compilation, never a program. Where the bytes exceed the
/// limit, what has not been used for longest goes first.
class PackageFolder {
public:
  static constexpr int64_t kDefaultBytes = int64_t{1} << 30;

  explicit PackageFolder(std::string folder, int64_t mostBytes = kDefaultBytes)
      : folder(std::move(folder)), mostBytes(mostBytes) {}

  /// $HIPC_CACHE_DIR, else $XDG_CACHE_HOME/hipc, else ~/.cache/hipc; empty
  /// where none of them is set.
  static std::string defaultFolder();

  /// The package, now the one used last. A damaged entry is removed.
  std::optional<Package> find(const std::string &key) const;

  void store(const std::string &key, const Package &package) const;

private:
  std::string path(const std::string &key) const;
  void evict() const;

  std::string folder;
  int64_t mostBytes;
};

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H
