#include "runtime/package/File.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hipc {

FileDescriptor::~FileDescriptor() {
  if (fd >= 0)
    ::close(fd);
}

Status fileError(const std::string &path, std::string_view action,
                 int errnoValue) {
  Code code = Code::Device;
  if (errnoValue == ENOENT || errnoValue == ENOTDIR)
    code = Code::NotFound;
  else if (errnoValue == ENOSPC || errnoValue == EDQUOT)
    code = Code::Capacity;
  else if (errnoValue == EACCES || errnoValue == EISDIR || errnoValue == EPERM)
    code = Code::Invalid;
  // std::strerror is not thread-safe.
  return error(code, path, ": cannot ", action, ": ",
               std::generic_category().message(errnoValue));
}

Expected<FileDescriptor> openForReading(const std::string &path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    return fileError(path, "open", errno);
  return file;
}

Expected<int64_t> readUpTo(const FileDescriptor &file, const std::string &path,
                           void *data, int64_t size) {
  int64_t done = 0;
  while (done < size) {
    ssize_t count =
        ::read(file.get(), static_cast<char *>(data) + done, size - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fileError(path, "read", errno);
    if (count == 0)
      break;
    done += count;
  }
  return done;
}

Expected<std::string> readFile(const std::string &path) {
  constexpr int64_t kPieceBytes = 1 << 20;
  Expected<FileDescriptor> file = openForReading(path);
  if (!file)
    return file.status();
  std::string bytes;
  while (true) {
    size_t before = bytes.size();
    bytes.resize(before + kPieceBytes);
    Expected<int64_t> count =
        readUpTo(*file, path, bytes.data() + before, kPieceBytes);
    if (!count)
      return count.status();
    bytes.resize(before + *count);
    if (*count < kPieceBytes)
      return bytes;
  }
}

static bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes.remove_prefix(count);
  }
  return true;
}

static Status writeInPlace(const std::string &path,
                           std::initializer_list<std::string_view> parts) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0)
    return fileError(path, "write", errno);
  for (std::string_view part : parts)
    if (!writeAll(file.get(), part))
      return fileError(path, "write", errno);
  return {};
}

static bool writeAndSync(int fd,
                         std::initializer_list<std::string_view> parts) {
  for (std::string_view part : parts)
    if (!writeAll(fd, part))
      return false;
  // Without it a crash of the machine may leave the new name on no bytes.
  return ::fsync(fd) == 0;
}

static Status replaceFile(const std::string &path, const std::string &target,
                          std::initializer_list<std::string_view> parts) {
  static std::atomic<uint64_t> serial = 0;
  std::string temporary =
      join(target, ".tmp.", ::getpid(), ".", serial.fetch_add(1));
  FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0)
    return fileError(path, "write", errno);
  if (writeAndSync(file.get(), parts) &&
      ::rename(temporary.c_str(), target.c_str()) == 0)
    return {};
  int reason = errno;
  ::unlink(temporary.c_str());
  return fileError(path, "write", reason);
}

Status writeFile(const std::string &path,
                 std::initializer_list<std::string_view> parts) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0)
    return replaceFile(path, path, parts);
  if (S_ISDIR(info.st_mode))
    return fileError(path, "write", EISDIR);
  if (!S_ISREG(info.st_mode))
    return writeInPlace(path, parts);
  // Through a symbolic link, the file it points to is replaced, not the link.
  std::unique_ptr<char, void (*)(void *)> real(
      ::realpath(path.c_str(), nullptr), std::free);
  if (!real)
    return fileError(path, "write", errno);
  return replaceFile(path, real.get(), parts);
}

} // namespace hipc
