//===- PackageFolder.h - Packages by key, in a folder -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H
#define HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H

#include "runtime/package/Package.h"

#include <optional>

namespace hipc {

class FileDescriptor;

/// A folder of packages that any number of processes share. Whatever goes wrong
/// with it costs a compilation, never a program. If the bytes exceed the limit,
/// what has not been used for longest is removed first.
///
/// A package is native code: a folder is used only if it belongs to the user of
/// this process and nobody else may write to it, and an entry is a file for
/// which the same holds. Anything that is not a file is not an entry and never
/// opened.
class PackageFolder {
public:
  static constexpr int64_t kDefaultBytes = int64_t{1} << 30;

  explicit PackageFolder(std::string folder, int64_t mostBytes = kDefaultBytes)
      : folder(std::move(folder)), mostBytes(mostBytes) {}

  /// $HIPC_CACHE_DIR, else $XDG_CACHE_HOME/hipc, else ~/.cache/hipc; empty
  /// where none of them is set.
  static std::string defaultFolder();
  /// Whether the user has named that folder, in $HIPC_CACHE_DIR.
  static bool isDefaultNamed();

  /// An error for a folder that others may have written to, with its owner or
  /// mode. One that is not there yet will be this user's.
  Status trust() const;

  /// The package, now the one used last. An entry that is damaged or has the
  /// name of another is removed.
  std::optional<Package> find(const std::string &key) const;

  /// Makes the folder where there is none. On an error there is no new entry.
  Status store(const std::string &key, const Package &package) const;

private:
  Expected<FileDescriptor> open() const;
  Expected<Package> read(const FileDescriptor &directory,
                         const std::string &key) const;
  void evict(const FileDescriptor &directory) const;

  std::string folder;
  int64_t mostBytes;
};

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_PACKAGEFOLDER_H
