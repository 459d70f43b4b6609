#include "runtime/base/ByteStream.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/File.h"
#include "runtime/package/Fields.h"

namespace hipc {

namespace {
class Decoder {
public:
  explicit Decoder(std::string_view bytes) : in(bytes) {}

  template <typename T> void get(T &value) {
    if constexpr (Record<T>)
      std::apply([&](auto &...field) { (get(field), ...); }, fields(value));
    else
      in.read(value);
  }
  void get(Expr &expr) {
    std::vector<ExprCode> code;
    get(code);
    expr = Expr(std::move(code));
  }
  void get(Step &step) {
    uint8_t index = 0;
    in.read(index);
    if (index == 0)
      get(step.emplace<KernelStep>());
    else if (index == 1)
      get(step.emplace<CopyStep>());
    else if (index == 2)
      get(step.emplace<LoopStep>());
    else
      in.fail();
  }
  template <typename T> void get(std::shared_ptr<const T> &record) {
    bool there = false;
    in.read(there);
    record = nullptr;
    if (!there)
      return;
    auto read = std::make_shared<T>();
    get(*read);
    record = std::move(read);
  }
  template <typename T> void get(std::vector<T> &list) {
    // Grows item by item: a lying count stops at the end of the bytes.
    uint64_t count = in.readCount(/*itemBytes=*/1);
    list.clear();
    for (uint64_t i = 0; i < count && in.ok(); ++i)
      get(list.emplace_back());
  }
  template <typename T, size_t N> void get(std::array<T, N> &list) {
    for (T &item : list)
      get(item);
  }

  ByteReader in;
};

/// Checks everything around the fields and returns their bytes.
Expected<std::string_view> unwrap(std::string_view bytes) {
  if (bytes.size() < kPackageHeaderBytes + kPackageChecksumBytes ||
      bytes.substr(0, kPackageMagic.size()) != kPackageMagic)
    return error(Code::Corrupt, "not a package: it has ", bytes.size(),
                 " bytes and does not start with a package header");
  ByteReader header(bytes.substr(kPackageMagic.size()));
  uint32_t version = 0;
  uint64_t size = 0;
  header.read(version);
  header.read(size);
  if (version != kPackageFormatVersion)
    return error(Code::Unsupported, "package format version ", version,
                 ", but this runtime reads version ", kPackageFormatVersion,
                 "; compile the program again");
  if (size != bytes.size())
    return error(Code::Corrupt, "package of ", size, " bytes has ",
                 bytes.size(), " bytes; it was cut or extended");
  size_t checked = bytes.size() - kPackageChecksumBytes;
  uint64_t stored = 0;
  ByteReader(bytes.substr(checked)).read(stored);
  if (crc64(bytes.substr(0, checked)) != stored)
    return error(Code::Corrupt, "package checksum does not match its ",
                 bytes.size(), " bytes; compile the program again");
  return bytes.substr(kPackageHeaderBytes, checked - kPackageHeaderBytes);
}
} // namespace

bool isPackage(std::string_view bytes) {
  return bytes.starts_with(kPackageMagic);
}

Expected<Package> readPackage(std::string_view bytes) {
  Expected<std::string_view> body = unwrap(bytes);
  if (!body)
    return body.status();
  Decoder decoder(*body);
  Package package;
  decoder.get(package);
  if (!decoder.in.ok() || !decoder.in.atEnd())
    return error(Code::Corrupt, "package fields do not fill its ", bytes.size(),
                 " bytes");
  if (Status status = verify(package); !status.ok())
    return error(Code::Corrupt, "package: ", status.message());
  return package;
}

Expected<Package> loadPackage(const std::string &path) {
  Expected<std::string> bytes = readFile(path);
  if (!bytes)
    return bytes.status();
  Expected<Package> package = readPackage(*bytes);
  if (!package)
    return error(package.status().code(), path, ": ",
                 package.status().message());
  return package;
}

} // namespace hipc
