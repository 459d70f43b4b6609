//===- Quality.cpp - What a policy keeps of attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Quality.h"

#include "runtime/cpu/ThreadPool.h"
#include "tools/support/KeptKeys.h"
#include "tools/support/Widen.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>

using namespace hipc;

namespace hip_tool {

// Dimensions of an array [B, heads, T, D].
constexpr int64_t kBatch = 0, kHeads = 1, kRows = 2, kSize = 3;

namespace {
/// What one worker needs for the query heads of one KV head.
struct Scratch {
  std::vector<float> query, key, scores, dense, out;
  std::vector<uint8_t> kept;
  std::vector<int64_t> best;
};

class Measurement {
public:
  Measurement(const AttentionProgram &program, const PolicySizes &sizes,
              const AttendedArrays &arrays, Quality &quality);

  /// One row of the query heads of a KV head; `task` counts those.
  void run(int64_t task, Scratch &scratch) const;
  int64_t tasks() const {
    return batches * groups * int64_t(quality.rows.size());
  }

private:
  struct Place {
    int64_t batch, group, row, index;
  };

  int64_t head(const Place &place, int64_t member) const {
    return place.group * members + member;
  }
  /// Where the results of a member's row go.
  int64_t slot(const Place &place, int64_t member) const {
    return (place.batch * groups * members + head(place, member)) *
               int64_t(quality.rows.size()) +
           place.index;
  }
  void score(const Place &place, Scratch &scratch) const;
  void weigh(int64_t seen, float *scores) const;
  void attend(const Place &place, Scratch &scratch) const;
  void measure(const Place &place, int64_t member, Scratch &scratch) const;
  double error(const Place &place, int64_t member, Scratch &scratch) const;

  const AttentionProgram &program;
  const AttendedArrays &arrays;
  Quality &quality;
  int64_t batches, groups, members, size, valueSize;
  RowRange range;
  KeptKeys keys;
  float scale;
};
} // namespace

Measurement::Measurement(const AttentionProgram &program,
                         const PolicySizes &sizes, const AttendedArrays &arrays,
                         Quality &quality)
    : program(program), arrays(arrays), quality(quality),
      batches(arrays.query.dims[kBatch]), groups(arrays.key.dims[kHeads]),
      members(arrays.query.dims[kHeads] / groups),
      size(arrays.query.dims[kSize]), valueSize(arrays.value.dims[kSize]),
      range{arrays.query.dims[kRows], arrays.key.dims[kRows], program.causal},
      keys(program, sizes, range, arrays.blocks, arrays.counts),
      scale(program.scale.value_or(1 / std::sqrt(float(size)))) {
  for (int64_t row : quality.rows)
    quality.seen.push_back(range.seen(row));
}

/// In eight sums, so that the compiler may use vectors.
static float dot(const float *a, const float *b, int64_t size) {
  constexpr int64_t kSums = 8;
  float sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= size; i += kSums)
    for (int64_t j = 0; j < kSums; ++j)
      sums[j] += a[i + j] * b[i + j];
  float rest = 0;
  for (; i < size; ++i)
    rest += a[i] * b[i];
  return std::accumulate(sums, sums + kSums, rest);
}

/// q.k of each member with each key that the row sees.
void Measurement::score(const Place &place, Scratch &scratch) const {
  int64_t seen = range.seen(place.row);
  scratch.query.resize(members * size);
  scratch.key.resize(size);
  scratch.scores.resize(members * seen);
  for (int64_t i = 0; i < members; ++i)
    widenRow(arrays.query, place.batch, head(place, i), place.row,
             &scratch.query[i * size]);
  for (int64_t j = 0; j < seen; ++j) {
    widenRow(arrays.key, place.batch, place.group, j, scratch.key.data());
    for (int64_t i = 0; i < members; ++i)
      scratch.scores[i * seen + j] =
          dot(&scratch.query[i * size], scratch.key.data(), size);
  }
}

/// Scores become probabilities (S18).
void Measurement::weigh(int64_t seen, float *scores) const {
  float greatest = -std::numeric_limits<float>::infinity();
  for (int64_t j = 0; j < seen; ++j) {
    float score = scale * scores[j];
    if (program.softcap)
      score = *program.softcap * std::tanh(score / *program.softcap);
    scores[j] = score;
    greatest = std::max(greatest, score);
  }
  double sum = 0;
  for (int64_t j = 0; j < seen; ++j)
    sum += scores[j] = std::exp(scores[j] - greatest);
  for (int64_t j = 0; j < seen; ++j)
    scores[j] = float(scores[j] / sum);
}

