#include "runtime/package/PackageFolder.h"

#include "runtime/base/File.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hipc {

constexpr std::string_view kSuffix = ".hipcpkg";
/// A temporary file that is older belongs to a process that has ended.
constexpr time_t kStaleSeconds = 60 * 60;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

static std::string_view environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

std::string PackageFolder::defaultFolder() {
  if (isDefaultNamed())
    return std::string(environment("HIPC_CACHE_DIR"));
  if (std::string_view all = environment("XDG_CACHE_HOME"); !all.empty())
    return join(all, "/hipc");
  if (std::string_view home = environment("HOME"); !home.empty())
    return join(home, "/.cache/hipc");
  return "";
}

bool PackageFolder::isDefaultNamed() {
  return !environment("HIPC_CACHE_DIR").empty();
}

/// Makes a folder and those above it, for this user alone.
static bool makeFolders(const std::filesystem::path &path) {
  bool made = ::mkdir(path.c_str(), S_IRWXU) == 0;
  if (!made && errno == ENOENT && path.has_parent_path() &&
      path.parent_path() != path && makeFolders(path.parent_path()))
    made = ::mkdir(path.c_str(), S_IRWXU) == 0;
  return made || errno == EEXIST;
}

static std::string octal(mode_t mode) {
  std::string text = "0000";
  for (int i = 3; i >= 0; --i, mode /= 8)
    text[i] = char('0' + mode % 8);
  return text;
}

static Status checkOwner(const std::string &folder, const struct stat &info) {
  if (info.st_uid != ::geteuid())
    return error(Code::Invalid, folder, ": the cache folder belongs to user ",
                 info.st_uid, ", but this process runs as user ", ::geteuid(),
                 ", and its packages are native code; set HIPC_CACHE_DIR to a "
                 "folder of your own");
  if (info.st_mode & kOthersWrite)
    return error(Code::Invalid, folder, ": the cache folder has mode ",
                 octal(info.st_mode & 07777),
                 ", so others may write native code to it, but only its owner "
                 "may; use 'chmod go-w' on it, or set HIPC_CACHE_DIR to "
                 "another folder");
  return {};
}

Expected<FileDescriptor> PackageFolder::open() const {
  FileDescriptor directory(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info = {};
  if (directory.get() < 0 || ::fstat(directory.get(), &info) != 0)
    return fileError(folder, "open", errno);
  HIPC_RETURN_IF_ERROR(checkOwner(folder, info));
  return directory;
}

Status PackageFolder::trust() const {
  struct stat info = {};
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return {};
  return checkOwner(folder, info);
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

Expected<Package> PackageFolder::read(const FileDescriptor &directory,
                                      const std::string &key) const {
  std::string name = join(key, kSuffix);
  // A link is not followed, and a pipe does not wait for a writer.
  FileDescriptor file(
      ::openat(directory.get(), name.c_str(),
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info = {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0)
    return fileError(name, "open", errno);
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() ||
      info.st_mode & kOthersWrite || info.st_size > mostBytes)
    return error(Code::Corrupt, name, ": no entry of this user");
  std::string bytes(info.st_size, '\0');
  Expected<int64_t> got = readUpTo(file, name, bytes.data(), info.st_size);
  if (!got)
    return got.status();
  bytes.resize(*got);
  Expected<Package> package = readPackage(bytes);
  if (package && package->key != key)
    return error(Code::Corrupt, name, ": the entry of '", package->key, "'");
  if (package)
    ::futimens(file.get(), nullptr);
  return package;
}

std::optional<Package> PackageFolder::find(const std::string &key) const {
  Expected<FileDescriptor> directory = open();
  if (!directory)
    return std::nullopt;
  Expected<Package> package = read(*directory, key);
  if (package) {
    package->key.clear();
    return std::move(*package);
  }
  if (package.status().code() != Code::NotFound)
    ::unlinkat(directory->get(), join(key, kSuffix).c_str(), 0);
  return std::nullopt;
}

Status PackageFolder::store(const std::string &key,
                            const Package &package) const {
  static std::atomic<uint64_t> serial = 0;
  if (!makeFolders(folder))
    return fileError(folder, "make", errno);
  Expected<FileDescriptor> directory = open();
  if (!directory)
    return directory.status();
  Package entry = package;
  entry.key = key;
  std::string bytes = writePackage(entry), name = join(key, kSuffix);
  std::string temporary =
      join(name, ".tmp.", ::getpid(), ".", serial.fetch_add(1));
  FileDescriptor file(::openat(directory->get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                               S_IRUSR | S_IWUSR));
  if (file.get() < 0)
    return fileError(folder, "write to", errno);
  std::string_view part = bytes;
  // Without the sync a crash of the machine may leave the new name on no bytes.
  bool written = writeAll(file, std::span(&part, 1)) &&
                 ::fsync(file.get()) == 0 &&
                 ::renameat(directory->get(), temporary.c_str(),
                            directory->get(), name.c_str()) == 0;
  if (!written) {
    Status failed = fileError(folder, "write to", errno);
    ::unlinkat(directory->get(), temporary.c_str(), 0);
    return failed;
  }
  evict(*directory);
  return {};
}

//===----------------------------------------------------------------------===//
// What goes
//===----------------------------------------------------------------------===//

namespace {
struct Entry {
  std::string name;
  int64_t bytes = 0;
  timespec used = {};

  bool operator<(const Entry &other) const {
    return std::pair(used.tv_sec, used.tv_nsec) <
           std::pair(other.used.tv_sec, other.used.tv_nsec);
  }
};
} // namespace

/// Entries of the folder, without temporary files, of which it removes those
/// that nobody will rename.
static std::vector<Entry> listEntries(int directory) {
  std::vector<Entry> entries;
  int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, int (*)(DIR *)> listing(
      again < 0 ? nullptr : ::fdopendir(again), ::closedir);
  if (!listing) {
    FileDescriptor closed(again);
    return entries;
  }
  while (const dirent *file = ::readdir(listing.get())) {
    std::string name = file->d_name;
    struct stat info = {};
    // It may have been removed by another process.
    if (::fstatat(directory, file->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode))
      continue;
    if (name.find(join(kSuffix, ".tmp.")) != std::string::npos) {
      if (std::time(nullptr) - info.st_mtim.tv_sec > kStaleSeconds)
        ::unlinkat(directory, file->d_name, 0);
    } else if (name.ends_with(kSuffix)) {
      entries.push_back({std::move(name), info.st_size, info.st_mtim});
    }
  }
  return entries;
}

void PackageFolder::evict(const FileDescriptor &directory) const {
  std::vector<Entry> entries = listEntries(directory.get());
  int64_t bytes = 0;
  for (const Entry &entry : entries)
    bytes += entry.bytes;
  std::sort(entries.begin(), entries.end());
  for (const Entry &entry : entries) {
    if (bytes <= mostBytes)
      return;
    ::unlinkat(directory.get(), entry.name.c_str(), 0);
    bytes -= entry.bytes;
  }
}

} // namespace hipc
