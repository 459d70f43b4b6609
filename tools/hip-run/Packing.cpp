//===- Packing.cpp - Entries of several lengths in one array
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Packing.h"

#include "runtime/npy/Npy.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using llvm::StringRef;
using namespace hipc;
using namespace hip_tool;

namespace hip_run {

namespace {
constexpr int64_t kBatch = 0, kRows = 2;

/// Offsets that a flag names, of the rows of an array.
struct Offsets {
  std::string_view flag;
  const std::string &text, &array;
  int64_t rows;
};
} // namespace

bool isOffsetsFile(StringRef offsets) { return offsets.ends_with(".npy"); }

static Expected<std::vector<int64_t>> readFile(const Offsets &given) {
  Expected<OwnedTensor> read = readNpy(given.text);
  if (!read)
    return read.status();
  const Tensor &view = read->view;
  if (view.rank() != 1 ||
      (view.dtype != DType::I32 && view.dtype != DType::I64))
    return error(Code::Invalid, given.text, ": has element type ",
                 dtypeName(view.dtype), " and shape ", toString(view.dims),
                 ", but --", given.flag, " takes i32 or i64 [B + 1] (S24)");
  std::vector<int64_t> numbers(view.dims[0]);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = view.dtype == DType::I32
                     ? static_cast<const int32_t *>(view.data)[i]
                     : static_cast<const int64_t *>(view.data)[i];
  return numbers;
}

static Expected<std::vector<int64_t>> readList(const Offsets &given) {
  llvm::SmallVector<StringRef> words;
  StringRef(given.text).split(words, ',');
  std::vector<int64_t> numbers(words.size());
  for (size_t i = 0; i < words.size(); ++i)
    if (!llvm::to_integer(words[i].trim(), numbers[i], 10))
      return error(Code::Invalid, "--", given.flag, " ", given.text, ": '",
                   std::string_view(words[i]),
                   "' is not a whole number; give numbers such as 0,5,57, or a "
                   ".npy file");
  return numbers;
}

/// Every row of an array is that of an entry.
static Status checkOffsets(const Offsets &given,
                           const std::vector<int64_t> &numbers) {
  auto wrong = [&](const auto &...words) {
    return error(Code::Invalid, "--", given.flag, " ", given.text, ": ",
                 words...,
                 "; give where each entry begins, ascending from 0, "
                 "and finally the ",
                 given.rows, " rows of ", given.array, " (S1b)");
  };
  if (numbers.empty() || numbers.front() != 0)
    return wrong(numbers.empty() ? "has no number"
                                 : join("begins with ", numbers.front()));
  for (size_t i = 1; i < numbers.size(); ++i)
    if (numbers[i] < numbers[i - 1])
      return wrong(numbers[i], " comes after ", numbers[i - 1]);
  if (numbers.back() != given.rows)
    return wrong("ends with ", numbers.back());
  return {};
}

/// i32 [B + 1]; arrays have rows whose numbers are i32 (S5).
static Expected<OwnedTensor> readOffsets(const Offsets &given) {
  Expected<std::vector<int64_t>> numbers =
      isOffsetsFile(given.text) ? readFile(given) : readList(given);
  if (!numbers)
    return numbers.status();
  HIPC_RETURN_IF_ERROR(checkOffsets(given, *numbers));
  Expected<OwnedTensor> made =
      OwnedTensor::zeros(DType::I32, {int64_t(numbers->size())});
  if (made)
    std::copy(numbers->begin(), numbers->end(),
              static_cast<int32_t *>(made->view.data));
  return made;
}

static int64_t entriesOf(const Tensor &offsets) { return offsets.dims[0] - 1; }

/// An array without numbers, whose size is the most rows of an entry.
static Expected<OwnedTensor> mostRows(const Tensor &offsets) {
  auto *numbers = static_cast<const int32_t *>(offsets.data);
  int64_t most = 0;
  for (int64_t b = 0; b < entriesOf(offsets); ++b)
    most = std::max<int64_t>(most, numbers[b + 1] - numbers[b]);
  return OwnedTensor::zeros(DType::I32, {most, 0});
}

/// [1, heads, T, D] as [T, heads, D].
static Status putRowsFirst(OwnedTensor &array) {
  const Tensor &from = array.view;
  Expected<OwnedTensor> made = OwnedTensor::uninitialized(
      from.dtype, {from.dims[2], from.dims[1], from.dims[3]});
  if (!made)
    return made.status();
  copyTensor({from.data,
              from.dtype,
              made->view.dims,
              {from.strides[2], from.strides[1], from.strides[3]}},
             made->view);
  array = std::move(*made);
  return {};
}

static Status packKeys(AttentionArrays &arrays, AttentionProgram &program) {
  program.storage = KvStorage::Ragged;
  for (auto [array, spec] : {std::pair(&arrays.key, &program.key),
                             {&arrays.value, &program.value}}) {
    HIPC_RETURN_IF_ERROR(putRowsFirst(*array));
    const Dims &dims = array->view.dims;
    spec->dims = {kDynamic, dims[1], dims[2]};
  }
  return {};
}

Expected<std::vector<OwnedTensor>> pack(const AttentionFiles &files,
                                        AttentionArrays &arrays,
                                        AttentionProgram &program) {
  std::vector<OwnedTensor> inputs;
  int64_t ofQueries = arrays.query.view.dims[kBatch],
          ofKeys = arrays.key.view.dims[kBatch];
  if (!files.keyOffsets.empty()) {
    Expected<OwnedTensor> offsets =
        readOffsets({"key-offsets", files.keyOffsets, files.key,
                     arrays.key.view.dims[kRows]});
    if (!offsets)
      return offsets.status();
    ofKeys = entriesOf(offsets->view);
    inputs.push_back(std::move(*offsets));
    HIPC_RETURN_IF_ERROR(packKeys(arrays, program));
  }
  if (!files.queryOffsets.empty()) {
    Expected<OwnedTensor> offsets =
        readOffsets({"query-offsets", files.queryOffsets, files.query,
                     arrays.query.view.dims[kRows]});
    if (!offsets)
      return offsets.status();
    ofQueries = entriesOf(offsets->view);
    Expected<OwnedTensor> most = mostRows(offsets->view);
    if (!most)
      return most.status();
    inputs.push_back(std::move(*offsets));
    inputs.push_back(std::move(*most));
    program.packsQueries = true;
  }
  if (ofQueries != ofKeys)
    return error(Code::Invalid, "queries are of ", ofQueries,
                 " batch entries, but keys of ", ofKeys,
                 "; pass arrays and offsets that agree (S24)");
  return inputs;
}

} // namespace hip_run
