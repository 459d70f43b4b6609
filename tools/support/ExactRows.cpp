//===- ExactRows.cpp - What dense attention does in some query rows
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/ExactRows.h"

#include "tools/support/Widen.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

using namespace hipc;

namespace hip_tool {

// Dimensions of an array [B, heads, T, D].
constexpr int64_t kBatch = 0, kHeads = 1, kRows = 2, kSize = 3;
/// Lists of a call: about as many as a GPU has multiprocessors, which bounds
/// the memory that a search of all keys takes.
constexpr int64_t kListsACall = 128;

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

namespace {
/// Writes the lines of the program. A list of `n` ranges for each row and head
/// is a value `name#0`, and `name#1` is how many it has.
class ExactText {
public:
  ExactText(const AttentionProgram &program, int64_t top);

  std::string text();

private:
  static std::string type(std::string_view sizes, DType dtype) {
    return join("tensor<", sizes, "x", dtypeName(dtype), ">");
  }
  std::string rangesType(std::string_view n) const {
    return type(join(list, "x", n, "x2"), DType::I32);
  }
  std::string scoresType(std::string_view n) const {
    return type(join(list, "x", n), DType::F32);
  }
  std::string empty(std::string_view name, const std::string &of,
                    std::string_view sizes = "%n");
  void attend();
  void listAll();
  void score(std::string_view ranges, std::string_view n);
  void select(std::string_view name, std::string_view ranges,
              std::string_view n, std::string_view keep);

  const AttentionProgram &program;
  std::string list; ///< sizes of a list for each row and head
  std::string top, query, key, value, out, lse, counts, lines;
};
} // namespace

ExactText::ExactText(const AttentionProgram &program, int64_t top)
    : program(program), top(join(top)) {
  const auto &queries = program.query.dims, &keys = program.key.dims;
  DType kind = program.query.dtype;
  std::string heads = join("?x", keys[kHeads], "x?x");
  int64_t size = queries[kSize], valueSize = program.value.dims[kSize];
  list = join("?x", queries[kHeads], "x1");
  query = type(join(list, "x", size), kind);
  key = type(join(heads, size), kind);
  value = type(join(heads, valueSize), kind);
  out = type(join(list, "x", valueSize), kind);
  lse = type(list, DType::F32);
  counts = type(list, DType::I32);
}

/// The name of an array that an op writes.
std::string ExactText::empty(std::string_view name, const std::string &of,
                             std::string_view sizes) {
  lines += join("  %", name, "_empty = tensor.empty(", sizes, ") : ", of, "\n");
  return join("%", name, "_empty");
}

void ExactText::attend() {
  std::string outs = join(empty("out", out), ", ", empty("lse", lse));
  lines += join("  %dense:2 = hip.attention ins(%q, %k, %v : ", query, ", ",
                key, ", ", value,
                ") positions(%p : tensor<?xi32>) scale(%s : ", "f32) outs(",
                outs, " : ", out, ", ", lse,
                ") policy #hip.dense<block_q = 1> {sink = 0 : i64, window = 0 ",
                ": i64", program.causal ? ", causal" : "");
  if (program.softcap)
    lines += join(
        ", softcap = 0x",
        llvm::utohexstr(std::bit_cast<uint32_t>(*program.softcap), false, 8),
        " : f32");
  lines += join("} -> ", out, ", ", lse, "\n");
}

/// Each key that a row sees is a range.
void ExactText::listAll() {
  std::string of = rangesType("?");
  std::string outs =
      join(empty("all", of, "%n, %t"), ", ", empty("seen", counts));
  lines +=
      join("  %all:2 = hip.partition ins(%q, %k : ", query, ", ", key,
           ") positions(%p : tensor<?xi32>) outs(", outs, " : ", of, ", ",
           counts, ") band #hip.band<block_q = 1, chunk = 1, sink = 0, ",
           "window = 0, causal = ", program.causal ? "true" : "false",
           "> {granule = 1 : i64, size = 1 : i64} -> ", of, ", ", counts, "\n");
}

/// NAME_score of the ranges NAME.
void ExactText::score(std::string_view ranges, std::string_view n) {
  std::string name = join(ranges, "_score"), to = scoresType(n);
  std::string written = empty(name, to, n == "?" ? "%n, %t" : "%n");
  lines += join("  %", name, " = hip.score ins(%q, %k, %", ranges, "#0, %",
                ranges, "#1 : ", query, ", ", key, ", ", rangesType(n), ", ",
                counts, ") outs(", written, " : ", to,
                ") {block_q = 1 : i64, granule = 1 : i64} -> ", to, "\n");
}

/// The `keep` ranges that have the greatest scores.
void ExactText::select(std::string_view name, std::string_view ranges,
                       std::string_view n, std::string_view keep) {
  std::string to = rangesType(keep);
  std::string outs =
      join(empty(name, to), ", ", empty(join(name, "_count"), counts));
  lines += join("  %", name, ":2 = hip.select ins(%", ranges, "#0, %", ranges,
                "#1, %", ranges, "_score : ", rangesType(n), ", ", counts, ", ",
                scoresType(n), ") outs(", outs, " : ", to, ", ", counts,
                ") {keep = ", keep, " : i64} -> ", to, ", ", counts, "\n");
}

std::string ExactText::text() {
  attend();
  listAll();
  score("all", "?");
  select("top", "all", "?", top);
  score("top", top);
  select("best", "top", top, "1");
  std::string types =
      join(out, ", ", lse, ", ", rangesType(top), ", ", rangesType("1"));
  return join(
      "func.func @exact_rows(%q: ", query, ", %k: ", key, ", %v: ", value,
      ", %p: tensor<?xi32>, %s: f32) -> (", types,
      ") {\n  %c0 = arith.constant 0 : index\n",
      "  %c2 = arith.constant 2 : index\n  %n = tensor.dim %q, %c0 : ", query,
      "\n  %t = tensor.dim %k, %c2 : ", key, "\n", lines,
      "  return %dense#0, %dense#1, %top#0, %best#0 : ", types, "\n}\n");
}

std::string exactRowsText(const AttentionProgram &program, int64_t top) {
  return ExactText(program, top).text();
}

//===----------------------------------------------------------------------===//
// Its calls
//===----------------------------------------------------------------------===//

namespace {
/// Calls on a few rows of a batch entry each.
class ExactCalls {
public:
  ExactCalls(device::Backend &device, const device::Executable &executable,
             const AttentionInputs &inputs, float scale, int64_t repeat,
             ExactRows &exact)
      : device(device), executable(executable), inputs(inputs), scale(scale),
        repeat(repeat), exact(exact) {}

