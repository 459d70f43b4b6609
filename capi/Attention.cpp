//===- Attention.cpp - An attention descriptor as a program
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/Attention.h"

#include "capi/Errors.h"
#include "capi/Sized.h"
#include "capi/Tensors.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace hipc::capi {

static Status checkPositive(int64_t value, std::string_view name) {
  if (value > 0)
    return {};
  return error(Code::Invalid, "hipc_attention.", name, " is ", value,
               ", but the least is 1");
}

/// Positions are i32 (S5).
static Status checkKeys(int64_t value, std::string_view name) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  if (value >= 0 && value <= kMost)
    return {};
  return error(Code::Invalid, "hipc_attention.", name, " is ", value,
               ", but it has to be at least 0 and at most ", kMost);
}

static Status checkNumbers(const hipc_attention &a) {
  HIPC_RETURN_IF_ERROR(checkPositive(a.query_heads, "query_heads"));
  HIPC_RETURN_IF_ERROR(checkPositive(a.kv_heads, "kv_heads"));
  HIPC_RETURN_IF_ERROR(checkPositive(a.head_size, "head_size"));
  if (a.value_size < 0)
    return error(Code::Invalid, "hipc_attention.value_size is ", a.value_size,
                 ", but the least is 0, which stands for head_size");
  if (a.query_heads % a.kv_heads != 0)
    return error(Code::Invalid, "hipc_attention.query_heads is ", a.query_heads,
                 ", but it has to be a multiple of kv_heads, which is ",
                 a.kv_heads);
  if (a.has_scale && !std::isfinite(a.scale))
    return error(Code::Invalid, "hipc_attention.scale is ",
                 std::to_string(a.scale), ", but it has to be finite (S18)");
  if (!std::isfinite(a.softcap) || a.softcap < 0)
    return error(Code::Invalid, "hipc_attention.softcap is ",
                 std::to_string(a.softcap), ", but it has to be finite and ",
                 "at least 0, which stands for none (S18)");
  HIPC_RETURN_IF_ERROR(checkKeys(a.sink, "sink"));
  return checkKeys(a.window, "window");
}

/// The greatest power of two that is a number of keys (S5).
constexpr int64_t kMostPageKeys = int64_t(1) << 30;

/// Pages have a size, which is part of the program, and nothing else has.
static Status checkStorage(const hipc_attention &a) {
  if (a.kv_storage < HIPC_KV_CONTIGUOUS || a.kv_storage > HIPC_KV_PAGED)
    return error(Code::Invalid, "hipc_attention.kv_storage is ",
                 int(a.kv_storage), ", but it has to be 0, 1 or 2");
  bool paged = a.kv_storage == HIPC_KV_PAGED;
  if (!paged && a.page_size != 0)
    return error(Code::Invalid, "hipc_attention.page_size is ", a.page_size,
                 ", but kv_storage is ", int(a.kv_storage),
                 "; set that to HIPC_KV_PAGED, or page_size to 0");
  if (paged && (a.page_size < 1 || a.page_size > kMostPageKeys ||
                !std::has_single_bit(uint64_t(a.page_size))))
    return error(Code::Invalid, "hipc_attention.page_size is ", a.page_size,
                 ", but it has to be a power of two of at most ", kMostPageKeys,
                 ", such as 16 (S23)");
  if (a.kv_storage == HIPC_KV_CONTIGUOUS)
    return {};
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  for (auto [name, size] : {std::pair("kv_heads", a.kv_heads),
                            {"head_size", a.head_size},
                            {"value_size", a.value_size}})
    if (size > kMost)
      return error(Code::Invalid, "hipc_attention.", name, " is ", size,
                   ", but keys in pages or one after another have at most ",
                   kMost, " (S5)");
  return {};
}

/// The type of keys and values: where nothing is said, that of queries.
static std::optional<DType> storedType(const hipc_attention &a) {
  const hipc_dtype &given = a.kv_dtype;
  bool isSaid = given.code || given.bits || given.lanes;
  return dtypeOf(isSaid ? given : a.dtype);
}

/// Numbers of 8 bits are widened; others are of the type of queries.
static Status checkStored(const hipc_attention &a) {
  std::optional<DType> dtype = storedType(a);
  bool isNarrow = dtype == DType::F8E4M3 || dtype == DType::F8E5M2;
  if (!isNarrow && dtype != dtypeOf(a.dtype))
    return error(Code::Invalid, "hipc_attention.kv_dtype is ",
                 spell(a.kv_dtype), ", but it has to be ",
                 dtypeName(DType::F8E4M3), ", ", dtypeName(DType::F8E5M2),
                 ", or all 0, which stands for dtype, ", spell(a.dtype),
                 " (S23b)");
  if (!isNarrow && a.has_kv_scales)
    return error(Code::Invalid, "hipc_attention.has_kv_scales is ",
                 a.has_kv_scales, ", but numbers of ", spell(a.dtype),
                 " have no scales; set it to 0, or kv_dtype to a type of 8 "
                 "bits (S23b)");
  return {};
}

