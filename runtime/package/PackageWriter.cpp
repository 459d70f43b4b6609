#include "runtime/base/ByteStream.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/File.h"
#include "runtime/package/Fields.h"

namespace hipc {

namespace {
class Encoder {
public:
  template <typename T> void put(const T &value) {
    if constexpr (Record<T>)
      std::apply([&](const auto &...field) { (put(field), ...); },
                 fields(value));
    else
      out.write(value);
  }
  void put(const Expr &expr) { put(expr.code()); }
  void put(const Step &step) {
    out.write(static_cast<uint8_t>(step.index()));
    std::visit([&](const auto &record) { put(record); }, step);
  }
  template <typename T> void put(const std::shared_ptr<const T> &record) {
    out.write(record != nullptr);
    if (record)
      put(*record);
  }
  template <typename T> void put(const std::vector<T> &list) {
    out.write(uint64_t{list.size()});
    for (const T &item : list)
      put(item);
  }
  template <typename T, size_t N> void put(const std::array<T, N> &list) {
    for (const T &item : list)
      put(item);
  }

  ByteWriter out;
};
} // namespace

std::string writePackage(const Package &package) {
  Encoder body;
  body.put(package);

  ByteWriter whole;
  whole.bytes = kPackageMagic;
  whole.write(kPackageFormatVersion);
  whole.write(uint64_t{kPackageHeaderBytes + body.out.bytes.size() +
                       kPackageChecksumBytes});
  whole.bytes += body.out.bytes;
  whole.write(crc64(whole.bytes));
  return std::move(whole.bytes);
}

Status savePackage(const Package &package, const std::string &path) {
  std::string bytes = writePackage(package);
  return writeFile(path, {bytes});
}

} // namespace hipc
