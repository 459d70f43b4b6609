//===- TuneSearch.cpp - Schedules around the model's
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TuneSearch.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"

#include <map>

using llvm::StringRef;

namespace hip_bench {

constexpr int64_t kWarp = 32, kWarpgroup = 128, kMostThreads = 1024;

ScheduleText::ScheduleText(std::string_view text) {
  for (StringRef field : llvm::split(StringRef(text), ',')) {
    auto [name, value] = field.split('=');
    fields.emplace_back(name.trim(), value.trim());
  }
}

std::string ScheduleText::text() const {
  auto written = llvm::map_range(fields, [](const auto &field) {
    return field.first + " = " + field.second;
  });
  return llvm::join(written, ", ");
}

/// What a field has that is left out, as #hip.schedule says.
static StringRef otherwise(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Case("order", "descending")
      .Case("stages", "2")
      .Case("swizzled", "false")
      .Case("unit", "mma_sync")
      .Case("engine", "cp_async")
      .Case("cluster", "1")
      .Default("0");
}

std::string ScheduleText::get(std::string_view name) const {
  for (const auto &[field, value] : fields)
    if (field == name)
      return value;
  return otherwise(name).str();
}

int64_t ScheduleText::number(std::string_view name) const {
  int64_t value = 0;
  StringRef(get(name)).getAsInteger(10, value);
  return value;
}

ScheduleText ScheduleText::with(const ScheduleFields &changes) const {
  ScheduleText changed = *this;
  for (const auto &[name, value] : changes) {
    auto found =
        llvm::find_if(changed.fields, [&name = name](const auto &field) {
          return field.first == name;
        });
    if (found != changed.fields.end())
      found->second = value;
    else
      changed.fields.emplace_back(name, value);
  }
  // Two texts of one schedule are the same.
  llvm::erase_if(changed.fields, [](const auto &field) {
    return field.second == otherwise(field.first);
  });
  return changed;
}

static std::string textOf(int64_t number) { return std::to_string(number); }

static Dimension numbers(const std::string &name,
                         const std::vector<int64_t> &values) {
  Dimension dimension{name, {}};
  for (int64_t value : values)
    dimension.choices.push_back({{name, textOf(value)}});
  return dimension;
}

/// With so many warps a row as before.
static Dimension rowsAround(const ScheduleText &model) {
  Dimension dimension{"rows", {}};
  int64_t rows = model.number("rows"), threads = model.number("threads");
  for (auto [times, part] : {std::pair(1, 2), {2, 1}})
    if (int64_t changed = threads * times / part; rows * times % part == 0 &&
                                                  changed % kWarp == 0 &&
                                                  changed <= kMostThreads)
      dimension.choices.push_back({{"rows", textOf(rows * times / part)},
                                   {"threads", textOf(changed)}});
  return dimension;
}

static Dimension threadsAround(const ScheduleText &model) {
  Dimension dimension{"threads", {}};
  int64_t threads = model.number("threads");
  for (int64_t changed : {threads / 2, threads * 2})
    if (changed % kWarp == 0 && changed >= kWarp && changed <= kMostThreads)
      dimension.choices.push_back({{"threads", textOf(changed)}});
  return dimension;
}

/// A warpgroup, as many as compute, or none.
static Dimension producersAround(const ScheduleText &model) {
  Dimension dimension{"producers", {}};
  const std::string group = textOf(kWarpgroup), all = model.get("threads");
  dimension.choices = {{{"producers", "0"}, {"engine", "cp_async"}},
                       {{"producers", group}, {"engine", "cp_async"}},
                       {{"producers", group}, {"engine", "tma"}}};
  if (all != group)
    dimension.choices.push_back({{"producers", all}, {"engine", "cp_async"}});
  return dimension;
}

std::vector<Dimension>
dimensionsAround(const ScheduleText &model, bool reorders,
                 const std::vector<int64_t> &persistent) {
  bool byWgmma = model.get("unit") == "wgmma";
  bool isSplit = model.number("split_keys") > 0;
  std::vector<Dimension> all = {numbers("stages", {1, 2, 3, 4})};
  if (byWgmma)
    all.push_back(producersAround(model));
  if (!isSplit)
    all.push_back(rowsAround(model));
  if (!byWgmma) {
    all.push_back(threadsAround(model));
    all.push_back({"swizzled", {{{"swizzled", "true"}}}});
  }
  all.push_back(numbers("min_blocks", {0, 1, 2, 3}));
  if (!persistent.empty() && !isSplit)
    all.push_back(numbers("persistent", persistent));
  all.push_back(
      {"order", {{{"order", "ascending"}}, {{"order", "descending"}}}});
  if (reorders) {
    all.push_back(numbers("columns", {16, 32, 64, 80, 96, 112, 128, 160}));
    if (isSplit)
      all.push_back(numbers("split_keys", {32, 64, 128, 256}));
  }
  return all;
}

bool addAlike(const ScheduleText &one, const ScheduleText &other) {
  constexpr const char *kFields[] = {"columns", "split_keys", "split_rows",
                                     "unit"};
  return llvm::all_of(kFields, [&](const char *field) {
    return one.get(field) == other.get(field);
  });
}

Found searchAround(const ScheduleText &model,
                   const std::vector<Dimension> &dimensions, int64_t rounds,
                   const Measure &measure) {
  std::map<std::string, std::optional<double>> measured = {{model.text(), 1.0}};
  Found best{model, 1};
  for (int64_t round = 0; round < rounds; ++round) {
    double before = best.relative;
    for (const Dimension &dimension : dimensions) {
      ScheduleText start = best.schedule;
      for (const ScheduleFields &choice : dimension.choices) {
        ScheduleText schedule = start.with(choice);
        auto [at, isNew] = measured.try_emplace(schedule.text());
        if (isNew)
          at->second = measure(schedule);
        if (at->second && *at->second < best.relative)
          best = {schedule, *at->second};
      }
    }
    if (best.relative > before * (1 - kLeastGain))
      break;
  }
  return best.relative <= 1 - kLeastGain ? best : Found{model, 1};
}

} // namespace hip_bench
