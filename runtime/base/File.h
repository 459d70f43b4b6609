//===- File.h - Whole files, written atomically -----------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_BASE_FILE_H
#define HIPC_RUNTIME_BASE_FILE_H

#include "runtime/base/Status.h"

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace hipc {

/// A file to be: its bytes are the joined `parts`.
struct FileContents {
  std::string path;
  std::vector<std::string_view> parts;
};

/// Writes all or none: each file under a temporary name in its folder first,
/// then all are renamed, so that readers see the old file or the whole new one.
/// On an error no new file is left. What is no regular file (a pipe, /dev/null)
/// is written in place.
Status writeFiles(std::span<const FileContents> files);

/// Writes one file in the same way.
Status writeFile(const std::string &path,
                 std::initializer_list<std::string_view> parts);

Expected<std::string> readFile(const std::string &path);

/// An open file descriptor that closes itself.
class FileDescriptor {
public:
  explicit FileDescriptor(int fd = -1) : fd(fd) {}
  FileDescriptor(FileDescriptor &&other) noexcept
      : fd(std::exchange(other.fd, -1)) {}
  FileDescriptor &operator=(FileDescriptor &&other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd; }

private:
  int fd;
};

/// Writes all of the parts; errno says why not. Beyond a limit of file sizes
/// that is EFBIG and no signal.
bool writeAll(const FileDescriptor &file,
              std::span<const std::string_view> parts);

Expected<FileDescriptor> openForReading(const std::string &path);

/// Reads until `size` bytes or the end of the file; gives the bytes read.
Expected<int64_t> readUpTo(const FileDescriptor &file, const std::string &path,
                           void *data, int64_t size);

/// "PATH: cannot ACTION: " and the text of `errnoValue`.
Status fileError(const std::string &path, std::string_view action,
                 int errnoValue);

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_FILE_H
