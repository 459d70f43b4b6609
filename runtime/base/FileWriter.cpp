#include "runtime/base/File.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hipc {

namespace {
/// Holds back the signal that would end the process at a limit of file sizes.
class NoSizeSignal {
public:
  NoSizeSignal() {
    ::sigemptyset(&only);
    ::sigaddset(&only, SIGXFSZ);
    sigset_t pending;
    ::sigpending(&pending);
    wasPending = ::sigismember(&pending, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &only, &before);
  }
  ~NoSizeSignal() {
    int kept = errno;
    timespec now = {};
    if (!wasPending)
      ::sigtimedwait(&only, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = kept;
  }
  NoSizeSignal(const NoSizeSignal &) = delete;

private:
  sigset_t only, before;
  bool wasPending;
};
} // namespace

bool writeAll(const FileDescriptor &file,
              std::span<const std::string_view> parts) {
  NoSizeSignal held;
  for (std::string_view bytes : parts)
    while (!bytes.empty()) {
      ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return false;
      bytes.remove_prefix(count);
    }
  return true;
}

static Status writeInPlace(const FileContents &file) {
  FileDescriptor out(::open(file.path.c_str(), O_WRONLY | O_CLOEXEC));
  if (out.get() < 0 || !writeAll(out, file.parts))
    return fileError(file.path, "write", errno);
  return {};
}

namespace {
/// The bytes of a file under a temporary name beside its own. What has not
/// been kept at the end is removed.
class StagedFile {
public:
  explicit StagedFile(const std::string &path) : path(path) {}
  StagedFile(const StagedFile &) = delete;
  ~StagedFile() {
    if (!written.empty())
      ::unlink(written.c_str());
  }

  Status write(const std::vector<std::string_view> &parts);
  Status rename();
  void keep() { written.clear(); }

private:
  Status chooseNames();

  const std::string &path;
  std::string target;
  std::string temporary;
  std::string written; ///< what to remove unless it is kept
};
} // namespace

Status StagedFile::chooseNames() {
  static std::atomic<uint64_t> serial = 0;
  target = path;
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0) {
    // Through a symbolic link, the file it points to is replaced, not the link.
    std::unique_ptr<char, void (*)(void *)> real(
        ::realpath(path.c_str(), nullptr), std::free);
    if (!real)
      return fileError(path, "write", errno);
    target = real.get();
  }
  temporary = join(target, ".tmp.", ::getpid(), ".", serial.fetch_add(1));
  return {};
}

Status StagedFile::write(const std::vector<std::string_view> &parts) {
  HIPC_RETURN_IF_ERROR(chooseNames());
  FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0)
    return fileError(path, "write", errno);
  written = temporary;
  // Without the sync a crash of the machine may leave the new name on no bytes.
  if (!writeAll(file, parts) || ::fsync(file.get()) != 0)
    return fileError(path, "write", errno);
  return {};
}

Status StagedFile::rename() {
  if (::rename(temporary.c_str(), target.c_str()) != 0)
    return fileError(path, "write", errno);
  written = target;
  return {};
}

/// Whether `path` is neither a regular file nor free for one.
static bool isDevice(const std::string &path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

static Status stageFiles(std::span<const FileContents> files,
                         std::vector<std::unique_ptr<StagedFile>> &staged) {
  for (const FileContents &file : files) {
    if (isDevice(file.path))
      continue;
    staged.push_back(std::make_unique<StagedFile>(file.path));
    HIPC_RETURN_IF_ERROR(staged.back()->write(file.parts));
  }
  return {};
}

Status writeFiles(std::span<const FileContents> files) {
  std::vector<std::unique_ptr<StagedFile>> staged;
  HIPC_RETURN_IF_ERROR(stageFiles(files, staged));
  // Devices, which cannot be taken back, come before any new name appears.
  for (const FileContents &file : files)
    if (isDevice(file.path))
      HIPC_RETURN_IF_ERROR(writeInPlace(file));
  for (const auto &file : staged)
    HIPC_RETURN_IF_ERROR(file->rename());
  for (const auto &file : staged)
    file->keep();
  return {};
}

Status writeFile(const std::string &path,
                 std::initializer_list<std::string_view> parts) {
  FileContents file{path, parts};
  return writeFiles(std::span(&file, 1));
}

} // namespace hipc