static Status checkChoices(const hipc_attention &a) {
  if (!a.policy)
    return Status(Code::Invalid, "hipc_attention.policy is null; set it to a "
                                 "text such as \"dense<block_q = 64>\"");
  if (a.list_heads < HIPC_LISTS_PER_KV_HEAD ||
      a.list_heads > HIPC_LISTS_FOR_ALL_HEADS)
    return error(Code::Invalid, "hipc_attention.list_heads is ",
                 int(a.list_heads), ", but it has to be 0, 1 or 2");
  std::optional<DType> dtype = dtypeOf(a.dtype);
  if (!dtype || !isAttended(*dtype))
    return error(Code::Invalid, "hipc_attention.dtype is ", spell(a.dtype),
                 ", but it has to be ", attendedNames());
  HIPC_RETURN_IF_ERROR(checkStored(a));
  if (a.has_scale && a.scale_at_run)
    return error(Code::Invalid,
                 "hipc_attention has scale = ", std::to_string(a.scale),
                 " and scale_at_run, which makes it an input; set one of them");
  for (auto [name, value, atRun] : {std::tuple("sink", a.sink, a.sink_at_run),
                                    {"window", a.window, a.window_at_run}})
    if (value != 0 && atRun)
      return error(Code::Invalid, "hipc_attention has ", name, " = ", value,
                   " and ", name,
                   "_at_run, which makes it an input; set one of them");
  if (a.has_lists && a.returns_lists)
    return Status(Code::Invalid, "hipc_attention has both has_lists and "
                                 "returns_lists, but lists that the caller has "
                                 "are not given back; set one of them");
  if (a.has_lists && a.has_summaries)
    return Status(Code::Invalid, "hipc_attention has both has_lists and "
                                 "has_summaries, but with lists nothing is "
                                 "searched; set one of them (S17b)");
  return {};
}

/// As many as the policy has parts, which the compiler knows.
static Status checkRefresh(const hipc_attention &a) {
  if ((a.refresh_count > 0) != (a.refresh != nullptr) || a.refresh_count < 0)
    return error(Code::Invalid, "hipc_attention.refresh is ",
                 a.refresh ? "given" : "null", ", but refresh_count is ",
                 a.refresh_count, "; set both, or neither");
  for (int32_t i = 0; i < a.refresh_count; ++i)
    if (a.refresh[i] < 1)
      return error(Code::Invalid, "hipc_attention.refresh[", i, "] is ",
                   a.refresh[i], ", but the least is 1, a search each step");
  if (a.refresh && (a.has_lists || a.returns_lists))
    return error(Code::Invalid, "hipc_attention has both refresh and ",
                 a.has_lists ? "has_lists" : "returns_lists",
                 ", but steps keep the lists of each part; set one of them");
  return {};
}

Expected<AttentionProgram> readAttention(const hipc_attention *attention) {
  HIPC_RETURN_IF_ERROR(requireNotNull(attention, "attention"));
  Expected<hipc_attention> read = readSized(attention, "hipc_attention");
  if (!read)
    return read.status();
  const hipc_attention &a = *read;
  HIPC_RETURN_IF_ERROR(checkChoices(a));
  HIPC_RETURN_IF_ERROR(checkNumbers(a));
  HIPC_RETURN_IF_ERROR(checkStorage(a));
  HIPC_RETURN_IF_ERROR(checkRefresh(a));
  auto stored = [&](int64_t size) {
    std::vector<int64_t> dims = {kDynamic, a.kv_heads, kDynamic, size};
    if (a.kv_storage == HIPC_KV_RAGGED)
      dims = {kDynamic, a.kv_heads, size};
    if (a.kv_storage == HIPC_KV_PAGED)
      dims = {kDynamic, a.page_size, a.kv_heads, size};
    return TensorSpec{"", *storedType(a), std::move(dims)};
  };
  AttentionProgram program;
  program.query = {"",
                   *dtypeOf(a.dtype),
                   {a.has_ragged_queries ? 1 : kDynamic, a.query_heads,
                    kDynamic, a.head_size}};
  program.key = stored(a.head_size);
  program.value = stored(a.value_size ? a.value_size : a.head_size);
  program.storage = static_cast<KvStorage>(a.kv_storage);
  program.takesKvScales = a.has_kv_scales;
  program.packsQueries = a.has_ragged_queries;
  program.takesPositions = a.has_positions;
  program.policy = a.policy;
  program.sink = a.sink;
  program.window = a.window;
  program.causal = !a.not_causal;
  program.heads = static_cast<ListHeads>(a.list_heads);
  if (a.has_scale)
    program.scale = a.scale;
  if (a.softcap != 0)
    program.softcap = a.softcap;
  program.score = a.score ? a.score : "";
  program.takesList = a.has_lists;
  program.takesScale = a.scale_at_run;
  program.takesSink = a.sink_at_run;
  program.takesWindow = a.window_at_run;
  program.takesSummaries = a.has_summaries;
  program.refresh.assign(a.refresh, a.refresh + a.refresh_count);
  program.lse = a.returns_lse;
  program.list = a.returns_lists;
  return program;
}

static_assert(int(ListHeads::Query) == HIPC_LISTS_PER_QUERY_HEAD &&
              int(ListHeads::Kv) == HIPC_LISTS_PER_KV_HEAD &&
              int(ListHeads::All) == HIPC_LISTS_FOR_ALL_HEADS);
static_assert(int(KvStorage::Contiguous) == HIPC_KV_CONTIGUOUS &&
              int(KvStorage::Ragged) == HIPC_KV_RAGGED &&
              int(KvStorage::Paged) == HIPC_KV_PAGED);

} // namespace hipc::capi
