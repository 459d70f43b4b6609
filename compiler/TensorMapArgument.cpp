//===- TensorMapArgument.cpp - An array that a kernel copies by TMA
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/TensorMapArgument.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace hipc {

/// The last part of an error.
constexpr std::string_view kInstead =
    "; compile with engine = cp_async in #hip.schedule";

static std::optional<DType> elementOf(MemRefType type) {
  Type element = type.getElementType();
  if (element.isF16())
    return DType::F16;
  if (element.isBF16())
    return DType::BF16;
  return element.isF32() ? std::optional(DType::F32) : std::nullopt;
}

static Status checkArray(MemRefType type, ArrayRef<Expr> strides) {
  std::string spelled;
  llvm::raw_string_ostream(spelled) << type;
  if (!elementOf(type))
    return error(Code::Unsupported,
                 "a copy by TMA takes f16, bf16 or f32, not ", spelled,
                 kInstead);
  int64_t rank = type.getRank();
  if (rank < 1 || rank > int64_t(kMaxTensorMapRank))
    return error(Code::Unsupported, "a copy by TMA takes arrays of rank 1 to ",
                 kMaxTensorMapRank, ", not ", spelled, kInstead);
  if (strides.back().constant() != 1)
    return error(Code::Unsupported,
                 "a copy by TMA takes rows without gaps, but the innermost "
                 "stride of ",
                 spelled, " is ", strides.back().text(), kInstead);
  return {};
}

static Status checkBox(ArrayRef<int64_t> box, size_t rank) {
  if (box.size() > rank)
    return error(Code::Invalid, "a box has rank ", box.size(),
                 ", but its array has ", rank);
  for (int64_t size : box)
    if (size < 1 || size > int64_t(kMaxBoxSize))
      return error(Code::Invalid, "a box has ", size,
                   " elements on an axis, but it has to be 1 to ", kMaxBoxSize);
  return {};
}

Expected<Argument> tensorMapArgument(BufferRef buffer, MemRefType type,
                                     const Expr &offset, ArrayRef<Expr> sizes,
                                     ArrayRef<Expr> strides,
                                     ArrayRef<int64_t> box, uint32_t swizzle) {
  HIPC_RETURN_IF_ERROR(checkArray(type, strides));
  HIPC_RETURN_IF_ERROR(checkBox(box, sizes.size()));
  TensorMapSpec map;
  map.element = *elementOf(type);
  map.swizzle = swizzle;
  Expr bytes = dtypeBytes(map.element);
  map.sizes.assign(sizes.rbegin(), sizes.rend());
  for (const Expr &stride : llvm::reverse(strides.drop_back()))
    map.strides.push_back(stride * bytes);
  map.box.assign(box.rbegin(), box.rend());
  map.box.resize(sizes.size(), 1);
  return Argument::tensorMap(buffer, offset * bytes, std::move(map));
}

} // namespace hipc
