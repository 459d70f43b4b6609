//===- ByteStream.h - Bounds-checked binary fields --------------*- C++ -*-===//
//
// Integers are little-endian and of fixed width, strings and lists carry a
// 64-bit count in front.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_BASE_BYTESTREAM_H
#define HIPC_RUNTIME_BASE_BYTESTREAM_H

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace hipc {

static_assert(std::endian::native == std::endian::little,
              "byte order of the package format");

class ByteWriter {
public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void write(T value) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
  }
  void write(std::string_view text) {
    write(uint64_t{text.size()});
    bytes += text;
  }

  std::string bytes;
};

/// After a failed read every further read gives zeros and empty strings, so
/// that a caller may read a whole record and ask ok() once.
class ByteReader {
public:
  explicit ByteReader(std::string_view bytes) : rest(bytes) {}

  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void read(T &value) {
    value = T{};
    std::string_view field = take(sizeof(T));
    if (field.size() == sizeof(T))
      std::memcpy(&value, field.data(), field.size());
  }
  /// A byte that is neither 0 nor 1 is a failed read.
  void read(bool &value) {
    uint8_t byte = 0;
    read(byte);
    value = byte == 1;
    if (byte > 1)
      fail();
  }
  void read(std::string &text) {
    uint64_t size = 0;
    read(size);
    text = take(size);
  }

  /// The count of a list whose items take at least `itemBytes` each. A count
  /// that the remaining bytes cannot hold is an error, so that no allocation
  /// exceeds a small multiple of the input.
  uint64_t readCount(uint64_t itemBytes) {
    uint64_t count = 0;
    read(count);
    if (count <= rest.size() / itemBytes)
      return count;
    fail();
    return 0;
  }

  void fail() {
    good = false;
    rest = {};
  }
  bool ok() const { return good; }
  bool atEnd() const { return rest.empty(); }

private:
  std::string_view take(uint64_t size) {
    if (size > rest.size()) {
      fail();
      return {};
    }
    std::string_view field = rest.substr(0, size);
    rest.remove_prefix(size);
    return field;
  }

  std::string_view rest;
  bool good = true;
};

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_BYTESTREAM_H
