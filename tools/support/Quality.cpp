//===- Quality.cpp - What a policy keeps of attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Quality.h"

#include "tools/support/KeptKeys.h"
#include "tools/support/Widen.h"

#include <cmath>

using namespace hipc;

namespace hip_tool {

AttendedArrays attendedOf(const AttentionProgram &program,
                          const std::vector<OwnedTensor> &results) {
  AttendedArrays attended{results[0].view, results[1].view, {}, {}};
  if (program.list) {
    attended.blocks = results[2].view;
    attended.counts = results[3].view;
  }
  return attended;
}

namespace {
class Comparison {
public:
  Comparison(const AttentionProgram &program, const PolicySizes &sizes,
             const AttendedArrays &attended, const ExactRows &exact)
      : attended(attended), exact(exact),
        keys(program, sizes, exact.range, attended.blocks, attended.counts) {}

  Quality run();

private:
  void add(const KeptOfRow &kept, int64_t batch, int64_t head, int64_t place);
  double error(int64_t batch, int64_t head, int64_t row, int64_t at);

  const AttendedArrays &attended;
  const ExactRows &exact;
  KeptKeys keys;
  std::vector<float> out;
  Quality quality;
};
} // namespace

double Comparison::error(int64_t batch, int64_t head, int64_t row, int64_t at) {
  widenRow(attended.out, batch, head, row, out.data());
  const float *dense = &exact.out[at * exact.valueSize];
  double apart = 0, length = 0;
  for (int64_t d = 0; d < exact.valueSize; ++d) {
    double difference = double(out[d]) - dense[d];
    apart += difference * difference;
    length += double(dense[d]) * dense[d];
  }
  return std::sqrt(apart) / (length > 0 ? std::sqrt(length) : 1);
}

void Comparison::add(const KeptOfRow &kept, int64_t batch, int64_t head,
                     int64_t place) {
  int64_t row = exact.rows[place], entry = batch * exact.heads + head,
          at = entry * int64_t(exact.rows.size()) + place;
  const auto *lse = static_cast<const float *>(attended.lse.data);
  std::span best =
      std::span(exact.keys).subspan(at * exact.top, exact.found(row));
  double mass =
      std::exp(double(lse[entry * exact.range.rows + row]) - exact.lse[at]);
  quality.mass[at] = std::min(mass, 1.0);
  quality.best[at] = kept.countOf({&exact.best[at], 1});
  quality.recall[at] = double(kept.countOf(best)) / best.size();
  quality.error[at] = error(batch, head, row, at);
  quality.keys[at] = kept.count();
}

Quality Comparison::run() {
  quality.top = exact.top;
  quality.heads = exact.heads;
  quality.rows = exact.rows;
  for (int64_t row : exact.rows)
    quality.seen.push_back(exact.range.seen(row));
  for (auto *values : {&quality.mass, &quality.best, &quality.recall,
                       &quality.error, &quality.keys})
    values->resize(exact.lse.size());
  out.resize(exact.valueSize);
  int64_t rows = exact.rows.size(), lists = keys.lists(),
          members = exact.heads / lists;
  for (int64_t task = 0; task < exact.batches * lists * rows; ++task) {
    int64_t batch = task / rows / lists, list = task / rows % lists,
            place = task % rows;
    KeptOfRow kept = keys.of(batch, list, exact.rows[place]);
    for (int64_t member = 0; member < members; ++member)
      add(kept, batch, list * members + member, place);
  }
  return std::move(quality);
}

Quality compare(const AttentionProgram &program, const PolicySizes &sizes,
                const AttendedArrays &attended, const ExactRows &exact) {
  return Comparison(program, sizes, attended, exact).run();
}

} // namespace hip_tool
