//===- QualityTable.h - Policies beside each other
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_QUALITYTABLE_H
#define HIP_BENCH_QUALITYTABLE_H

#include "QualityBench.h"
#include "tools/support/Quality.h"

namespace hip_bench {

/// What a policy keeps: means over recordings, which count alike, but for the
/// least recall of a head and the time of all.
struct PolicyScore {
  std::string policy;
  int64_t window = 0;
  bool keepsAll = false;
  double mass = 0, best = 0, recall = 0, error = 0, keys = 0, share = 0;
  double leastRecall = 1;
  double ms = 0;

  /// One recording, by its share of all.
  void add(const hip_tool::Quality &quality, double time, double of);
};

/// Prints scores as they come, as a table or as JSON objects a line.
class QualityTable {
public:
  QualityTable(const QualityOptions &options) : options(options) {}

  void begin(int64_t rows, const std::string &device) const;
  void add(PolicyScore score);
  /// Names the fastest policy of the wanted recall, or the best of all.
  void recommend() const;

private:
  std::string named(const PolicyScore &score) const;
  void printRow(const PolicyScore &score) const;
  const PolicyScore *fastest() const;
  const PolicyScore *closest() const;
  const PolicyScore *dense() const;
  std::string advice() const;

  const QualityOptions &options;
  std::vector<PolicyScore> scores;
};

} // namespace hip_bench

#endif // HIP_BENCH_QUALITYTABLE_H
