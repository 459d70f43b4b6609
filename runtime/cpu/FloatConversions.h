//===- FloatConversions.h - Conversions that code may call
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CPU_FLOATCONVERSIONS_H
#define HIPC_RUNTIME_CPU_FLOATCONVERSIONS_H

#include <array>

namespace hipc {

struct NamedAddress {
  const char *name;
  void *address;
};

/// The conversions between f32 and 16-bit floats that code generators call
/// where the processor has no instruction for them. They round to nearest even.
std::array<NamedAddress, 4> floatConversions();

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_FLOATCONVERSIONS_H
