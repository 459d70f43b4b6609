#include "runtime/base/File.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
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
  else if (errnoValue == ENOSPC || errnoValue == EDQUOT || errnoValue == EFBIG)
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

} // namespace hipc
