#include "runtime/base/File.h"
#include "runtime/npy/Npy.h"
#include "runtime/npy/NpyHeader.h"

#include <sys/stat.h>

namespace hipc {

namespace {
/// Far above any real header; bounds what a damaged length can ask for.
constexpr int64_t kMostHeaderBytes = 1 << 20;

class Reader {
public:
  Reader(const FileDescriptor &file, const std::string &path)
      : file(file), path(path) {}

  Expected<OwnedTensor> read() {
    Expected<std::string> text = readHeaderText();
    if (!text)
      return text.status();
    Expected<NpyHeader> header = parseNpyHeader(*text);
    if (!header)
      return error(header.status().code(), path, ": ",
                   header.status().message());
    Expected<int64_t> bytes = denseBytes(header->dtype, header->dims);
    if (!bytes)
      return error(bytes.status().code(), path, ": ", bytes.status().message());
    // Before the allocation: a damaged shape must not ask for all memory.
    HIPC_RETURN_IF_ERROR(checkFileSize(*header, *bytes));
    Expected<OwnedTensor> tensor =
        OwnedTensor::uninitialized(header->dtype, header->dims);
    if (!tensor)
      return error(tensor.status().code(), path, ": ",
                   tensor.status().message());
    HIPC_RETURN_IF_ERROR(readData(*header, tensor->view.data, *bytes));
    return tensor;
  }

private:
  Status truncated(std::string_view what, int64_t wanted, int64_t got) const {
    return error(Code::Corrupt, path, ": truncated: ", what, " takes ", wanted,
                 " bytes, but the file has ", got);
  }

  Status readExactly(std::string_view what, std::string &bytes) {
    Expected<int64_t> got = readUpTo(file, path, bytes.data(), bytes.size());
    if (!got)
      return got.status();
    if (*got < static_cast<int64_t>(bytes.size()))
      return truncated(what, bytes.size(), *got);
    offset += *got;
    return {};
  }

  /// Version 1 has a length of 2 bytes, versions 2 and 3 one of 4.
  Expected<std::string> readHeaderText() {
    std::string preamble(kNpyPreambleBytes, '\0');
    Status status = readExactly("its preamble", preamble);
    if (status.ok() && !preamble.starts_with(kNpyMagic))
      return error(Code::Corrupt, path, ": not a .npy file (wrong magic)");
    HIPC_RETURN_IF_ERROR(status);
    int version = static_cast<uint8_t>(preamble[kNpyMagic.size()]);
    if (version < 1 || version > 3)
      return error(Code::Unsupported, path, ": .npy format version ", version,
                   ", but versions 1 to 3 are known");
    std::string field(version == 1 ? 2 : 4, '\0');
    HIPC_RETURN_IF_ERROR(readExactly("its header length", field));
    int64_t length = 0;
    for (size_t i = 0; i < field.size(); ++i)
      length |= int64_t{static_cast<uint8_t>(field[i])} << (8 * i);
    if (length > kMostHeaderBytes)
      return error(Code::Corrupt, path, ": the header of ", length,
                   " bytes is longer than ", kMostHeaderBytes);
    std::string text(length, '\0');
    HIPC_RETURN_IF_ERROR(readExactly("its header", text));
    return text;
  }

  std::string dataText(const NpyHeader &header) const {
    return join("data of shape ", toString(header.dims), " and type ",
                dtypeName(header.dtype));
  }

  Status trailing(const NpyHeader &header, int64_t wanted,
                  std::string_view got) const {
    return error(Code::Corrupt, path, ": trailing bytes: ", dataText(header),
                 " takes ", wanted, " bytes, but the file has ", got);
  }

  Status checkFileSize(const NpyHeader &header, int64_t wanted) const {
    struct stat info = {};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
      return {}; // A pipe has no size; reading finds out.
    int64_t got = std::max<int64_t>(info.st_size - offset, 0);
    if (got < wanted)
      return truncated(dataText(header), wanted, got);
    if (got > wanted)
      return trailing(header, wanted, join(got));
    return {};
  }

  Status readData(const NpyHeader &header, void *data, int64_t wanted) {
    Expected<int64_t> got = readUpTo(file, path, data, wanted);
    if (!got)
      return got.status();
    if (*got < wanted)
      return truncated(dataText(header), wanted, *got);
    char extra = 0;
    Expected<int64_t> more = readUpTo(file, path, &extra, 1);
    if (!more)
      return more.status();
    return *more ? trailing(header, wanted, "more") : Status();
  }

  const FileDescriptor &file;
  const std::string &path;
  int64_t offset = 0;
};
} // namespace

Expected<OwnedTensor> readNpy(const std::string &path) {
  Expected<FileDescriptor> file = openForReading(path);
  if (!file)
    return file.status();
  return Reader(*file, path).read();
}

} // namespace hipc
