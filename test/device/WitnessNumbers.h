//===- WitnessNumbers.h - Small integers as arrays --------------*- C++ -*-===//

#ifndef HIPC_TEST_DEVICE_WITNESSNUMBERS_H
#define HIPC_TEST_DEVICE_WITNESSNUMBERS_H

#include "runtime/base/Tensor.h"

#include <bit>
#include <cstdio>

namespace hipc::test {

/// A whole number that f16 and bf16 have: up to 256.
inline uint16_t toHalf(DType dtype, int64_t value) {
  auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  if (dtype == DType::BF16)
    return static_cast<uint16_t>(bits >> 16);
  if (value == 0)
    return 0;
  constexpr uint32_t kBiases = 127 - 15;
  uint32_t exponent = (bits >> 23 & 255) - kBiases;
  return static_cast<uint16_t>(bits >> 31 << 15 | exponent << 10 |
                               (bits >> 13 & 1023));
}

/// A float as it is, whole or not.
inline std::string spell(float value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", static_cast<double>(value));
  return text;
}

/// number(head, row, column) of each element.
template <typename Number>
OwnedTensor matrices(DType dtype, int64_t heads, int64_t rows, int64_t columns,
                     Number number) {
  OwnedTensor made =
      std::move(*OwnedTensor::zeros(dtype, {1, heads, rows, columns}));
  auto *to = static_cast<uint16_t *>(made.view.data);
  for (int64_t head = 0; head < heads; ++head)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        *to++ = toHalf(dtype, number(head, row, column));
  return made;
}

} // namespace hipc::test

#endif // HIPC_TEST_DEVICE_WITNESSNUMBERS_H
