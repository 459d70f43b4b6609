//===- Widen.cpp - Rows of arrays as f32
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Widen.h"

#include <bit>

using namespace hipc;

namespace hip_tool {

/// Without branches, so that the compiler may use vectors.
static float widenHalf(uint16_t bits) {
  constexpr uint32_t kSign = 0x8000, kInfinite = 0x7c00;
  constexpr uint32_t kBiases = 112; // 127 - 15
  uint32_t magnitude = bits & ~kSign;
  // The product also makes subnormal numbers normal.
  float scaled = std::bit_cast<float>(magnitude << 13) *
                 std::bit_cast<float>((127 + kBiases) << 23);
  uint32_t special = magnitude >= kInfinite ? 0x7f800000 : 0;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | special |
                              (bits & kSign) << 16);
}

static float widenBrain(uint16_t bits) {
  return std::bit_cast<float>(uint32_t(bits) << 16);
}

void widenRow(const Tensor &array, int64_t batch, int64_t head, int64_t row,
              float *out) {
  int64_t size = array.dims[3];
  int64_t first = ((batch * array.dims[1] + head) * array.dims[2] + row) * size;
  if (array.dtype == DType::F32) {
    std::copy_n(static_cast<const float *>(array.data) + first, size, out);
    return;
  }
  auto *narrow = static_cast<const uint16_t *>(array.data) + first;
  if (array.dtype == DType::F16)
    std::transform(narrow, narrow + size, out, widenHalf);
  else
    std::transform(narrow, narrow + size, out, widenBrain);
}

} // namespace hip_tool
