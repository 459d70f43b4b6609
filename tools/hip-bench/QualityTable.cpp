//===- QualityTable.cpp - Policies beside each other
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QualityTable.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using hip_tool::jsonNumber;

namespace hip_bench {

void PolicyScore::add(const hip_tool::Quality &quality, double time,
                      double of) {
  auto mean = [&](const std::vector<double> &values) {
    return spread(quality, values).mean * of;
  };
  mass += mean(quality.mass);
  best += mean(quality.best);
  recall += mean(quality.recall);
  error += mean(quality.error);
  keys += mean(quality.keys);
  share += quality.share() * of;
  leastRecall = std::min(leastRecall, spread(quality, quality.recall).least);
  ms += time;
}

/// With the window where it is not that of all.
std::string QualityTable::named(const PolicyScore &score) const {
  if (score.window == options.program.window)
    return score.policy;
  return join(score.policy, " with --window ", score.window);
}

void QualityTable::begin(int64_t rows, const std::string &device) const {
  if (options.json)
    return;
  llvm::outs() << "recordings: " << options.files.size() / 3
               << ", query rows: " << rows << ", sink: " << options.program.sink
               << ", window: " << options.program.window
               << ", device: " << device << "\n"
               << "recall: of the best " << options.top
               << " keys of a row, the mean and that of the least head\n"
               << "  mass   best recall  least  error    keys           ms "
                  "vs dense  policy\n";
  llvm::outs().flush();
}

void QualityTable::printRow(const PolicyScore &score) const {
  const PolicyScore *all = dense();
  std::string faster;
  llvm::raw_string_ostream(faster)
      << llvm::format("%.2fx", all ? all->ms / score.ms : 0);
  llvm::outs() << llvm::format("%6.4f %6.4f %6.4f %6.4f %6.4f %7.0f",
                               score.mass, score.best, score.recall,
                               score.leastRecall, score.error, score.keys)
               << llvm::format(" %5.1f%% %10.3f %8s  ", 100 * score.share,
                               score.ms, all ? faster.c_str() : "-")
               << named(score) << "\n";
}

static void printObject(const PolicyScore &score) {
  llvm::outs() << llvm::json::Value(llvm::json::Object{
                      {"policy", score.policy},
                      {"window", score.window},
                      {"mass", jsonNumber(score.mass)},
                      {"best", jsonNumber(score.best)},
                      {"recall", jsonNumber(score.recall)},
                      {"least_recall", jsonNumber(score.leastRecall)},
                      {"error", jsonNumber(score.error)},
                      {"keys", jsonNumber(score.keys)},
                      {"share", jsonNumber(score.share)},
                      {"ms", jsonNumber(score.ms)}})
               << "\n";
}

void QualityTable::add(PolicyScore score) {
  scores.push_back(std::move(score));
  if (options.json)
    printObject(scores.back());
  else
    printRow(scores.back());
  llvm::outs().flush();
}

const PolicyScore *QualityTable::dense() const {
  for (const PolicyScore &score : scores)
    if (score.keepsAll)
      return &score;
  return nullptr;
}

const PolicyScore *QualityTable::fastest() const {
  constexpr double kRounding = 1e-9; // of means
  const PolicyScore *found = nullptr;
  for (const PolicyScore &score : scores)
    if (!score.keepsAll && score.recall >= options.recall - kRounding &&
        (!found || score.ms < found->ms))
      found = &score;
  return found;
}

/// The greatest recall, and of equal ones the fastest.
const PolicyScore *QualityTable::closest() const {
  const PolicyScore *found = nullptr;
  for (const PolicyScore &score : scores)
    if (!score.keepsAll &&
        (!found || score.recall > found->recall ||
         (score.recall == found->recall && score.ms < found->ms)))
      found = &score;
  return found;
}

std::string QualityTable::advice() const {
  std::string text;
  llvm::raw_string_ostream out(text);
  const PolicyScore *found = fastest(), *all = dense(), *best = closest();
  if (found) {
    out << "fastest with a recall of " << llvm::format("%g", options.recall)
        << ": " << named(*found)
        << llvm::format(", recall %.4f, %.3f ms", found->recall, found->ms);
    if (all && all->ms <= found->ms)
      out << llvm::format("; dense attention is faster here, %.3f ms", all->ms);
  } else if (best) {
    out << "no policy has a recall of " << llvm::format("%g", options.recall)
        << "; the best is " << named(*best)
        << llvm::format(", recall %.4f, %.3f ms", best->recall, best->ms)
        << "; a greater --keep or --window keeps more";
  } else {
    out << "no policy that leaves keys out was compared";
  }
  return text;
}

void QualityTable::recommend() const {
  if (!options.json) {
    llvm::outs() << advice() << "\n";
    return;
  }
  auto name = [](const PolicyScore *score) -> llvm::json::Value {
    if (!score)
      return nullptr;
    return llvm::json::Object{{"policy", score->policy},
                              {"window", score->window}};
  };
  llvm::outs() << llvm::json::Value(
                      llvm::json::Object{{"wanted_recall", options.recall},
                                         {"recommended", name(fastest())},
                                         {"best", name(closest())}})
               << "\n";
}

} // namespace hip_bench
