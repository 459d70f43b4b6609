//===- Widen.cpp - Rows of arrays as f32
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Widen.h"

#include <bit>
#include <functional>

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
  auto widen = [&](auto element, auto convert) {
    auto *row = static_cast<const decltype(element) *>(array.data) + first;
    std::transform(row, row + size, out, convert);
  };
  switch (array.dtype) {
  case DType::F32:
    return widen(float(), std::identity());
  case DType::F16:
    return widen(uint16_t(), widenHalf);
  case DType::BF16:
    return widen(uint16_t(), widenBrain);
  case DType::I1:
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
  case DType::Index:
  case DType::F64:
  case DType::F8E4M3:
  case DType::F8E5M2:
    break;
  }
  assert(false && "attention takes none of these types");
}

} // namespace hip_tool
