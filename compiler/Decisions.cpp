//===- Decisions.cpp - What passes chose
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Decisions.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace hipc {

static Decision::Kind kindOf(llvm::remarks::Type type) {
  switch (type) {
  case llvm::remarks::Type::Passed:
    return Decision::Kind::Taken;
  case llvm::remarks::Type::Missed:
  case llvm::remarks::Type::Failure:
    return Decision::Kind::Missed;
  case llvm::remarks::Type::Unknown:
  case llvm::remarks::Type::Analysis:
  case llvm::remarks::Type::AnalysisFPCommute:
  case llvm::remarks::Type::AnalysisAliasing:
    return Decision::Kind::Note;
  }
  llvm_unreachable("unknown kind of remark");
}

static std::string place(Location loc) {
  auto range = loc->findInstanceOf<FileLineColRange>();
  if (!range)
    return "";
  return join(range.getStartLine(), ":", range.getStartColumn());
}

namespace {
class Collector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Collector(std::vector<Decision> &decisions) : decisions(decisions) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    std::string text;
    for (const auto &argument : remark.getArgs())
      text += argument.val;
    decisions.push_back(
        {kindOf(remark.getRemarkType()), remark.getCategoryName().str(),
         remark.getRemarkName().str(), place(remark.getLocation()), text});
  }

private:
  std::vector<Decision> &decisions;
};
} // namespace

void collectDecisions(MLIRContext &context, std::vector<Decision> &decisions) {
  remark::RemarkCategories all;
  all.passed = all.missed = all.failed = all.analysis = ".*";
  // It can only fail to open a file, and there is none.
  LogicalResult enabled = remark::enableOptimizationRemarks(
      context, std::make_unique<Collector>(decisions),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
  assert(succeeded(enabled) && "no remarks");
  (void)enabled;
}

/// Places of tiles are many and follow from the rest.
static bool isDetail(const Decision &decision) {
  bool note = decision.kind == Decision::Kind::Note;
  return decision.tag == "tile" ||
         (note && decision.tag == "layout" &&
          llvm::StringRef(decision.op).starts_with("hip.tile."));
}

/// Equal lines once, with how often they came.
static std::string explainKind(std::span<const Decision> decisions,
                               bool missed) {
  std::vector<std::pair<std::string, int>> lines;
  for (const Decision &decision : decisions) {
    if (isDetail(decision) ||
        missed != (decision.kind == Decision::Kind::Missed))
      continue;
    std::string line =
        join("  ", decision.op, decision.place.empty() ? "" : " at ",
             decision.place, ": ", decision.text);
    auto known = llvm::find_if(
        lines, [&](const auto &each) { return each.first == line; });
    if (known == lines.end())
      lines.emplace_back(line, 1);
    else
      ++known->second;
  }
  std::string text;
  for (const auto &[line, count] : lines)
    text += join(line, count > 1 ? join(" (", count, " times)") : "", "\n");
  return text;
}

std::string explainDecisions(std::span<const Decision> decisions) {
  std::string text, chosen = explainKind(decisions, /*missed=*/false),
                    missed = explainKind(decisions, /*missed=*/true);
  if (!chosen.empty())
    text += "\nwhat was chosen\n" + chosen;
  if (!missed.empty())
    text += "\nwhat was not\n" + missed;
  return text;
}

} // namespace hipc
