#include "runtime/base/Tensor.h"

#include <cstdlib>
#include <cstring>

namespace hipc {

namespace {
struct DTypeInfo {
  std::string_view name;
  int64_t bytes;
};

constexpr DTypeInfo info(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return {"f32", 4};
  case DType::F16:
    return {"f16", 2};
  case DType::BF16:
    return {"bf16", 2};
  case DType::I1:
    return {"i1", 1};
  case DType::I8:
    return {"i8", 1};
  case DType::I32:
    return {"i32", 4};
  case DType::I64:
    return {"i64", 8};
  case DType::F8E4M3:
    return {"f8E4M3FN", 1};
  case DType::F8E5M2:
    return {"f8E5M2", 1};
  case DType::Index:
    return {"index", 8};
  case DType::F64:
    return {"f64", 8};
  case DType::I16:
    return {"i16", 2};
  }
  return {"unknown", 0};
}
} // namespace

std::string_view dtypeName(DType dtype) { return info(dtype).name; }

int64_t dtypeBytes(DType dtype) { return info(dtype).bytes; }

bool isAttended(DType dtype) {
  return std::ranges::find(kAttended, dtype) != std::end(kAttended);
}

std::string attendedNames() {
  std::string names;
  for (size_t i = 0; i < std::size(kAttended); ++i)
    names += join(i == 0                         ? ""
                  : i + 1 < std::size(kAttended) ? ", "
                                                 : " or ",
                  dtypeName(kAttended[i]));
  return names;
}

std::optional<DType> parseDType(std::string_view name) {
  for (unsigned i = 0; i < kDTypeCount; ++i)
    if (DType dtype = static_cast<DType>(i); info(dtype).name == name)
      return dtype;
  return std::nullopt;
}

std::string toString(const Dims &dims) {
  std::string text = "[";
  for (int64_t i = 0; i < dims.size(); ++i)
    text += join(i ? ", " : "", dims[i]);
  return text + "]";
}

Dims rowMajorStrides(const Dims &dims) {
  Dims strides(dims.size(), 1);
  for (int64_t i = dims.size() - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * std::max<int64_t>(dims[i + 1], 1);
  return strides;
}

Tensor denseTensor(void *data, DType dtype, const Dims &dims) {
  return Tensor{data, dtype, dims, rowMajorStrides(dims)};
}

bool Tensor::contiguous() const {
  if (empty())
    return true;
  Dims dense = rowMajorStrides(dims);
  for (int64_t i = 0; i < rank(); ++i)
    if (dims[i] != 1 && strides[i] != dense[i])
      return false;
  return true;
}

Expected<int64_t> denseBytes(DType dtype, const Dims &dims) {
  // Sizes of 0 count as 1 on the way, so that [0, huge, huge] is refused and
  // strides cannot overflow either.
  int64_t bytes = dtypeBytes(dtype);
  bool empty = false;
  for (int64_t size : dims) {
    if (size < 0)
      return error(Code::Invalid, "shape ", toString(dims),
                   " has a negative size");
    empty |= size == 0;
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes))
      return error(Code::Capacity, "shape ", toString(dims), " of ",
                   dtypeName(dtype), " needs more than 2^63 bytes");
  }
  return empty ? 0 : bytes;
}

Expected<int64_t> extentBytes(const Tensor &tensor) {
  if (tensor.empty())
    return 0;
  int64_t elements = 1;
  for (int64_t i = 0; i < tensor.rank(); ++i) {
    int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.dims[i] - 1, tensor.strides[i], &reach) ||
        __builtin_add_overflow(elements, reach, &elements))
      return error(Code::Invalid, "shape ", toString(tensor.dims),
                   " with strides ", toString(tensor.strides),
                   " reaches over more than 2^63 elements");
  }
  int64_t bytes = 0;
  if (__builtin_mul_overflow(elements, dtypeBytes(tensor.dtype), &bytes))
    return error(Code::Invalid, "shape ", toString(tensor.dims),
                 " with strides ", toString(tensor.strides),
                 " reaches over more than 2^63 bytes");
  return bytes;
}

namespace {
void copyAxis(const char *from, char *to, const Tensor &source,
              const Tensor &target, int64_t axis) {
  int64_t bytes = dtypeBytes(source.dtype);
  if (axis == source.rank()) {
    std::memcpy(to, from, bytes);
    return;
  }
  int64_t size = source.dims[axis];
  int64_t fromStep = source.strides[axis] * bytes;
  int64_t toStep = target.strides[axis] * bytes;
  if (axis == source.rank() - 1 && fromStep == bytes && toStep == bytes) {
    std::memcpy(to, from, size * bytes);
    return;
  }
  for (int64_t i = 0; i < size; ++i)
    copyAxis(from + i * fromStep, to + i * toStep, source, target, axis + 1);
}
} // namespace

void copyTensor(const Tensor &from, const Tensor &to) {
  assert(from.dtype == to.dtype && from.dims == to.dims &&
         "copy between different shapes or types");
  if (!from.empty())
    copyAxis(static_cast<const char *>(from.data), static_cast<char *>(to.data),
             from, to, 0);
}

Expected<OwnedTensor::Storage> allocateBytes(int64_t bytes) {
  int64_t rounded = 0;
  if (__builtin_add_overflow(bytes, kStorageAlignment, &rounded))
    return error(Code::Capacity, "cannot allocate ", bytes, " bytes");
  rounded -= rounded % kStorageAlignment;
  void *memory = std::aligned_alloc(kStorageAlignment, rounded);
  if (!memory)
    return error(Code::Capacity, "cannot allocate ", bytes, " bytes");
  return OwnedTensor::Storage(memory, std::free);
}

Expected<OwnedTensor> OwnedTensor::uninitialized(DType dtype,
                                                 const Dims &dims) {
  Expected<int64_t> bytes = denseBytes(dtype, dims);
  if (!bytes)
    return bytes.status();
  Expected<Storage> storage = allocateBytes(*bytes);
  if (!storage)
    return storage.status();
  Tensor view = denseTensor(storage->get(), dtype, dims);
  return OwnedTensor{std::move(*storage), view};
}

Expected<OwnedTensor> OwnedTensor::zeros(DType dtype, const Dims &dims) {
  Expected<OwnedTensor> tensor = uninitialized(dtype, dims);
  if (tensor)
    std::memset(tensor->view.data, 0, *denseBytes(dtype, dims));
  return tensor;
}

} // namespace hipc