  /// `count` rows from the `first` of those taken.
  Status run(int64_t batch, int64_t first, int64_t count);

private:
  Expected<OwnedTensor> takeQueries(int64_t batch,
                                    std::span<const int64_t> rows) const;
  Expected<OwnedTensor> positions(std::span<const int64_t> rows) const;
  Tensor ofBatch(const Tensor &array, int64_t batch, int64_t count) const;
  void keep(int64_t batch, int64_t first, int64_t count,
            const std::vector<OwnedTensor> &results);

  device::Backend &device;
  const device::Executable &executable;
  const AttentionInputs &inputs;
  float scale;
  int64_t repeat;
  ExactRows &exact;
};
} // namespace

/// The rows [count, heads, 1, D]. Where the scale is negative they are, instead
/// of it: the best keys are those of the greatest products (S10).
Expected<OwnedTensor>
ExactCalls::takeQueries(int64_t batch, std::span<const int64_t> rows) const {
  const Tensor &query = inputs.query;
  Expected<OwnedTensor> taken = OwnedTensor::uninitialized(
      query.dtype, {int64_t(rows.size()), exact.heads, 1, query.dims[kSize]});
  if (!taken)
    return taken;
  int64_t element = dtypeBytes(query.dtype),
          bytes = query.dims[kSize] * element;
  auto *to = static_cast<char *>(taken->view.data);
  const auto *from = static_cast<const char *>(query.data);
  for (int64_t row : rows)
    for (int64_t head = 0; head < exact.heads; ++head, to += bytes) {
      int64_t place = (batch * exact.heads + head) * query.dims[kRows] + row;
      std::memcpy(to, from + place * bytes, bytes);
      // The sign is in the last byte.
      for (int64_t i = element - 1; scale < 0 && i < bytes; i += element)
        to[i] ^= char(0x80);
    }
  return taken;
}

Expected<OwnedTensor>
ExactCalls::positions(std::span<const int64_t> rows) const {
  Expected<OwnedTensor> made =
      OwnedTensor::uninitialized(DType::I32, {int64_t(rows.size())});
  if (!made)
    return made;
  auto *to = static_cast<int32_t *>(made->view.data);
  for (size_t i = 0; i < rows.size(); ++i)
    to[i] = int32_t(exact.range.keys - exact.range.rows + rows[i]);
  return made;
}

/// The same keys for each row.
Tensor ExactCalls::ofBatch(const Tensor &array, int64_t batch,
                           int64_t count) const {
  Tensor view = array;
  view.data = static_cast<char *>(array.data) +
              batch * array.strides[kBatch] * dtypeBytes(array.dtype);
  view.dims[kBatch] = count;
  view.strides[kBatch] = 0;
  return view;
}

/// From [row, head] to [batch, head, row].
void ExactCalls::keep(int64_t batch, int64_t first, int64_t count,
                      const std::vector<OwnedTensor> &results) {
  const auto *lse = static_cast<const float *>(results[1].view.data);
  const auto *top = static_cast<const int32_t *>(results[2].view.data);
  const auto *best = static_cast<const int32_t *>(results[3].view.data);
  constexpr int64_t kNumbers = 2; // of a range: start, length
  int64_t rows = exact.rows.size();
  for (int64_t row = 0; row < count; ++row)
    for (int64_t head = 0; head < exact.heads; ++head) {
      int64_t from = row * exact.heads + head,
              to = (batch * exact.heads + head) * rows + first + row;
      widenRow(results[0].view, row, head, 0, &exact.out[to * exact.valueSize]);
      exact.lse[to] = lse[from];
      exact.best[to] = best[from * kNumbers];
      for (int64_t i = 0; i < exact.top; ++i)
        exact.keys[to * exact.top + i] = top[(from * exact.top + i) * kNumbers];
    }
}

Status ExactCalls::run(int64_t batch, int64_t first, int64_t count) {
  std::span<const int64_t> rows = std::span(exact.rows).subspan(first, count);
  Expected<OwnedTensor> query = takeQueries(batch, rows),
                        place = positions(rows);
  HIPC_RETURN_IF_ERROR(query.status());
  HIPC_RETURN_IF_ERROR(place.status());
  Expected<OwnedTensor> queryThere = device.upload(query->view),
                        placeThere = device.upload(place->view);
  HIPC_RETURN_IF_ERROR(queryThere.status());
  HIPC_RETURN_IF_ERROR(placeThere.status());
  float factor = std::abs(scale);
  Tensor arrays[] = {queryThere->view, ofBatch(inputs.key, batch, count),
                     ofBatch(inputs.value, batch, count), placeThere->view,
                     Tensor{&factor, DType::F32, {}, {}}};
  Expected<device::TimedResults> results = executable.call(arrays, repeat);
  if (!results)
    return results.status();
  exact.milliseconds += *std::ranges::min_element(results->milliseconds);
  keep(batch, first, count, results->outputs);
  return {};
}

Expected<ExactRows>
measureExactRows(device::Backend &device, const device::Executable &executable,
                 const AttentionProgram &program, const AttentionInputs &inputs,
                 std::vector<int64_t> rows, int64_t top, int64_t repeat) {
  const Dims &query = inputs.query.dims;
  ExactRows exact;
  exact.range = {query[kRows], inputs.key.dims[kRows], program.causal};
  exact.rows = std::move(rows);
  exact.top = top;
  exact.batches = query[kBatch];
  exact.heads = query[kHeads];
  exact.valueSize = inputs.value.dims[kSize];
  int64_t count = exact.rows.size();
  size_t all = exact.batches * exact.heads * count;
  if (all == 0)
    return error(Code::Invalid, "q has shape ", toString(query),
                 ", of which there is nothing to measure; give more");
  exact.out.resize(all * exact.valueSize);
  exact.lse.resize(all);
  exact.best.resize(all);
  exact.keys.resize(all * top);
  float scale = program.scale.value_or(1 / std::sqrt(float(query[kSize])));
  ExactCalls calls(device, executable, inputs, scale, repeat, exact);
  int64_t most = std::max<int64_t>(1, kListsACall / exact.heads);
  for (int64_t batch = 0; batch < exact.batches; ++batch)
    for (int64_t first = 0; first < count; first += most)
      HIPC_RETURN_IF_ERROR(
          calls.run(batch, first, std::min(most, count - first)));
  return exact;
}

} // namespace hip_tool
