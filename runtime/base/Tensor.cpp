#include "runtime/base/Tensor.h"

#include <cstdlib>
#include <cstring>

namespace hipc {

namespace {
struct DTypeInfo {
  std::string_view name;
  int64_t bytes;
};
// Indexed by DType.
constexpr std::array<DTypeInfo, kDTypeCount> kDTypes = {{
    {"f32", 4},
    {"f16", 2},
    {"bf16", 2},
    {"i1", 1},
    {"i8", 1},
    {"i32", 4},
    {"i64", 8},
    {"f8E4M3FN", 1},
    {"f8E5M2", 1},
    {"index", 8},
    {"f64", 8},
    {"i16", 2},
}};

const DTypeInfo &info(DType dtype) {
  return kDTypes[static_cast<unsigned>(dtype)];
}
} // namespace

std::string_view dtypeName(DType dtype) { return info(dtype).name; }

int64_t dtypeBytes(DType dtype) { return info(dtype).bytes; }

std::optional<DType> parseDType(std::string_view name) {
  for (unsigned i = 0; i < kDTypeCount; ++i)
    if (kDTypes[i].name == name)
      return static_cast<DType>(i);
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
