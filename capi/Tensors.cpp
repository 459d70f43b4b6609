//===- Tensors.cpp - Tensors of DLPack as ours
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Tensors.h"

namespace hipc::capi {

constexpr int32_t kCpu = 1, kCuda = 2; // DLDeviceType

// As a DLDataType.
hipc_dtype dtypeOf(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return {2, 32, 1};
  case DType::F16:
    return {2, 16, 1};
  case DType::BF16:
    return {4, 16, 1};
  case DType::I1:
    return {6, 8, 1};
  case DType::I8:
    return {0, 8, 1};
  case DType::I16:
    return {0, 16, 1};
  case DType::I32:
    return {0, 32, 1};
  case DType::I64:
  case DType::Index:
    return {0, 64, 1};
  case DType::F64:
    return {2, 64, 1};
  case DType::F8E4M3:
    return {10, 8, 1};
  case DType::F8E5M2:
    return {12, 8, 1};
  }
  return {};
}

/// The first of those that are written so: an i64 is no index.
std::optional<DType> dtypeOf(hipc_dtype dtype) {
  for (unsigned i = 0; i < kDTypeCount; ++i) {
    hipc_dtype code = dtypeOf(static_cast<DType>(i));
    if (code.code == dtype.code && code.bits == dtype.bits &&
        code.lanes == dtype.lanes)
      return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::string spell(hipc_dtype dtype) {
  if (std::optional<DType> known = dtypeOf(dtype))
    return std::string(dtypeName(*known));
  return join("(code ", dtype.code, ", bits ", dtype.bits, ", lanes ",
              dtype.lanes, ")");
}

static std::string spell(hipc_device device) {
  if (device.type == kCpu)
    return "the CPU";
  return join(device.type == kCuda ? "CUDA device "
                                   : join("device type ", device.type, " "),
              device.id);
}

static Status checkFields(const hipc_tensor &tensor, bool typeKnown,
                          hipc_device device, bool number) {
  bool here = tensor.device.type == device.type &&
              (device.type == kCpu || tensor.device.id == device.id);
  if (!here && number)
    return error(Code::Invalid, "is on ", spell(tensor.device),
                 ", but it is a number, which calls read from memory of the "
                 "CPU; pass it there (S24)");
  if (!here)
    return error(Code::Invalid, "is on ", spell(tensor.device),
                 ", but the program runs on ", spell(device),
                 "; copy it there (S24)");
  if (!typeKnown)
    return error(Code::Invalid, "has element type ", spell(tensor.dtype),
                 ", which no program takes; convert it (S24)");
  if (tensor.ndim < 0 || tensor.ndim > kMaxRank)
    return error(Code::Invalid, "has ", tensor.ndim,
                 " dimensions, but there are 0 to ", kMaxRank, " (S24)");
  if (tensor.ndim > 0 && !tensor.shape)
    return error(Code::Invalid, "has ", tensor.ndim,
                 " dimensions, but its shape is null (S24)");
  return {};
}

/// Whether `read` is of a tensor that differs in its address at most; it was
/// checked then.
static bool sameForm(const hipc_tensor &tensor, DType dtype,
                     const Tensor &read) {
  size_t rank = tensor.ndim;
  auto are = [rank](const int64_t *list, const Dims &dims) {
    return std::equal(dims.begin(), dims.end(), list, list + rank);
  };
  return read.dtype == dtype && are(tensor.shape, read.dims) &&
         (tensor.strides ? are(tensor.strides, read.strides)
                         : read.strides == rowMajorStrides(read.dims));
}

static Status readForm(const hipc_tensor &tensor, DType dtype, Tensor &read) {
  size_t rank = tensor.ndim;
  Dims dims(std::span<const int64_t>(tensor.shape, rank));
  // Refuses sizes whose strides do not fit as well.
  Expected<int64_t> bytes = denseBytes(dtype, dims);
  if (!bytes)
    return bytes.status();
  read.dtype = dtype;
  read.dims = dims;
  read.strides = tensor.strides
                     ? Dims(std::span<const int64_t>(tensor.strides, rank))
                     : rowMajorStrides(dims);
  return {};
}

static Status readTensor(const hipc_tensor &tensor, hipc_device device,
                         bool number, Tensor &read) {
  std::optional<DType> dtype = dtypeOf(tensor.dtype);
  HIPC_RETURN_IF_ERROR(checkFields(tensor, dtype.has_value(), device, number));
  if (!sameForm(tensor, *dtype, read))
    HIPC_RETURN_IF_ERROR(readForm(tensor, *dtype, read));
  auto address = reinterpret_cast<uintptr_t>(tensor.data);
  if (tensor.data &&
      __builtin_add_overflow(address, tensor.byte_offset, &address))
    return error(Code::Invalid, "has byte_offset ", tensor.byte_offset,
                 ", which is past the end of memory from its data at ",
                 reinterpret_cast<uintptr_t>(tensor.data),
                 "; count bytes from there (S24)");
  read.data = reinterpret_cast<void *>(address);
  return {};
}

Status readTensors(const hipc_tensor *const *tensors, int32_t count,
                   std::string_view role, hipc_device device,
                   std::vector<Tensor> &read,
                   std::span<const TensorSpec> specs) {
  if (count < 0)
    return error(Code::Invalid, "the call passes ", count, " ", role, "s");
  if (count > 0 && !tensors)
    return error(Code::Invalid, "the call passes ", count, " ", role,
                 "s, but their array is null");
  read.resize(count);
  for (int32_t i = 0; i < count; ++i) {
    bool number = size_t(i) < specs.size() && specs[i].number;
    hipc_device where = number ? hipc_device{kCpu, 0} : device;
    Status status = tensors[i] ? readTensor(*tensors[i], where, number, read[i])
                               : Status(Code::Invalid, "is a null pointer");
    if (!status.ok())
      return error(status.code(), role, " ", i, " ", status.message());
  }
  return {};
}

} // namespace hipc::capi
