//===- Arrays.cpp - Arrays from and to files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Arrays.h"

#include "runtime/npy/Npy.h"

using namespace hipc;

namespace hip_tool {

namespace {
// Dimensions of an array [B, heads, T, D].
constexpr int64_t kBatch = 0;
constexpr int64_t kHeads = 1;
constexpr int64_t kRows = 2;
constexpr int64_t kHeadSize = 3;

struct NamedArray {
  const std::string &path;
  const Tensor &tensor;
};
} // namespace

static Dims prependOne(const Dims &dims) {
  Dims result{1};
  for (int64_t size : dims)
    result.push_back(size);
  return result;
}

static Expected<OwnedTensor> readArray(const std::string &path,
                                       bool &hadBatch) {
  Expected<OwnedTensor> array = readNpy(path);
  if (!array)
    return array.status();
  Tensor &view = array->view;
  if (view.rank() != 3 && view.rank() != 4)
    return error(Code::Invalid, path, ": has rank ", view.rank(), " and shape ",
                 toString(view.dims),
                 ", but attention takes [heads, T, D] or [B, heads, T, D] "
                 "(S24)");
  hadBatch = view.rank() == 4;
  if (!hadBatch)
    view = denseTensor(view.data, view.dtype, prependOne(view.dims));
  return array;
}

static Status checkSame(const NamedArray &array, const NamedArray &other,
                        int64_t dim, std::string_view what) {
  int64_t size = array.tensor.dims[dim], expected = other.tensor.dims[dim];
  if (size == expected)
    return {};
  return error(Code::Invalid, array.path, ": has ", what, " ", size, ", but ",
               other.path, " has ", expected, "; pass arrays that agree (S24)");
}

static Status checkSameType(const NamedArray &array, const NamedArray &other) {
  if (array.tensor.dtype == other.tensor.dtype)
    return {};
  return error(Code::Invalid, array.path, ": has element type ",
               dtypeName(array.tensor.dtype), ", but ", other.path, " has ",
               dtypeName(other.tensor.dtype), "; convert one (S24)");
}

static Status checkFloat(const NamedArray &array) {
  DType dtype = array.tensor.dtype;
  if (isAttended(dtype))
    return {};
  return error(Code::Invalid, array.path, ": has element type ",
               dtypeName(dtype), ", but attention takes ", attendedNames(),
               "; convert it (S24)");
}

static Status checkHeads(const NamedArray &query, const NamedArray &key) {
  int64_t queryHeads = query.tensor.dims[kHeads];
  int64_t keyHeads = key.tensor.dims[kHeads];
  if (keyHeads > 0 && queryHeads % keyHeads == 0)
    return {};
  return error(Code::Invalid, query.path, ": has ", queryHeads,
               " heads, which is not a multiple of the ", keyHeads, " of ",
               key.path, " (S24)");
}

/// Offsets tell the entries of a packed array apart.
static Status checkPacked(const NamedArray &array) {
  int64_t batch = array.tensor.dims[kBatch];
  if (batch == 1)
    return {};
  return error(Code::Invalid, array.path, ": has batch ", batch,
               ", but offsets say whose rows it has; pass [heads, T, D] or "
               "[1, heads, T, D] (S24)");
}

static Status checkBatches(const NamedArray &query, const NamedArray &key,
                           const NamedArray &value, PackedArrays packed) {
  HIPC_RETURN_IF_ERROR(checkSame(value, key, kBatch, "batch"));
  if (packed.query)
    HIPC_RETURN_IF_ERROR(checkPacked(query));
  if (packed.keys)
    return checkPacked(key);
  return packed.query ? Status() : checkSame(key, query, kBatch, "batch");
}

static Status checkTogether(const NamedArray &query, const NamedArray &key,
                            const NamedArray &value, PackedArrays packed) {
  for (const NamedArray *array : {&query, &key, &value})
    HIPC_RETURN_IF_ERROR(checkFloat(*array));
  HIPC_RETURN_IF_ERROR(checkSameType(key, query));
  HIPC_RETURN_IF_ERROR(checkSameType(value, query));
  HIPC_RETURN_IF_ERROR(checkBatches(query, key, value, packed));
  HIPC_RETURN_IF_ERROR(checkHeads(query, key));
  HIPC_RETURN_IF_ERROR(checkSame(key, query, kHeadSize, "head size"));
  HIPC_RETURN_IF_ERROR(checkSame(value, key, kHeads, "number of heads"));
  return checkSame(value, key, kRows, "number of keys");
}

Expected<AttentionArrays> readArrays(const ArrayFiles &files,
                                     PackedArrays packed) {
  AttentionArrays arrays;
  const std::string *paths[] = {&files.query, &files.key, &files.value};
  OwnedTensor *targets[] = {&arrays.query, &arrays.key, &arrays.value};
  for (int i = 0; i < 3; ++i) {
    bool hadBatch = true;
    Expected<OwnedTensor> array = readArray(*paths[i], hadBatch);
    if (!array)
      return array.status();
    bool isAlike = packed.query == packed.keys;
    if (i > 0 && isAlike && hadBatch != arrays.hadBatch)
      return error(Code::Invalid, *paths[i], ": has rank ", hadBatch ? 4 : 3,
                   ", but ", *paths[0], " has rank ", hadBatch ? 3 : 4,
                   "; pass all with a batch or all without (S24)");
    if (i == 0)
      arrays.hadBatch = hadBatch;
    *targets[i] = std::move(*array);
  }
  HIPC_RETURN_IF_ERROR(checkTogether({files.query, arrays.query.view},
                                     {files.key, arrays.key.view},
                                     {files.value, arrays.value.view}, packed));
  return arrays;
}

TensorSpec anyLength(const Tensor &array) {
  TensorSpec spec{"", array.dtype, {array.dims.begin(), array.dims.end()}};
  spec.dims[kRows] = kDynamic;
  return spec;
}

Tensor withoutBatch(Tensor tensor) {
  assert(tensor.dims[0] == 1 && "a batch of several entries");
  auto tail = [](const Dims &dims) {
    return Dims(std::span(dims.begin() + 1, dims.end()));
  };
  tensor.dims = tail(tensor.dims);
  tensor.strides = tail(tensor.strides);
  return tensor;
}

void clearPastCounts(const Tensor &blocks, const Tensor &counts) {
  assert(blocks.contiguous() && counts.contiguous() && "results are dense");
  auto *entry = static_cast<int32_t *>(blocks.data);
  auto *count = static_cast<const int32_t *>(counts.data);
  int64_t width = blocks.dims[blocks.rank() - 1];
  int64_t lists = 1;
  for (int64_t size : counts.dims)
    lists *= size;
  for (int64_t list = 0; list < lists; ++list, entry += width)
    std::fill(entry + std::min<int64_t>(count[list], width), entry + width, 0);
}

} // namespace hip_tool
