#include "runtime/package/PackageFolder.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace fs = std::filesystem;

namespace hipc {

constexpr std::string_view kSuffix = ".hipcpkg";
/// A temporary file that is older belongs to a process that has ended.
constexpr std::chrono::hours kStaleAge{1};

static std::string_view environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

std::string PackageFolder::defaultFolder() {
  if (std::string_view own = environment("HIPC_CACHE_DIR"); !own.empty())
    return std::string(own);
  if (std::string_view all = environment("XDG_CACHE_HOME"); !all.empty())
    return join(all, "/hipc");
  if (std::string_view home = environment("HOME"); !home.empty())
    return join(home, "/.cache/hipc");
  return "";
}

std::string PackageFolder::path(const std::string &key) const {
  return join(folder, "/", key, kSuffix);
}

std::optional<Package> PackageFolder::find(const std::string &key) const {
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

void PackageFolder::store(const std::string &key,
                          const Package &package) const {
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

void PackageFolder::evict() const {
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

} // namespace hipc
