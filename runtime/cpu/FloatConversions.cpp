//===- FloatConversions.cpp - Conversions that code may call
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/cpu/FloatConversions.h"

#include <bit>
#include <cstdint>

// Written on integers: a cast would call the functions that these stand for.
// Half-width floats travel in vector registers, hence the return types.

static __bf16 truncateToBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  bool nan = (bits & 0x7fffffff) > 0x7f800000;
  uint32_t roundUp = 0x7fff + ((bits >> 16) & 1);
  // A NaN stays one and becomes quiet.
  uint32_t rounded = nan ? bits | 0x00400000 : bits + roundUp;
  return std::bit_cast<__bf16>(static_cast<uint16_t>(rounded >> 16));
}

static __bf16 truncateDoubleToBf16(double value) {
  // Round to odd first, so that the second rounding sees what was lost.
  float narrow = static_cast<float>(value);
  uint32_t bits = std::bit_cast<uint32_t>(narrow);
  if (double back = narrow; back != value && back == back) {
    bool tooLarge = (back < 0 ? -back : back) > (value < 0 ? -value : value);
    bits = (tooLarge ? bits - 1 : bits) | 1;
  }
  return truncateToBf16(std::bit_cast<float>(bits));
}

extern "C" _Float16 __truncsfhf2(float);
extern "C" float __extendhfsf2(_Float16);

namespace hipc {

std::array<NamedAddress, 4> floatConversions() {
  return {{
      {"__truncsfbf2", reinterpret_cast<void *>(&truncateToBf16)},
      {"__truncdfbf2", reinterpret_cast<void *>(&truncateDoubleToBf16)},
      {"__truncsfhf2", reinterpret_cast<void *>(&__truncsfhf2)},
      {"__extendhfsf2", reinterpret_cast<void *>(&__extendhfsf2)},
  }};
}

} // namespace hipc