/// Dense attention by the probabilities of each member.
void Measurement::attend(const Place &place, Scratch &scratch) const {
  int64_t seen = range.seen(place.row);
  scratch.key.resize(valueSize);
  scratch.dense.assign(members * valueSize, 0);
  for (int64_t j = 0; j < seen; ++j) {
    widenRow(arrays.value, place.batch, place.group, j, scratch.key.data());
    for (int64_t i = 0; i < members; ++i) {
      float weight = scratch.scores[i * seen + j];
      float *out = &scratch.dense[i * valueSize];
      for (int64_t d = 0; d < valueSize; ++d)
        out[d] += weight * scratch.key[d];
    }
  }
}

double Measurement::error(const Place &place, int64_t member,
                          Scratch &scratch) const {
  scratch.out.resize(valueSize);
  widenRow(arrays.out, place.batch, head(place, member), place.row,
           scratch.out.data());
  const float *dense = &scratch.dense[member * valueSize];
  double apart = 0, length = 0;
  for (int64_t d = 0; d < valueSize; ++d) {
    double difference = double(scratch.out[d]) - dense[d];
    apart += difference * difference;
    length += double(dense[d]) * dense[d];
  }
  return std::sqrt(apart) / (length > 0 ? std::sqrt(length) : 1);
}

/// The places of the `top` greatest scores, greatest first; of equal ones the
/// first. NaN counts below every number (S10).
static void findBest(const float *scores, int64_t seen, bool negated,
                     int64_t top, std::vector<int64_t> &best) {
  auto before = [&](int64_t a, int64_t b) {
    float x = negated ? -scores[a] : scores[a];
    float y = negated ? -scores[b] : scores[b];
    if (std::isnan(x) || std::isnan(y))
      return std::isnan(x) != std::isnan(y) ? std::isnan(y) : a < b;
    return x != y ? x > y : a < b;
  };
  best.resize(std::min(top, seen));
  auto places = std::views::iota(int64_t{0}, seen);
  std::ranges::partial_sort_copy(places, best, before);
}

/// All but the error, and the scores of the member become probabilities.
void Measurement::measure(const Place &place, int64_t member,
                          Scratch &scratch) const {
  int64_t seen = range.seen(place.row), at = slot(place, member);
  float *scores = &scratch.scores[member * seen];
  const std::vector<uint8_t> &kept = scratch.kept;
  findBest(scores, seen, scale < 0, quality.top, scratch.best);
  keys.mark(place.batch, head(place, member), groups * members, place.row,
            scratch.kept);
  int64_t found = 0;
  for (int64_t key : scratch.best)
    found += kept[key];
  quality.best[at] = kept[scratch.best.front()];
  quality.recall[at] = double(found) / scratch.best.size();
  quality.keys[at] = std::accumulate(kept.begin(), kept.end(), int64_t{0});
  weigh(seen, scores);
  double mass = 0;
  for (int64_t j = 0; j < seen; ++j)
    mass += kept[j] ? scores[j] : 0;
  quality.mass[at] = std::min(mass, 1.0);
}

void Measurement::run(int64_t task, Scratch &scratch) const {
  int64_t rows = quality.rows.size(), index = task % rows;
  Place place{task / rows / groups, task / rows % groups, quality.rows[index],
              index};
  score(place, scratch);
  for (int64_t i = 0; i < members; ++i)
    measure(place, i, scratch);
  attend(place, scratch);
  for (int64_t i = 0; i < members; ++i)
    quality.error[slot(place, i)] = error(place, i, scratch);
}

Expected<Quality> measureQuality(const AttentionProgram &program,
                                 const PolicySizes &sizes,
                                 const AttendedArrays &arrays,
                                 std::vector<int64_t> rows, int64_t top,
                                 int64_t threads) {
  const Dims &query = arrays.query.dims;
  if (query[kBatch] == 0 || query[kHeads] == 0)
    return hipc::error(Code::Invalid, "q has shape ", toString(query),
                       ", of which there is nothing to measure; give more");
  Expected<std::unique_ptr<ThreadPool>> pool =
      ThreadPool::create(threads ? threads : ThreadPool::defaultWorkers());
  if (!pool)
    return pool.status();
  Quality quality;
  quality.top = top;
  quality.heads = query[kHeads];
  quality.rows = std::move(rows);
  size_t count = query[kBatch] * quality.heads * quality.rows.size();
  for (auto *values : {&quality.mass, &quality.best, &quality.recall,
                       &quality.error, &quality.keys})
    values->resize(count);
  Measurement measurement(program, sizes, arrays, quality);
  std::vector<Scratch> scratch((*pool)->workers());
  (*pool)->parallelFor(measurement.tasks(), [&](int64_t task, int64_t worker) {
    measurement.run(task, scratch[worker]);
  });
  return quality;
}

} // namespace hip_tool
