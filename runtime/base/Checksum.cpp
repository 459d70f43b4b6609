#include "runtime/base/Checksum.h"

#include <array>

namespace hipc {

namespace {
// The ECMA-182 polynomial, bits reversed.
constexpr uint64_t kPolynomial = 0xC96C5795D7870F42;

constexpr std::array<uint64_t, 256> makeTable() {
  std::array<uint64_t, 256> table = {};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ (remainder & 1 ? kPolynomial : 0);
    table[byte] = remainder;
  }
  return table;
}

constexpr std::array<uint64_t, 256> kTable = makeTable();
} // namespace

uint64_t crc64(std::string_view bytes) {
  uint64_t remainder = ~uint64_t{0};
  for (char byte : bytes)
    remainder = kTable[(remainder ^ static_cast<uint8_t>(byte)) & 0xff] ^
                (remainder >> 8);
  return ~remainder;
}

} // namespace hipc
