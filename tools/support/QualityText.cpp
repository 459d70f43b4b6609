//===- QualityText.cpp - What a policy keeps, as text and as JSON
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/support/Quality.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numeric>

using namespace hipc;

namespace hip_tool {

static double mean(const std::vector<double> &values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / values.size();
}

double Quality::share() const {
  double sum = 0;
  for (size_t i = 0; i < keys.size(); ++i)
    sum += keys[i] / seen[i % seen.size()];
  return sum / keys.size();
}

/// Of each query head, over entries of the batch and rows.
static std::vector<double> headMeans(const Quality &quality,
                                     const std::vector<double> &values) {
  std::vector<double> means(quality.heads);
  int64_t rows = quality.rows.size();
  for (size_t i = 0; i < values.size(); ++i)
    means[i / rows % quality.heads] += values[i];
  for (double &sum : means)
    sum /= double(values.size()) / quality.heads;
  return means;
}

Spread spread(const Quality &quality, const std::vector<double> &values) {
  std::vector<double> heads = headMeans(quality, values);
  auto [least, greatest] = std::minmax_element(heads.begin(), heads.end());
  return {mean(values), *least, *greatest};
}

std::string toText(const Quality &quality, std::string_view policy) {
  std::string text;
  llvm::raw_string_ostream out(text);
  auto line = [&](const std::string &name, const std::vector<double> &values) {
    Spread of = spread(quality, values);
    out << llvm::format("  %-16s %.4f, heads %.4f to %.4f\n", name.c_str(),
                        of.mean, of.least, of.greatest);
  };
  out << policy << " on " << quality.rows.size() << " query rows\n";
  line("mass kept", quality.mass);
  line("best key kept", quality.best);
  line(join("best ", quality.top, " kept"), quality.recall);
  line("output error", quality.error);
  out << llvm::format("  keys attended    %.0f, %.1f%% of those seen\n",
                      mean(quality.keys), 100 * quality.share());
  return text;
}

llvm::json::Value jsonNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : nullptr;
}

llvm::json::Object toJson(const Quality &quality, std::string_view policy) {
  llvm::json::Object object{{"policy", std::string(policy)},
                            {"top", quality.top},
                            {"rows", llvm::json::Array(quality.rows)},
                            {"seen", llvm::json::Array(quality.seen)},
                            {"share", jsonNumber(quality.share())}};
  auto add = [&](llvm::StringRef name, const std::vector<double> &values) {
    llvm::json::Array heads;
    for (double value : headMeans(quality, values))
      heads.push_back(jsonNumber(value));
    object[name] = llvm::json::Object{{"mean", jsonNumber(mean(values))},
                                      {"heads", std::move(heads)}};
  };
  add("mass", quality.mass);
  add("best", quality.best);
  add("recall", quality.recall);
  add("error", quality.error);
  add("keys", quality.keys);
  return object;
}

} // namespace hip_tool
