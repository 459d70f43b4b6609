//===- Tensor.h - Element types and strided views ---------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_BASE_TENSOR_H
#define HIPC_RUNTIME_BASE_TENSOR_H

#include "runtime/base/Status.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <span>

namespace hipc {

/// Element types. The values are part of the package format: add at the end.
enum class DType : uint8_t {
  F32,
  F16,
  BF16,
  I1,
  I8,
  I32,
  I64,
  F8E4M3,
  F8E5M2,
  Index,
  F64,
  I16,
};
constexpr unsigned kDTypeCount = static_cast<unsigned>(DType::I16) + 1;

/// The name as MLIR spells the type, such as "bf16" or "f8E4M3FN".
std::string_view dtypeName(DType dtype);

/// The type for which dtypeName() returns `name`; nothing if there is none.
std::optional<DType> parseDType(std::string_view name);

/// The types that queries, keys and values may have, and their names, as in
/// "f16, bf16 or f32".
constexpr DType kAttended[] = {DType::F16, DType::BF16, DType::F32};
bool isAttended(DType dtype);
std::string attendedNames();

/// Bytes of one element in memory; an i1 takes a whole byte.
int64_t dtypeBytes(DType dtype);

constexpr int64_t kMaxRank = 8;

/// Sizes or strides: a list of at most kMaxRank integers, held in place.
class Dims {
public:
  Dims() = default;
  Dims(std::initializer_list<int64_t> list)
      : Dims(std::span<const int64_t>(list.begin(), list.size())) {}
  explicit Dims(std::span<const int64_t> list) {
    for (int64_t value : list)
      push_back(value);
  }
  explicit Dims(int64_t count, int64_t value) {
    while (size() < count)
      push_back(value);
  }

  void push_back(int64_t value) {
    assert(count < kMaxRank && "more dimensions than kMaxRank");
    values[count++] = value;
  }

  int64_t size() const { return count; }
  bool empty() const { return count == 0; }
  int64_t &operator[](int64_t i) { return values[i]; }
  int64_t operator[](int64_t i) const { return values[i]; }
  const int64_t *begin() const { return values.data(); }
  const int64_t *end() const { return values.data() + count; }

  bool operator==(const Dims &other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

private:
  std::array<int64_t, kMaxRank> values = {};
  int64_t count = 0;
};

/// "[1, 32, 128]"
std::string toString(const Dims &dims);

/// A strided view; it owns nothing. Strides count elements.
struct Tensor {
  void *data = nullptr;
  DType dtype = DType::F32;
  Dims dims;
  Dims strides;

  int64_t rank() const { return dims.size(); }
  bool empty() const {
    return std::find(dims.begin(), dims.end(), 0) != dims.end();
  }
  /// True if the elements are in row-major order without gaps.
  bool contiguous() const;
};

/// Row-major strides of `dims`.
Dims rowMajorStrides(const Dims &dims);

/// A row-major view of `data`.
Tensor denseTensor(void *data, DType dtype, const Dims &dims);

/// Bytes of a row-major array; rejects negative sizes and overflow.
Expected<int64_t> denseBytes(DType dtype, const Dims &dims);

/// Bytes from the first to one past the last element of a view. Strides must
/// not be negative.
Expected<int64_t> extentBytes(const Tensor &tensor);

/// Copies element by element between views of equal dtype and dims that do not
/// overlap.
void copyTensor(const Tensor &from, const Tensor &to);

/// Memory and the view of it.
struct OwnedTensor {
  using Storage = std::unique_ptr<void, void (*)(void *)>;

  Storage storage = {nullptr, nullptr};
  Tensor view;

  /// A row-major tensor of zeros, aligned to kStorageAlignment.
  static Expected<OwnedTensor> zeros(DType dtype, const Dims &dims);
  /// The same with unspecified contents.
  static Expected<OwnedTensor> uninitialized(DType dtype, const Dims &dims);
};

constexpr int64_t kStorageAlignment = 64;

/// Memory from the heap, aligned to kStorageAlignment; `bytes` may be 0.
Expected<OwnedTensor::Storage> allocateBytes(int64_t bytes);

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_TENSOR_H
