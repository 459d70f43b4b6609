//===- TuneSearch.h - Schedules around the model's
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_TUNESEARCH_H
#define HIP_BENCH_TUNESEARCH_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hip_bench {

using ScheduleFields = std::vector<std::pair<std::string, std::string>>;

/// What #hip.schedule has between its brackets.
class ScheduleText {
public:
  explicit ScheduleText(std::string_view text);

  std::string text() const;
  /// Its default where it is left out.
  std::string get(std::string_view name) const;
  int64_t number(std::string_view name) const;
  /// With other fields.
  ScheduleText with(const ScheduleFields &changes) const;

private:
  ScheduleFields fields;
};

/// Changes of which one is made at a time.
struct Dimension {
  std::string name;
  std::vector<ScheduleFields> choices;
};

/// What is varied around a model's schedule: stages, warps, rows, producers and
/// their engine, thread blocks of a multiprocessor and of the whole GPU, their
/// order, and how rows lie. If `reorders`, also what determines the order of
/// sums, and with it bits: the keys of a tile and of a part. `persistent` are
/// numbers of thread blocks of the whole GPU.
std::vector<Dimension> dimensionsAround(const ScheduleText &model,
                                        bool reorders,
                                        const std::vector<int64_t> &persistent);

/// Whether sums of the two are in one order, so that bits have to be the same.
bool addAlike(const ScheduleText &one, const ScheduleText &other);

/// The time of a schedule beside that of the model, or nothing if it is no
/// candidate.
using Measure = std::function<std::optional<double>(const ScheduleText &)>;

struct Found {
  ScheduleText schedule;
  double relative = 1;
};

/// Goes along one dimension after another to the fastest choice, until a round
/// of all finds nothing faster by `kLeastGain`. No schedule is measured twice.
Found searchAround(const ScheduleText &model,
                   const std::vector<Dimension> &dimensions, int64_t rounds,
                   const Measure &measure);

/// What a schedule has to gain, as times differ by as much from run to run.
constexpr double kLeastGain = 0.01;

} // namespace hip_bench

#endif // HIP_BENCH_TUNESEARCH_H
